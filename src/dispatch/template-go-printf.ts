import { goFloat, goGeneral } from './render-go.ts';
import type { Value } from './template-go-functions.ts';
import { Unsupported } from './template-go-parse.ts';

const VERB = /%([-+ 0]*)(\d{1,3})?(?:\.(\d{1,2}))?([vsdqfget%])/g;

/** Prints a value as Go's `%v` does. */
export function toText(value: Value): string {
  if (typeof value === 'number') return goFloat(value);
  if (typeof value !== 'object') return String(value);
  const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => `${key}:${toText(inner)}`);
  return `map[${entries.join(' ')}]`;
}

/** Reads a number, or a text that is one. @throws {Unsupported} */
export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const number =
    typeof value !== 'string' || value.trim() === '' ? NaN : Number(value.replace(/^([+-]?)inf$/i, '$1Infinity'));
  if (Number.isNaN(number) && value !== 'NaN') throw new Unsupported();
  return number;
}

/** As Go's `Sprintf`. @throws {Unsupported} for a verb that is not known or an argument too few or too many */
export function printf(format: Value, ...args: readonly Value[]): string {
  const source = toText(format);
  let next = 0;
  const text = source.replace(VERB, (...[, flags, width, precision, letter]: string[]) => {
    if (letter === '%') return '%';
    const value = args[next++];
    if (value === undefined) throw new Unsupported();
    const digits = precision === undefined ? undefined : Number(precision);
    return pad(printVerb(letter!, value, digits), { flags: flags!, width: Number(width ?? 0) });
  });
  if (next !== args.length || source.replace(VERB, '').includes('%')) throw new Unsupported();
  return text;
}

function pad(text: string, { flags, width }: { flags: string; width: number }): string {
  const isNumber = /^[-+]?[\d.]/.test(text);
  const signed = isNumber && flags.includes('+') && !text.startsWith('-') ? `+${text}` : text;
  if (flags.includes('-')) return signed.padEnd(width);
  if (!flags.includes('0') || !isNumber) return signed.padStart(width);
  const sign = /^[-+]/.exec(signed)?.[0] ?? '';
  return sign + signed.slice(sign.length).padStart(width - sign.length, '0');
}

function printVerb(letter: string, value: Value, precision: number | undefined): string {
  if (letter === 'v' || letter === 't') return toText(value);
  if (letter === 's') return toText(value).slice(0, precision);
  return letter === 'q' ? JSON.stringify(toText(value)) : printDigits(letter, toNumber(value), precision);
}

function printDigits(letter: string, number: number, precision: number | undefined): string {
  if (!Number.isFinite(number)) return goFloat(number);
  if (letter === 'f') return number.toFixed(precision ?? 6);
  if (letter === 'd') return String(Math.trunc(number));
  if (letter === 'e') return number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
  return precision === undefined ? goFloat(number) : goGeneral(number, precision);
}
