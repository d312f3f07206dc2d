import { labelsKey, NAME, without, type Labels, type Matcher } from '../../model/labels.ts';
import type { SeriesView, SeriesWindow } from '../../model/series.ts';
import { compileMatchers } from '../match.ts';
import { readSeries, readValues, type Written } from './notation.ts';
import { ScriptError, type Command, type Line } from './read.ts';

/** What a case over native histograms is skipped for. */
export const HISTOGRAMS = 'native histograms';

type Load = Extract<Command, { kind: 'load' }>;

/** The series that a script has loaded so far. */
export class Loaded implements SeriesView {
  generation = 0;
  /** Series that hold what is left out on purpose, with its name. */
  readonly leftOut = new Map<SeriesWindow, string>();
  readonly #byKey = new Map<string, SeriesWindow>();

  /** Adds what a `load` says. @throws {ScriptError} */
  add({ step, series, makesHistograms }: Load): void {
    for (const line of series) {
      const { labels, values, leftOut } = readLoaded(line);
      this.#put(labels, pointsOf(values, step), leftOut);
      if (makesHistograms && labels['le'] !== undefined) this.#put(histogramOf(labels), [], HISTOGRAMS);
    }
    this.generation++;
  }

  select(matchers: readonly Matcher[]): readonly SeriesWindow[] {
    const matches = compileMatchers(matchers);
    return [...this.#byKey.values()].filter(({ labels }) => matches(labels));
  }

  #put(labels: Labels, points: readonly Point[], leftOut: string | undefined): void {
    const key = labelsKey(labels);
    const before = this.#byKey.get(key);
    const window = windowOf(labels, [...(before === undefined ? [] : pointsIn(before)), ...points]);
    this.#byKey.set(key, window);
    const named = leftOut ?? (before && this.leftOut.get(before));
    if (named !== undefined) this.leftOut.set(window, named);
  }
}

interface Point {
  readonly at: number;
  readonly value: number | 'stale';
}

interface LoadedLine {
  readonly labels: Labels;
  readonly values: readonly Written[];
  readonly leftOut: string | undefined;
}

const STARTS = /^@st(?=\s)/;
const STATES = /(?:^|\s)ss\(/;

function readLoaded({ text, number }: Line): LoadedLine {
  const series = readSeries(text);
  const experiment = series && experimentIn(series.rest);
  if (experiment !== undefined) return { labels: series!.labels, values: [], leftOut: experiment };
  const values = series && readValues(series.rest);
  if (series === undefined || values === undefined) throw new ScriptError(`Line ${number}: "${text}" is no series.`);
  return { labels: series.labels, values, leftOut: leftOutOf(series.labels, values) };
}

function experimentIn(rest: string): string | undefined {
  if (STARTS.test(rest)) return 'experimental start timestamps';
  return STATES.test(rest) ? 'experimental state sets' : undefined;
}

function leftOutOf(labels: Labels, values: readonly Written[]): string | undefined {
  if (values.includes('histogram')) return HISTOGRAMS;
  const typed = labels['__type__'] !== undefined || labels['__unit__'] !== undefined;
  return typed ? 'experimental type and unit labels' : undefined;
}

function pointsOf(values: readonly Written[], step: number): Point[] {
  return values.flatMap((value, index) =>
    value === 'none' || value === 'histogram' ? [] : [{ at: index * step, value }],
  );
}

function pointsIn({ times, values, goneAt = [] }: SeriesWindow): Point[] {
  const samples = Array.from(times, (at, index): Point => ({ at, value: values[index]! }));
  return [...samples, ...goneAt.map((at): Point => ({ at, value: 'stale' }))];
}

function windowOf(labels: Labels, points: readonly Point[]): SeriesWindow {
  const ordered = points.toSorted((a, b) => a.at - b.at);
  const samples = ordered.flatMap(({ at, value }) => (value === 'stale' ? [] : [{ at, value }]));
  return {
    id: 0,
    labels,
    maxAge: Infinity,
    times: Float64Array.from(samples, ({ at }) => at),
    values: Float64Array.from(samples, ({ value }) => value),
    from: 0,
    to: samples.length,
    goneAt: ordered.filter(({ value }) => value === 'stale').map(({ at }) => at),
  };
}

/** The native histogram that Prometheus makes of a bucket's classic one. */
function histogramOf(labels: Labels): Labels {
  return { ...without(labels, ['le']), [NAME]: labels[NAME]?.replace(/_bucket$/, '') ?? '' };
}
