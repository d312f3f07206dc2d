import type { Labels } from './labels.ts';
import type { BlockRef } from './source.ts';

/** A series as stored; `endedAt` once its source left the configuration or `forget_after` passed. */
export interface StoredSeries {
  readonly id: number;
  /** With `__name__`. */
  readonly labels: Labels;
  readonly maxAge: number;
  readonly endedAt?: number;
}

export interface StoredSample {
  readonly seriesId: number;
  readonly at: number;
  readonly value: number;
}

/** A block at which something was read that a reorganisation may undo, or has undone. */
export interface ReadBlock extends BlockRef {
  readonly undone: boolean;
}

/** What a reorganisation undid. */
export interface Undone {
  /** Of blocks that are not part of their chain any more. */
  readonly hashes: readonly string[];
  /** Series that rules record of what was read there. */
  readonly recorded: readonly Labels[];
}

/** The newest sample of a series; without one the series is known and has no value yet. */
export interface LatestValue {
  /** With `__name__`. */
  readonly labels: Labels;
  readonly value?: number;
  /** Unix ms; set with `value`. */
  readonly at?: number;
  /** ms */
  readonly maxAge: number;
}

/** A stored sample by when it was known. */
export interface RecordedSample {
  /** With `__name__`. */
  readonly labels: Labels;
  readonly maxAge: number;
  /** Unix ms. */
  readonly seenAt: number;
  readonly value: number;
}

/** Opaque: what the database had committed. */
export type Cursor = string;

/** A sample made by a recording rule or by Tocsin about itself. */
export interface OwnSample {
  readonly labels: Labels;
  readonly value: number;
  readonly at: number;
  readonly maxAge: number;
}

/** A past that may be larger than what one answer can hold. */
export interface History extends Pick<Followed, 'cursor' | 'series'> {
  /** Part by part, in order of time; read while they are asked for. */
  readonly samples: AsyncIterable<readonly StoredSample[]>;
}

export interface Followed {
  readonly cursor: Cursor;
  /** New or changed series. */
  readonly series: readonly StoredSeries[];
  /** Samples that were taken back and that nothing has replaced since; before `samples`. */
  readonly undone: readonly Pick<StoredSample, 'seriesId' | 'at'>[];
  readonly samples: readonly StoredSample[];
}
