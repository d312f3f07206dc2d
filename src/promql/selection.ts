import type { Matcher } from '../model/labels.ts';
import { isFresh, lastAt, type Latest, type SeriesView, type SeriesWindow } from '../model/series.ts';
import { after } from '../model/seek.ts';
import type { Moved, Selector, Span } from './ast.ts';
import { TooExpensive } from './errors.ts';
import { keyOf } from './labels.ts';
import { NO_SHAPE, Shape } from './shape.ts';
import type { Frame, Matrix, Range } from './value.ts';

/** The series of a leaf, asked again only when the view's generation has moved. */
export interface Selection {
  readonly select: (view: SeriesView) => readonly SeriesWindow[];
  /** Their labels; the same object as long as they are the same series. */
  readonly shape: (view: SeriesView) => Shape;
  /** Their slots in the view's `latest`. */
  readonly slots: (view: SeriesView) => Int32Array;
  /** True when every one of them is fresh at this instant, unix ms. */
  readonly isFresh: (view: SeriesView, at: number) => boolean;
  /** The first moment after `now` at which one of them goes stale unless something arrives; both unix ms. */
  readonly staleAt: (view: SeriesView, now: number) => number;
}

/** The series that fit these matchers. */
export function selection(matchers: readonly Matcher[]): Selection {
  return selecting((view) => view.select(matchers));
}

/** The series of several selections, each of them once. */
export function together(selections: readonly Selection[]): Selection {
  const parts = [...new Set(selections)];
  return selecting((view) => parts.flatMap((part) => part.select(view)));
}

/** Keeps the last answer, in an order that depends on labels alone: sums over series then do too. */
function selecting(find: (view: SeriesView) => readonly SeriesWindow[]): Selection {
  let from: SeriesView | undefined;
  let generation = NaN;
  let series: readonly SeriesWindow[] = [];
  let shape = NO_SHAPE;
  let slots = new Int32Array();
  let asked: { readonly at: number; readonly revision: number | undefined; readonly answer: boolean } | undefined;
  return { select, shape: shapeIn, slots: slotsIn, isFresh: isFreshIn, staleAt: staleIn };

  function staleIn(view: SeriesView, now: number): number {
    const known = select(view);
    let first = Infinity;
    for (let index = 0; index < known.length; index++) {
      const until = view.latest?.until[slots[index]!] ?? -Infinity;
      const at = until === -Infinity ? endOf(known[index]!) : until + 1;
      if (at > now && at < first) first = at;
    }
    return first;
  }

  function shapeIn(view: SeriesView): Shape {
    select(view);
    return shape;
  }

  function slotsIn(view: SeriesView): Int32Array {
    select(view);
    return slots;
  }

  function isFreshIn(view: SeriesView, at: number): boolean {
    const { revision } = view;
    if (view === from && asked?.at === at && asked.revision === revision && revision !== undefined) return asked.answer;
    asked = { at, revision, answer: areFresh(select(view), slots, view.latest, at) };
    return asked.answer;
  }

  function select(view: SeriesView): readonly SeriesWindow[] {
    if (view === from && view.generation === generation) return series;
    from = view;
    generation = view.generation;
    const found = find(view).toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1));
    if (areSame(found, series)) return series;
    series = found;
    shape = new Shape(series.map(({ labels }) => labels));
    slots = Int32Array.from(series, ({ slot = NO_SLOT }) => slot);
    return series;
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
      const ranges: Range[] = [];
      let samples = 0;
      for (const window of series) {
        const { from, to } = rangeIndexes(window, frame.options.rangeEnds === 'closed' ? start - 1 : start, end);
        if (from === to) continue;
        samples += to - from;
        const { labels, times, values } = window;
        ranges.push({ labels, times, values, from, to, start, end, now: frame.now });
      }
      spend(frame, series.length, samples);
      return ranges;
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
