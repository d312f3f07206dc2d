import { invalid, unreadable } from './refused.ts';

type What = 'alerts' | 'silence';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Reads a request's body as JSON. @throws {Refused} */
export function parseBody(what: What, body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : '';
  if (text.trim() === '') throw unreadable(what, 'EOF');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(what, (error as Error).message);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A map of texts; absent is empty. @throws {Refused} */
export function textsOf(what: What, field: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw unreadable(what, `${field} is ${kindOf(value)}; expected an object of texts`);
  for (const name in value) {
    const text = value[name];
    if (typeof text !== 'string') throw unreadable(what, `${field}.${name} is ${kindOf(text)}; expected a text`);
  }
  return value as Readonly<Record<string, string>>;
}

/** Unix ms; `undefined` when it is not given, which Go writes as the year 1. @throws {Refused} */
export function timeOf(what: What, field: string, value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const at = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(at)) {
    throw unreadable(what, `${field} is ${JSON.stringify(value)}; expected a time such as "2026-01-31T12:00:00Z"`);
  }
  return at <= YEAR_ONE ? undefined : at;
}

const YEAR_ONE = Date.parse('0001-12-31T00:00:00Z');

/** @throws {Refused} */
export function textOf(what: What, field: string, value: unknown): string {
  if (value === undefined || value === null) throw invalid(602, `${field} in body is required`);
  if (typeof value !== 'string') throw unreadable(what, `${field} is ${kindOf(value)}; expected a text`);
  return value;
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
