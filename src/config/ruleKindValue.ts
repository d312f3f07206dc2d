import { formatDuration, parseDuration } from '../model/duration.ts';
import { NAME, type Matcher } from '../model/labels.ts';
import { plan, PromqlError } from '../promql/index.ts';
import { unknownWord } from './nearest.ts';
import type { ParameterType } from './ruleKindSchema.ts';
import { parseThreshold, type Threshold } from './threshold.ts';

/** What the names in a value are looked up in. */
export interface Known {
  readonly assets: ReadonlySet<string>;
  readonly issuers: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
}

type Printed = { readonly text: string } | { readonly problem: string };

/** Prints a value as PromQL, or says what is wrong with it. What comes out is made of the value's meaning, never of its text. */
export function printAs(type: ParameterType, value: unknown, known: Known): Printed {
  return PRINTERS[type](value, known);
}

const PRINTERS: Readonly<Record<ParameterType, (value: unknown, known: Known) => Printed>> = {
  asset: (value, { assets }) => printNames('asset', value, assets),
  issuer: (value, { issuers }) => printNames('issuer', value, issuers),
  label: printLabel,
  selector: printSelector,
  metric: printMetric,
  duration: printDuration,
  ratio: printNumber((written) => /(?:%|bps?)$/.test(written), 'a share such as 2% or 50bp'),
  multiple: printNumber((written) => written.endsWith('x'), 'a multiple such as 3.5x'),
  money: printNumber((_, { unit }) => unit === 'usd', 'an amount such as $68M'),
  number: printNumber((_, { unit }) => unit === 'none', 'a plain number'),
};

/** One name or a list of them, as a regular expression: to be used behind `=~`. */
function printNames(what: string, value: unknown, known: ReadonlySet<string>): Printed {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (names.length === 0) return { problem: `found an empty list; expected an ${what} or a list of them` };
  for (const name of names) {
    if (typeof name !== 'string') return { problem: `found ${shown(name)}; expected an ${what} or a list of them` };
    if (!known.has(name)) return { problem: unknownWord(what, name, known) };
  }
  const escaped = names.map((name) => String(name).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return { text: quote(escaped.join('|')) };
}

function printLabel(value: unknown): Printed {
  if (typeof value === 'string' && IDENTIFIER.test(value)) return { text: value };
  return { problem: `found ${shown(value)}; expected a label name: letters, digits and _` };
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

function printMetric(value: unknown, { metrics }: Known): Printed {
  if (typeof value !== 'string') return { problem: `found ${shown(value)}; expected a metric name` };
  return metrics.has(value) && METRIC.test(value)
    ? { text: value }
    : { problem: unknownWord('metric', value, metrics) };
}

const METRIC = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

function printSelector(value: unknown): Printed {
  const expected = `expected matchers such as asset="xusd", chain=~"ethereum|plasma"`;
  if (typeof value !== 'string') return { problem: `found ${shown(value)}; ${expected}` };
  if (value.trim() === '') return { text: '' };
  const matchers = readMatchers(value);
  if (matchers === undefined) return { problem: `found ${shown(value)}; ${expected}` };
  return { text: matchers.map(({ name, op, value: wanted }) => `${name}${op}${quote(wanted)}`).join(', ') };
}

/** The matchers of a text that is nothing else, without a metric's name; `undefined` when it is something else too. */
function readMatchers(text: string): readonly Matcher[] | undefined {
  try {
    const { expr } = plan(`${PROBE}{${text}}`);
    if (expr.kind !== 'selector' || expr.range > 0 || expr.offset !== 0 || expr.at !== undefined) return undefined;
    const matchers = expr.matchers.filter(({ name, op, value }) => name !== NAME || op !== '=' || value !== PROBE);
    return matchers.every(({ name }) => IDENTIFIER.test(name) && name !== NAME) ? matchers : undefined;
  } catch (error) {
    if (error instanceof PromqlError) return undefined;
    throw error;
  }
}

const PROBE = 'probe';

function printDuration(value: unknown): Printed {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms !== undefined && ms > 0) return { text: formatDuration(ms) };
  return { problem: `found ${shown(value)}; expected a time such as 90s, 3h or 7d` };
}

function printNumber(fits: (written: string, threshold: Threshold) => boolean, expected: string) {
  return (value: unknown): Printed => {
    const threshold = typeof value === 'string' || typeof value === 'number' ? parseThreshold(value) : undefined;
    if (threshold === undefined || !fits(String(value).trim(), threshold)) {
      return { problem: `found ${shown(value)}; expected ${expected}` };
    }
    return { text: threshold.value < 0 ? `(${threshold.value})` : String(threshold.value) };
  };
}

/** A PromQL text literal: JSON's escapes are among PromQL's. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `"${value as string | number | boolean}"`;
}
