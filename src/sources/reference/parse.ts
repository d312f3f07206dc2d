import { z } from 'zod';

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;
const ZONE = /(Z|[+-]\d\d:?\d\d)$/;
/** A number from here on is ms: as seconds it would be the year 5138, as ms it is 1973. */
const FIRST_MS = 1e11;
const PATH = /^(\/.*|([^./[\]]+|\[\d+\])(\.[^.[\]]+|\[\d+\])*)$/s;

export type TimeUnit = 'auto' | 's' | 'ms' | 'iso';

/** A finite number, also written as a decimal text; anything else (empty, null, NaN, `1,000`) is none. */
export function parseNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Unix ms of a time written as ISO 8601 (UTC unless it says a zone) or as unix seconds or ms. */
export function parseInstant(value: unknown, unit: TimeUnit = 'auto'): number | undefined {
  const number = unit === 'iso' ? undefined : parseNumber(value);
  if (number !== undefined) return unit === 'ms' || (unit === 'auto' && number >= FIRST_MS) ? number : number * 1000;
  if (typeof value !== 'string' || unit === 's' || unit === 'ms') return undefined;
  return parseIso(value.trim());
}

function parseIso(text: string): number | undefined {
  if (!ISO.test(text)) return undefined;
  const at = Date.parse(ZONE.test(text) || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** A place in a JSON answer: `data[0].price`, or a JSON Pointer (RFC 6901) such as `/data/0/price`. */
export const jsonPath = () =>
  z.string().regex(PATH, { error: 'expected a path such as data[0].price, or a JSON Pointer such as /data/0/price' });

/** What stands at a `jsonPath`, or `undefined`. */
export function select(json: unknown, path: string): unknown {
  let found = json;
  for (const key of keysOf(path)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function keysOf(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.match(/[^.[\]]+/g) ?? [];
  return path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A value as people see it in a message. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
