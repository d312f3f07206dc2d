import type { Labels } from '../model/labels.ts';

/** All samples of one series, oldest first. They are columns, so that replaying copies nothing. */
export interface History {
  /** With `__name__`. */
  readonly labels: Labels;
  /** ms: older than this the series is stale. */
  readonly maxAge: number;
  /** Unix ms at which each value became known, strictly increasing. */
  readonly times: Float64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}
