import type { Labels } from './labels.ts';

/** One value of one series, as a source yields it. */
export interface Sample {
  /** A name of the closed list in `metric.ts`; it ends in its base unit. */
  readonly metric: string;
  readonly labels: Labels;
  /** Finite. Ratios are 0–1, money is USD, durations are seconds. */
  readonly value: number;
  /** When the value was true: block, slot or quote time, never when it was read. Unix ms, judging clock. */
  readonly at: number;
}

export interface ChainBlock {
  readonly chain: string;
  readonly block: number;
  readonly hash: string;
}

/** Where a value was read, for people who want to check it. Never holds a secret: a URL is its host and path. */
export interface Origin {
  readonly chain?: string;
  readonly block?: number;
  readonly hash?: string;
  /** The block was chosen as `safe` or `finalized`; absent: it was the newest, which a reorganisation may undo. */
  readonly tag?: string;
  readonly slot?: number;
  readonly url?: string;
  /** What is worked out from several chains rests on one block of each. */
  readonly blocks?: readonly ChainBlock[];
  /** What a contract said when it reverted. */
  readonly reverted?: string;
}

/** The blocks that a value rests on. */
export function blocksOf({ chain, block, hash, blocks = [] }: Origin): readonly ChainBlock[] {
  return chain === undefined || block === undefined || hash === undefined ? blocks : [{ chain, block, hash }];
}

/** One run of one source. */
export interface Reading {
  readonly source: string;
  /** When we knew it: unix ms, judging clock, strictly increasing within a process. */
  readonly seenAt: number;
  /** Machine ms that the read took. */
  readonly tookMs: number;
  readonly origin: Origin;
  /** `tocsin_source_up` is always among them, and alone when the run failed. */
  readonly samples: readonly Sample[];
  /** Why it failed, one sentence without secrets. */
  readonly error?: string;
}

/** A series that a source will yield, declared before its first sample; `labels` include all but `__name__`. */
export interface DeclaredSeries {
  readonly metric: string;
  readonly labels: Labels;
  /** ms. Older than this the series is stale. */
  readonly maxAge: number;
  readonly source: string;
  /** Only the origin knows its other labels (which collaterals a market has): it stands for series, and is none. */
  readonly open?: true;
}
