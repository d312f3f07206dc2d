import { labelsKey, NAME, without, type Labels, type Matcher } from '../../model/labels.ts';
import type { SeriesView, SeriesWindow } from '../../model/series.ts';
import { compileMatchers } from '../match.ts';
import { readSeries, readValues, type Written } from './notation.ts';
import { ScriptError, type Command, type Line } from './read.ts';

type Load = Extract<Command, { kind: 'load' }>;

/** The series that a script has loaded so far. */
export class Loaded implements SeriesView {
  generation = 0;
  /** Series that have native histograms among their samples. */
  readonly histograms = new Set<SeriesWindow>();
  readonly #byKey = new Map<string, SeriesWindow>();

  /** Adds what a `load` says. @throws {ScriptError} */
  add({ step, series, makesHistograms }: Load): void {
    for (const line of series) {
      const { labels, values } = readLoaded(line);
      this.#put(labels, pointsOf(values, step), values.includes('histogram'));
      if (makesHistograms && labels['le'] !== undefined) this.#put(histogramOf(labels), [], true);
    }
    this.generation++;
  }

  select(matchers: readonly Matcher[]): readonly SeriesWindow[] {
    const matches = compileMatchers(matchers);
    return [...this.#byKey.values()].filter(({ labels }) => matches(labels));
  }

  #put(labels: Labels, points: readonly Point[], isHistogram: boolean): void {
    const key = labelsKey(labels);
    const before = this.#byKey.get(key);
    const window = windowOf(labels, [...(before === undefined ? [] : pointsIn(before)), ...points]);
    this.#byKey.set(key, window);
    if (isHistogram || (before !== undefined && this.histograms.has(before))) this.histograms.add(window);
  }
}

interface Point {
  readonly at: number;
  readonly value: number | 'stale';
}

function readLoaded({ text, number }: Line): { labels: Labels; values: readonly Written[] } {
  const series = readSeries(text);
  const values = series && readValues(series.rest);
  if (series === undefined || values === undefined) throw new ScriptError(`Line ${number}: "${text}" is no series.`);
  return { labels: series.labels, values };
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
