import type { Columns } from './csv.ts';
import { FIRST_MS } from './csvTime.ts';
import { LARGEST_EXACT, POWERS } from './csvValue.ts';

const ZERO = 48;
const DOT = 46;
const MINUS = 45;
const COMMA = 44;
const NEWLINE = 10;

/** Digits of a time: more are no Unix time. */
const MOST_DIGITS = 14;

/** Where reading has come to: the next byte, and the next row of the columns. */
export interface Reached {
  at: number;
  row: number;
}

/**
 * Reads rows of Unix time and plain decimal number, as most are, in one pass, until one is written otherwise or the columns are full. The
 * next row begins where it says then.
 */
export function readPlainRows(bytes: Uint8Array, reached: Reached, { times, values }: Columns): void {
  let { at, row } = reached;
  while (row < times.length) {
    const comma = endOfDigits(bytes, at);
    if (comma === at || comma - at > MOST_DIGITS || bytes[comma] !== COMMA) break;
    const end = readNumber(bytes, comma + 1, values, row);
    if (end < 0 || bytes[end] !== NEWLINE) break;
    const time = digits(bytes, at, comma, 0);
    times[row] = time < FIRST_MS ? time * 1000 : time;
    at = end + 1;
    row++;
  }
  reached.at = at;
  reached.row = row;
}

/** Writes a decimal number that a double holds correctly rounded by one division. Returns where it ends, or -1. */
function readNumber(bytes: Uint8Array, from: number, values: Float64Array, row: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  const point = endOfDigits(bytes, first);
  const end = bytes[point] === DOT ? endOfDigits(bytes, point + 1) : point;
  const decimals = end > point ? end - point - 1 : 0;
  if (point === first || decimals >= POWERS.length) return -1;
  const mantissa = digits(bytes, point + 1, end, digits(bytes, first, point, 0));
  if (mantissa >= LARGEST_EXACT) return -1;
  values[row] = (isNegative ? -mantissa : mantissa) / POWERS[decimals]!;
  return end;
}

function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++;
  return at;
}

/** The number that the digits in `[from, to)` make, behind those that make `before`. */
function digits(bytes: Uint8Array, from: number, to: number, before: number): number {
  let value = before;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at]! - ZERO);
  return value;
}
