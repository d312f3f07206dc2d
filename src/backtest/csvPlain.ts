import type { Columns } from './csv.ts';
import { FIRST_MS } from './csvTime.ts';
import { LARGEST_EXACT, POWERS } from './csvValue.ts';

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const MINUS = 45;
const COMMA = 44;
const NEWLINE = 10;

/** Digits of a time: more are no Unix time. */
const MOST_DIGITS = 14;

/**
 * Reads a row of Unix time and plain decimal number, as most are, in one pass; `at` is where it begins. Returns where the next one
 * begins, or -1 when it is written otherwise, is not later than the row before, or is wrong.
 */
export function readPlainRow(
  bytes: Uint8Array,
  at: number,
  { times, values, row }: Columns & { readonly row: number },
): number {
  const comma = endOfDigits(bytes, at);
  if (comma === at || comma - at > MOST_DIGITS || bytes[comma] !== COMMA) return -1;
  const time = timeOf(bytes, at, comma);
  if (row > 0 && time <= times[row - 1]!) return -1;
  const isNegative = bytes[comma + 1] === MINUS;
  const end = readNumber(bytes, isNegative ? comma + 2 : comma + 1, { values, row });
  if (bytes[end] !== NEWLINE) return -1;
  times[row] = time;
  if (isNegative) values[row] = -values[row]!;
  return end + 1;
}

function timeOf(bytes: Uint8Array, from: number, to: number): number {
  const number = digitsOf(bytes, { from, to, before: 0 });
  return number < FIRST_MS ? number * 1000 : number;
}

/** Writes a decimal number without a sign that a double holds correctly rounded by one division. Returns where it ends, or -1. */
function readNumber(bytes: Uint8Array, from: number, { values, row }: { values: Float64Array; row: number }): number {
  const point = endOfDigits(bytes, from);
  if (point === from) return -1;
  const whole = digitsOf(bytes, { from, to: point, before: 0 });
  const end = bytes[point] === DOT ? endOfDigits(bytes, point + 1) : point;
  const decimals = Math.max(0, end - point - 1);
  const mantissa = decimals === 0 ? whole : digitsOf(bytes, { from: point + 1, to: end, before: whole });
  if (mantissa >= LARGEST_EXACT || decimals >= POWERS.length) return -1;
  values[row] = mantissa / POWERS[decimals]!;
  return end;
}

function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

interface Digits {
  readonly from: number;
  readonly to: number;
  /** The number that the digits before them make. */
  readonly before: number;
}

function digitsOf(bytes: Uint8Array, { from, to, before }: Digits): number {
  let value = before;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at]! - ZERO);
  return value;
}
