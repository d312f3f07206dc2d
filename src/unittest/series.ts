import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { plan } from '../promql/index.ts';
import type { InputValue } from './testFile.ts';

const NUMBER = String.raw`(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)`;
const ITEM = new RegExp(`^(?:(_)|([+-]?${NUMBER})([+-]${NUMBER})?)(?:x(\\d+))?$`, 'i');

/** More values than this in one series are a slip of the pen. */
const MOST_VALUES = 1_000_000;

/** Reads `name{label="value"}`; `{}` has no labels at all. @throws {Error} with a sentence for the user */
export function readLabels(text: string): Labels {
  if (/^\s*\{\s*\}\s*$/.test(text)) return {};
  const { expr } = plan(text);
  if (expr.kind !== 'selector' || expr.range > 0 || expr.offset !== 0) throw new Error(expected(text));
  if (expr.matchers.some(({ op }) => op !== '=')) throw new Error(expected(text));
  return Object.fromEntries(expr.matchers.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]));
}

function expected(text: string): string {
  return `found "${text}"; expected a series such as up{job="node"}`;
}

/**
 * Reads Prometheus' notation: `1+2x3` is 1 3 5 7, `1x3` is 1 1 1 1, `_` is a missing sample and `_x3` three of them, `stale` says
 * that the series is over. @throws {Error} with a sentence for the user
 */
export function readValues(text: string): readonly InputValue[] {
  if (text.includes('{{')) throw new Error('native histograms are not supported; expected numbers');
  const values: InputValue[] = [];
  for (const item of text.trim().split(/\s+/)) {
    if (item !== '') values.push(...readItem(item));
    if (values.length > MOST_VALUES) throw new Error(`more than ${MOST_VALUES} values; expected fewer`);
  }
  return values;
}

function readItem(item: string): readonly InputValue[] {
  if (item.toLowerCase() === 'stale') return ['gone'];
  const match = ITEM.exec(item);
  const [, blank, first = '', step = '0', times] = match ?? [];
  if (match === null || (step !== '0' && times === undefined))
    throw new Error(`found "${item}"; expected a number, 1+2x3, 1x3, _, _x3 or stale`);
  const count = Number(times ?? 0);
  if (count > MOST_VALUES) throw new Error(`found "${item}"; expected at most ${MOST_VALUES} values`);
  if (blank !== undefined) return Array.from({ length: Number(times ?? 1) }, () => null);
  return run(readNumber(first), readNumber(step), count);
}

function run(first: number, step: number, count: number): readonly number[] {
  const values = [first];
  // Added up one by one, as Prometheus does: the last bits are the same.
  while (values.length <= count) values.push(values.at(-1)! + step);
  return values;
}

function readNumber(text: string): number {
  if (/nan$/i.test(text)) return NaN;
  return /inf$/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

/** Prints a value as PromQL does. */
export function printNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Labels without those that are empty: an empty label is no label. */
export function trimmed(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => value !== '' || name === NAME));
}
