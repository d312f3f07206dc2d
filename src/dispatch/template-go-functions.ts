import { RE2JS } from 're2js';
import { parseDuration } from '../model/duration.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp } from './render-go.ts';
import { printf, toNumber, toText } from './template-go-printf.ts';
import { Unsupported, type Literal } from './template-go-parse.ts';

export type Value = Literal | ReadonlyMap<string, Value>;

export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly apply: (...args: readonly Value[]) => Value;
}

const one = (apply: (value: Value) => Value): TemplateFunction => ({
  least: 1,
  most: 1,
  apply: (value) => apply(value),
});
const ofText = (apply: (text: string) => Value) => one((value) => apply(toText(value)));
const ofNumber = (apply: (value: number) => string) => one((value) => apply(toNumber(value)));
const two = (apply: (a: Value, b: Value) => Value): TemplateFunction => ({
  least: 2,
  most: 2,
  apply: (a, b) => apply(a, b),
});
const many = (least: number, apply: TemplateFunction['apply']): TemplateFunction => ({ least, most: 50, apply });

/** Prometheus' template functions and Go's own, without those that ask for data. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ['humanize', ofNumber(humanize)],
  ['humanize1024', ofNumber(humanize1024)],
  ['humanizeDuration', ofNumber(humanizeDuration)],
  ['humanizePercentage', ofNumber(humanizePercentage)],
  ['humanizeTimestamp', ofNumber(humanizeTimestamp)],
  ['title', ofText((text) => text.replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()))],
  ['toUpper', ofText((text) => text.toUpperCase())],
  ['toLower', ofText((text) => text.toLowerCase())],
  ['stripPort', ofText((text) => text.replace(/^\[?([^\]]*?)\]?:[^:\]]*$/, '$1'))],
  ['stripDomain', ofText(stripDomain)],
  ['parseDuration', ofText((text) => (parseDuration(text) ?? unsupported()) / 1000)],
  ['safeHtml', one((value) => value)],
  ['match', two((pattern, text) => regex(pattern).matcher(toText(text)).find())],
  [
    'reReplaceAll',
    { least: 3, most: 3, apply: (pattern, by, text) => replaceAll(regex(pattern), toText(by), toText(text)) },
  ],
  ['print', many(0, print)],
  ['println', many(0, (...args) => `${args.map(toText).join(' ')}\n`)],
  ['printf', many(1, (format, ...args) => printf(format, ...args))],
  ['len', one((value) => BigInt(value instanceof Map ? value.size : Buffer.byteLength(toText(value))))],
  ['index', two((map, key) => (map instanceof Map ? (map.get(toText(key)) ?? '') : unsupported()))],
  ['not', one((value) => !isTrue(value))],
  ['and', many(1, (...args) => args.find((value) => !isTrue(value)) ?? args.at(-1)!)],
  ['or', many(1, (...args) => args.find(isTrue) ?? args.at(-1)!)],
  ['eq', many(2, (first, ...others) => others.some((other) => compare(first, other) === 0))],
  ['ne', two((a, b) => compare(a, b) !== 0)],
  ['lt', two((a, b) => compare(a, b) < 0)],
  ['le', two((a, b) => compare(a, b) <= 0)],
  ['gt', two((a, b) => compare(a, b) > 0)],
  ['ge', two((a, b) => compare(a, b) >= 0)],
]);

function unsupported(): never {
  throw new Unsupported();
}

function isTrue(value: Value): boolean {
  return value instanceof Map ? value.size > 0 : Boolean(value);
}

/** Go puts a space between operands when neither is a text. */
function print(...args: readonly Value[]): string {
  return args
    .map((value, index) => {
      const isSpaced = index > 0 && typeof value !== 'string' && typeof args[index - 1] !== 'string';
      return (isSpaced ? ' ' : '') + toText(value);
    })
    .join('');
}

/** Negative, zero or positive; NaN compares false to everything. */
function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : a < b ? -1 : 1;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (!isNumber(a) || !isNumber(b)) return unsupported();
  if (Number(a) === Number(b)) return 0;
  return Number(a) < Number(b) ? -1 : Number(a) > Number(b) ? 1 : NaN;
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function regex(pattern: Value): RE2JS {
  try {
    return RE2JS.compile(toText(pattern));
  } catch {
    return unsupported();
  }
}

/** Go's `$name` takes as many word characters as there are; a group that is not there is empty. */
function replaceAll(pattern: RE2JS, by: string, text: string): string {
  const matcher = pattern.matcher(text);
  let result = '';
  let end = 0;
  while (matcher.find()) {
    const group = (name: string): string => {
      if (/^\d+$/.test(name)) return Number(name) <= matcher.groupCount() ? (matcher.group(Number(name)) ?? '') : '';
      return Object.hasOwn(pattern.namedGroups(), name) ? (matcher.group(name) ?? '') : '';
    };
    const put = by.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) =>
      whole === '$$' ? '$' : group(braced ?? bare ?? ''),
    );
    result += text.slice(end, matcher.start()) + put;
    end = matcher.end();
  }
  return result + text.slice(end);
}

/** `node.example.org:80` → `node:80`; an address of digits stays. */
function stripDomain(text: string): string {
  const [, host = '', port = ''] = /^(.*?)(:\d+)?$/s.exec(text) ?? [];
  return /^[\d.]+$|:/.test(host) ? text : host.split('.')[0]! + port;
}
