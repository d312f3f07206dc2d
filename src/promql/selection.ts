import type { Matcher } from '../model/labels.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import { Aligned } from './aligned.ts';
import type { Moved, Selector, Span } from './ast.ts';
import { TooExpensive } from './errors.ts';
import { keyOf } from './labels.ts';
import { after } from '../model/seek.ts';
import type { Element, Frame, Matrix, Range, Vector } from './value.ts';

const FIVE_MINUTES = 300_000;

/** The series of a leaf, asked again only when the view's generation has moved. */
export interface Selection {
  readonly select: (view: SeriesView) => readonly SeriesWindow[];
}

/** Keeps the last answer for these matchers, in an order that depends on labels alone: sums over series then do too. */
export function selection(matchers: readonly Matcher[]): Selection {
  let from: SeriesView | undefined;
  let generation = NaN;
  let series: readonly SeriesWindow[] = [];
  return {
    select: (view) => {
      if (view !== from || view.generation !== generation) {
        series = view.select(matchers).toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1));
        from = view;
        generation = view.generation;
      }
      return series;
    },
  };
}

/** The instant at which a selector or a subquery looks, unix ms. */
export function instantOf({ at, offset }: Moved): (frame: Pick<Frame, 'now' | 'start' | 'end'>) => number {
  if (at === undefined) return ({ now }) => now - offset;
  return typeof at === 'number' ? () => at - offset : (frame) => frame[at] - offset;
}

/** A sample of an instant selector with its own time, unix ms. */
export interface TimedElement extends Element {
  readonly at: number;
}

/** Where the last look at a series ended. */
interface Pointer {
  readonly window: SeriesWindow;
  index: number;
}

/** Compiles an instant selector: each series' newest sample that is fresh. */
export function compileInstant(
  selector: Selector,
  leaf: Selection,
): Vector & { run: (frame: Frame) => TimedElement[] } {
  const instant = instantOf(selector);
  const pointers = new Aligned((window: SeriesWindow): Pointer => ({ window, index: window.to }));
  return {
    type: 'vector',
    run: (frame) => {
      const at = instant(frame);
      const series = leaf.select(frame.view);
      spend(frame, series.length, series.length);
      const elements: TimedElement[] = [];
      for (const pointer of pointers.of(series)) {
        const { window } = pointer;
        pointer.index = indexAt(window, at, pointer.index);
        const index = freshIndex(pointer, at, frame);
        if (index < 0) continue;
        elements.push({ labels: window.labels, value: window.values[index]!, at: window.times[index]! });
      }
      return elements;
    },
  };
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
        ranges.push({
          labels: window.labels,
          times: window.times,
          values: window.values,
          from,
          to,
          start,
          end,
          now: frame.now,
        });
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

function freshIndex({ window, index }: Pointer, at: number, frame: Frame): number {
  if (window.frozenSince !== undefined || index < 0) return -1;
  const age = at - window.times[index]!;
  if (window.goneAt?.some((gone) => gone <= at && gone > window.times[index]!)) return -1;
  const { missing, rangeEnds } = frame.options;
  const lookback = rangeEnds === 'closed' ? FIVE_MINUTES : FIVE_MINUTES - 1;
  const fresh = age <= (missing === 'prometheus' ? lookback : window.maxAge);
  return fresh ? index : -1;
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
