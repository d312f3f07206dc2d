import type { Matcher } from '../model/labels.ts';
import { isFresh, lastAt, peek, type Latest, type SeriesView, type SeriesWindow } from '../model/series.ts';
import { after } from '../model/seek.ts';
import type { Moved, Selector, Span } from './ast.ts';
import { TooExpensive } from './errors.ts';
import { keyOf } from './labels.ts';
import { NO_SHAPE, Shape } from './shape.ts';
import type { Frame, Matrix, Range } from './value.ts';

/** The series that fit these matchers. */
export function selection(matchers: readonly Matcher[]): Selection {
  return new Selection((view) => view.select(matchers));
}

/** The series of several selections, each of them once. */
export function together(selections: readonly Selection[]): Selection {
  const parts = [...new Set(selections)];
  return new Selection((view) => parts.flatMap((part) => part.select(view)));
}

/**
 * The series of a leaf, asked again only when the view's generation has moved. Their order depends on labels alone: sums over series then
 * do too.
 */
export class Selection {
  readonly #find: (view: SeriesView) => readonly SeriesWindow[];
  #view: SeriesView | undefined;
  #generation = NaN;
  #series: readonly SeriesWindow[] = [];
  #shape = NO_SHAPE;
  #slots = new Int32Array();
  #asked: { readonly at: number; readonly revision: number; readonly answer: boolean } | undefined;

  constructor(find: (view: SeriesView) => readonly SeriesWindow[]) {
    this.#find = find;
  }

  select(view: SeriesView): readonly SeriesWindow[] {
    if (view === this.#view && view.generation === this.#generation) return this.#series;
    if (view !== this.#view) this.#asked = undefined;
    this.#view = view;
    this.#generation = view.generation;
    const found = this.#find(view).toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1));
    if (areSame(found, this.#series)) return this.#series;
    this.#series = found;
    this.#shape = new Shape(found.map(({ labels }) => labels));
    this.#slots = Int32Array.from(found, ({ slot = NO_SLOT }) => slot);
    return found;
  }

  /** Their labels; the same object as long as they are the same series. */
  shape(view: SeriesView): Shape {
    this.select(view);
    return this.#shape;
  }

  /** Their slots in the view's `latest`. */
  slots(view: SeriesView): Int32Array {
    this.select(view);
    return this.#slots;
  }

  /** True when every one of them is fresh at this instant, unix ms. */
  isFresh(view: SeriesView, at: number): boolean {
    const series = this.select(view);
    const { revision } = view;
    if (revision === undefined) return areFresh(series, this.#slots, view.latest, at);
    if (this.#asked?.at !== at || this.#asked.revision !== revision)
      this.#asked = { at, revision, answer: areFresh(series, this.#slots, view.latest, at) };
    return this.#asked.answer;
  }

  /** The first moment after `now` at which one of them goes stale unless something arrives; both unix ms. */
  staleAt(view: SeriesView, now: number): number {
    const series = this.select(view);
    let first = Infinity;
    for (let index = 0; index < series.length; index++) {
      const until = view.latest?.until[this.#slots[index]!] ?? -Infinity;
      const at = until === -Infinity ? endOf(series[index]!) : until + 1;
      if (at > now && at < first) first = at;
    }
    return first;
  }
}

const NO_SLOT = -1;

function endOf(series: SeriesWindow): number {
  return lastAt(series) + series.maxAge + 1;
}

function areFresh(series: readonly SeriesWindow[], slots: Int32Array, latest: Latest | undefined, at: number): boolean {
  if (latest === undefined) return series.every((window) => isFresh(window, at));
  const { at: since, until } = latest;
  for (let index = 0; index < slots.length; index++) {
    const slot = slots[index]!;
    if ((at < since[slot]! || at > until[slot]!) && !isFresh(series[index]!, at)) return false;
  }
  return true;
}

function areSame(a: readonly SeriesWindow[], b: readonly SeriesWindow[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

/** The instant at which a selector or a subquery looks, unix ms. */
export function instantOf({ at, offset }: Moved): (frame: Pick<Frame, 'now' | 'start' | 'end'>) => number {
  if (at === undefined) return ({ now }) => now - offset;
  return typeof at === 'number' ? () => at - offset : (frame) => frame[at] - offset;
}

/** Compiles a range selector: what is there in `(t − range, t]`. */
export function compileRange(selector: Selector, leaf: Selection): Matrix {
  const instant = instantOf(selector);
  return {
    type: 'matrix',
    run: (frame) => {
      const end = instant(frame);
      const start = end - selector.range;
      const series = leaf.select(frame.view);
      const spans = series.map((window) =>
        rangeIndexes(window, frame.options.rangeEnds === 'closed' ? start - 1 : start, end),
      );
      spend(
        frame,
        series.length,
        spans.reduce((sum, { from, to }) => sum + to - from, 0),
      );
      return series.flatMap((window, place): Range[] => {
        const { from, to } = spans[place]!;
        if (from === to) return [];
        const values = peek(window, from, to).slice(from, to);
        const times = window.times.subarray(from, to);
        return [{ labels: window.labels, times, values, from: 0, to: to - from, start, end, now: frame.now }];
      });
    },
  };
}

/** Where the samples in `(start, end]` stand. */
export function rangeIndexes({ times, from: first, to: last }: SeriesWindow, start: number, end: number): Span {
  const from = after(times, { first, last, at: start });
  return { from, to: after(times, { first: from, last, at: end }) };
}

/** The index of the newest sample at or before `at`, or -1. */
export function indexAt(window: SeriesWindow, at: number, hint = window.to): number {
  const index = after(window.times, { first: window.from, last: window.to, at }, hint) - 1;
  return index < window.from ? -1 : index;
}

/** Counts what an evaluation reads. @throws {TooExpensive} past a cap */
export function spend(frame: Frame, series: number, samples: number): void {
  const { maxSeries = 100_000, maxSamples = 5_000_000 } = frame.options;
  frame.spent.series += series;
  frame.spent.samples += samples;
  if (frame.spent.series > maxSeries) {
    throw new TooExpensive(`The expression selects ${frame.spent.series} series; at most ${maxSeries} are allowed.`);
  }
  if (frame.spent.samples > maxSamples) {
    throw new TooExpensive(`The expression reads ${frame.spent.samples} samples; at most ${maxSamples} are allowed.`);
  }
}
