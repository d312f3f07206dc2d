import type { Labels, Matcher } from './labels.ts';
import { after } from './seek.ts';

/** `maxAge` of what holds until somebody writes otherwise, such as `asset_info`: a hundred years, ms. */
export const FOR_EVER = 100 * 31_536_000_000;

/** The samples of one series that rules may look at, oldest first, in `[from, to)` of both arrays. */
export interface SeriesWindow {
  readonly id: number;
  /** With `__name__`. */
  readonly labels: Labels;
  /** ms: older than this the series is stale. */
  readonly maxAge: number;
  /** Unix ms, strictly increasing. */
  readonly times: Float64Array;
  /** Where samples are packed, they are unpacked for each who asks: whoever reads them at once asks `peek`, whoever needs few of them `valueAt`. */
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
  readonly valueAt?: (index: number) => number;
  /** The values at `[from, to)`, each at its index, in an array that the next `peek` at any series may write over. */
  readonly peek?: (from: number, to: number) => Float64Array;
  /** The end of a history that is there whole: what stands in `[to, ahead)` is not known yet. Only what looks ahead may read it. */
  readonly ahead?: number | undefined;
  /** Moves when a sample other than the newest is written: what was worked out from older ones may be wrong then. */
  readonly rewrites?: number;
  /** Moves when the samples stand at other indexes than before. */
  readonly shifts?: number;
  /** Set while at least two peers move and this price does not: it then counts as stale. Unix ms of its last change. */
  readonly frozenSince?: number | undefined;
  /** Unix ms at which the series was said to be gone until its next sample; only written histories say so. */
  readonly goneAt?: readonly number[];
  /** Where it stands in the view's `latest`. */
  readonly slot?: number;
}

/** The newest sample of every series of a view side by side, so that many are read without a look at the series themselves. */
export interface Latest {
  /** Unix ms; Infinity without a sample. */
  readonly at: Float64Array;
  readonly values: Float64Array;
  /** Unix ms: the last instant at which it is fresh; -Infinity when only the series itself can tell. */
  readonly until: Float64Array;
}

/** Read side of the windows. A declared series without samples is selected too (`from === to`). */
export interface SeriesView {
  /** Moves with every change of what `select` could return, so that a caller may keep its answer. */
  readonly generation: number;
  /** Moves with every change of a sample, so that what was worked out for an instant may be used again at it. */
  readonly revision?: number;
  readonly latest?: Latest;
  readonly select: (matchers: readonly Matcher[]) => readonly SeriesWindow[];
}

/** The time of the last sample, or -Infinity. */
export function lastAt(series: SeriesWindow): number {
  return series.to > series.from ? series.times[series.to - 1]! : -Infinity;
}

/** The value at an index in `[from, to)`. */
export function valueAt(series: Pick<SeriesWindow, 'values' | 'valueAt'>, index: number): number {
  return series.valueAt === undefined ? series.values[index]! : series.valueAt(index);
}

/** The values at `[from, to)`, each at its index, to be read before anything else is. */
export function peek(series: SeriesWindow, from: number, to: number): Float64Array {
  return series.peek === undefined ? series.values : series.peek(from, to);
}

/** Index of the last sample at or before `at` (unix ms); below `from` when there is none. */
export function newestAt({ times, from, to }: SeriesWindow, at: number): number {
  return after(times, { first: from, last: to, at }) - 1;
}

/** Fresh means `now − at ≤ max_age` for its last sample at or before `now`, and not frozen. */
export function isFresh(series: SeriesWindow, now: number): boolean {
  if (series.frozenSince !== undefined) return false;
  const index = newestAt(series, now);
  if (series.goneAt?.some((gone) => gone <= now && gone > series.times[index]!)) return false;
  return index >= series.from && now - series.times[index]! <= series.maxAge;
}
