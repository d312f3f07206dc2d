const ZERO = 48;
const DOT = 46;
const MINUS = 45;

/** Powers of ten that a double holds exactly. */
export const POWERS = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
export const LARGEST_EXACT = 2 ** 53;

/**
 * Reads a decimal number, correctly rounded: a mantissa below 2^53 divided by an exact power of ten is the nearest double (Clinger,
 * 1990); anything else is left to the language. NaN when it is no number.
 */
export function readValue(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  const value = readUnsigned(bytes, isNegative ? from + 1 : from, to);
  if (Number.isNaN(value)) return slow(bytes, from, to);
  return isNegative ? -value : value;
}

/** NaN when it is not only digits and a point, or too long to be exact. */
function readUnsigned(bytes: Uint8Array, from: number, to: number): number {
  let mantissa = 0;
  let point = to;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
    else if (digit === DOT - ZERO && point === to) point = at;
    else return NaN;
  }
  const decimals = Math.max(0, to - point - 1);
  const isShort = to - from < (point === to ? 1 : 2);
  return isShort || mantissa >= LARGEST_EXACT || decimals >= POWERS.length ? NaN : mantissa / POWERS[decimals]!;
}

function slow(bytes: Uint8Array, from: number, to: number): number {
  const text = new TextDecoder().decode(bytes.subarray(from, to)).trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
