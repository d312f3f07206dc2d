import type { Range } from '../value.ts';

/** A run of samples, `[from, to)` of `values`, at least one. */
export type Samples = Pick<Range, 'values' | 'from' | 'to'>;

/** A function of a range whose parts can be worked out apart and joined in order; a part is `size` numbers in an array. */
export interface Fold {
  readonly size: number;
  /** Writes what one sample comes to at `at`. */
  readonly start: (value: number, into: Float64Array, at: number) => void;
  /** Appends samples to the part at `at`, one by one. */
  readonly append: (samples: Samples, into: Float64Array, at: number) => void;
  /** Appends the part at `from` to the one at `at`. */
  readonly join: (into: Float64Array, at: number, part: Float64Array, from: number) => void;
  /** The function's value, from the part at `at`; `undefined` when only the samples themselves can tell. */
  readonly value: (whole: Float64Array, at: number, folded: Folded) => number | undefined;
}

/** What was folded. */
export interface Folded {
  /** How many samples. */
  readonly count: number;
  readonly range: () => Range;
}

/** Writes what a run of samples comes to at `at`. */
export function scan(fold: Fold, { values, from, to }: Samples, into: Float64Array, at: number): void {
  fold.start(values[from]!, into, at);
  if (to > from + 1) fold.append({ values, from: from + 1, to }, into, at);
}
