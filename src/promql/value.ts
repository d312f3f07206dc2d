import type { Labels } from '../model/labels.ts';
import type { SeriesView } from '../model/series.ts';
import type { Column } from './column.ts';

/** One result: what PromQL calls a sample of an instant vector. */
export interface Element {
  readonly labels: Labels;
  readonly value: number;
  /** With late names: the metric's name still stands in `labels` and goes away at the end. */
  readonly nameless?: true | undefined;
}

/** The samples of one series in a range, oldest first, in `[from, to)` of both arrays; the range is `(start, end]`. */
export interface Range {
  readonly labels: Labels;
  readonly nameless?: true | undefined;
  /** Unix ms. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly valueAt?: (index: number) => number;
  readonly from: number;
  readonly to: number;
  /** Unix ms. */
  readonly start: number;
  readonly end: number;
  /** Unix ms: when this is evaluated, wherever the range lies. */
  readonly now: number;
}

export interface EvaluateOptions {
  /** `prometheus`: an instant selector looks back five minutes instead of each series' own `max_age`. */
  readonly missing?: 'prometheus';
  /** `closed`: a range takes both its ends, as Prometheus 2 did. */
  readonly rangeEnds?: 'closed';
  /** `late`: functions leave the metric's name to the end, where `by` and `label_replace` still see it; a feature flag of Prometheus. */
  readonly names?: 'late';
  /** Most series one evaluation may select; 100 000 unless said. */
  readonly maxSeries?: number;
  /** Most samples one evaluation may read; 5 000 000 unless said. */
  readonly maxSamples?: number;
}

/** One evaluation at one instant. */
export interface Frame {
  readonly view: SeriesView;
  /** Unix ms, judging clock. */
  readonly now: number;
  /** The first and last instant of the whole evaluation; both are `now` unless a range is evaluated. Unix ms. */
  readonly start: number;
  readonly end: number;
  readonly options: EvaluateOptions;
  /** Several instants (unix ms, rising) at which all is evaluated at once, instead of `now`; see `lookAhead`. */
  readonly instants?: Float64Array | undefined;
  /** Counted up while selectors are read. */
  readonly spent: { series: number; samples: number };
}

interface Kinds {
  readonly scalar: number;
  readonly vector: Column;
  readonly matrix: readonly Range[];
  readonly string: string;
}

/** An expression compiled to a function of the frame. */
export type Compiled<Type extends keyof Kinds = keyof Kinds> = {
  readonly [Key in Type]: { readonly type: Key; readonly run: (frame: Frame) => Kinds[Key] };
}[Type];

export type Scalar = Compiled<'scalar'>;
export type Vector = Compiled<'vector'> & {
  /** Of a comparison: what it compares, at the same places, whether or not it holds. Runs the comparison. */
  readonly compared?: Vector['run'];
  /** Of a selector: the samples' own times, unix ms, instead of their values. */
  readonly times?: Vector['run'];
};
export type Matrix = Compiled<'matrix'>;
