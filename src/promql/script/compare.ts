import { NAME, printLabels, type Labels } from '../../model/labels.ts';
import { EvaluationError } from '../errors.ts';
import { evaluateAny, evaluateRange, type Result } from '../evaluate.ts';
import type { Plan } from '../plan.ts';
import { readText } from '../syntax/literals.ts';
import type { EvaluateOptions } from '../value.ts';
import type { Loaded } from './load.ts';
import { readSeries, readValues } from './notation.ts';
import { ScriptError, type Case, type Line } from './read.ts';

/** As Prometheus runs its scripts. */
const OPTIONS: EvaluateOptions = { missing: 'prometheus', names: 'late' };

/** One series of a result: a value for each step, or none. */
interface Row {
  readonly labels: string;
  readonly values: readonly (number | undefined)[];
}

/** What the evaluation yields instead of what the script expects, or `undefined` when they are equal. */
export function difference(one: Case, planned: Plan, loaded: Loaded): string | undefined {
  let found: readonly Row[] | string;
  try {
    found = evaluated(one, planned, loaded);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return one.fails ? undefined : error.message;
  }
  if (one.fails) return `expected a failure, found ${shown(found)}`;
  const expected = expectedOf(one);
  return areEqual(expected, found, one.ordered) ? undefined : `expected ${shown(expected)}, found ${shown(found)}`;
}

function evaluated({ start, end, step, range }: Case, planned: Plan, loaded: Loaded): readonly Row[] | string {
  if (step !== undefined) {
    const tracks = evaluateRange(planned, loaded, { start, end, step }, OPTIONS);
    return tracks.map(({ labels, points }) => row(labels, points, { start, step }));
  }
  return rowsOf(evaluateAny(planned, loaded, start, OPTIONS), range ?? { start: 0, step: 1 });
}

interface Grid {
  readonly start: number;
  readonly step: number;
}

function rowsOf(result: Result, grid: Grid): readonly Row[] | string {
  if (result.type === 'string') return result.value;
  if (result.type === 'vector')
    return result.value.map(({ labels, value }) => row(labels, [{ at: 0, value }], { start: 0, step: 1 }));
  return result.value.map(({ labels, times, values, from, to }) => {
    const points = Array.from({ length: to - from }, (_, index) => ({
      at: times[from + index]!,
      value: values[from + index]!,
    }));
    return row(labels, points, grid);
  });
}

function row(labels: Labels, points: readonly { at: number; value: number }[], { start, step }: Grid): Row {
  const values: (number | undefined)[] = [];
  for (const { at, value } of points) values[(at - start) / step] = value;
  return { labels: printLabels(withoutEmpty(labels)), values: Array.from(values) };
}

function withoutEmpty(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => name === NAME || value !== ''));
}

function expectedOf({ results, text, step, range }: Case): readonly Row[] | string {
  if (text !== undefined) return readText(text) ?? text;
  const isInstant = step === undefined && range === undefined;
  return results.map(expectedRow).filter(({ values }) => !isInstant || values.length > 0);
}

function expectedRow({ text, number }: Line): Row {
  const series = /^[+-]?(?:\d|\.\d|inf|nan)/i.test(text) ? undefined : readSeries(text);
  const values = readValues(series?.rest ?? text);
  if (values === undefined) throw new ScriptError(`Line ${number}: "${text}" is no expected series.`);
  const known = values.map((value) => (typeof value === 'number' ? value : undefined));
  const last = known.findLastIndex((value) => value !== undefined);
  return { labels: printLabels(withoutEmpty(series?.labels ?? {})), values: known.slice(0, last + 1) };
}

function areEqual(expected: readonly Row[] | string, found: readonly Row[] | string, ordered: boolean): boolean {
  if (typeof expected === 'string' || typeof found === 'string') return expected === found;
  const [a, b] = ordered ? [expected, found] : [sorted(expected), sorted(found)];
  return a.length === b.length && a.every((one, index) => areSame(one, b[index]!));
}

function sorted(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => (a.labels < b.labels ? -1 : 1));
}

function areSame(a: Row, b: Row): boolean {
  if (a.labels !== b.labels || a.values.length !== b.values.length) return false;
  return a.values.every((value, index) => areClose(value, b.values[index]));
}

/** Within 1e-6 of their size; NaN equals NaN. */
function areClose(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Object.is(a, b) || a === b || Math.abs(a - b) < 1e-6 * (Math.abs(a) + Math.abs(b));
}

/** Of one side of a difference, characters. */
const MOST_SHOWN = 2_000;

function shown(rows: readonly Row[] | string): string {
  if (typeof rows === 'string') return JSON.stringify(rows);
  if (rows.length === 0) return 'nothing';
  const text = rows
    .map(({ labels, values }) => `${labels} ${values.map((value) => value ?? '_').join(' ')}`)
    .join('; ');
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
