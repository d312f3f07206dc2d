const ZERO = 48;
const DASH = 45;
const DAY = 86_400_000;

/** From here on a number of a time column is milliseconds: as seconds it would be beyond the year 5000. */
export const FIRST_MS = 1e11;

/** Reads an ISO 8601 time with a zone, or Unix seconds or ms, as Unix ms; NaN when it is neither. */
export function readTime(bytes: Uint8Array, from: number, to: number): number {
  if (to - from >= 10 && bytes[from + 4] === DASH) return readIso(bytes, from, to);
  const value = readDigits(bytes, from, to);
  if (Number.isNaN(value)) {
    const number = to > from ? Number(decode(bytes, from, to)) : NaN;
    return Number.isFinite(number) && number > 0 ? Math.round(number * (number < FIRST_MS ? 1000 : 1)) : NaN;
  }
  return value < FIRST_MS ? value * 1000 : value;
}

/** The common form, `2023-03-11T03:11:00Z`, by its digits alone; any other by the language's own reader. */
function readIso(bytes: Uint8Array, from: number, to: number): number {
  const isCommon = to - from === 20 && bytes[from + 10] === 84 && bytes[from + 19] === 90;
  if (!isCommon) return readRare(decode(bytes, from, to));
  const day = dayOf(readDigits(bytes, from, from + 4), two(bytes, from + 5), two(bytes, from + 8));
  const hours = two(bytes, from + 11);
  const minutes = two(bytes, from + 14);
  const seconds = two(bytes, from + 17);
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return NaN;
  return day * DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
}

/** A time without a zone would mean another instant on every machine. */
function readRare(text: string): number {
  return /^\d{4}-\d\d-\d\d([T ].*(Z|[+-]\d\d:?\d\d))?$/.test(text) ? Date.parse(text.replace(' ', 'T')) : NaN;
}

function two(bytes: Uint8Array, at: number): number {
  return readDigits(bytes, at, at + 2);
}

function readDigits(bytes: Uint8Array, from: number, to: number): number {
  let value = from < to ? 0 : NaN;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

let known = { year: 0, month: 0, start: 0, days: 0 };

/** Days since 1970-01-01; rows of one month share the work. */
function dayOf(year: number, month: number, day: number): number {
  if (year !== known.year || month !== known.month) {
    if (!(month >= 1 && month <= 12)) return NaN;
    const start = Date.UTC(year, month - 1, 1) / DAY;
    known = { year, month, start, days: Date.UTC(year, month, 1) / DAY - start };
  }
  return day >= 1 && day <= known.days ? known.start + day - 1 : NaN;
}

function decode(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to));
}
