import type { Hex } from './source.ts';

/** Which logs of one contract are wanted. The same query goes on where it stopped, after a restart too. */
export interface LogQuery {
  readonly address: Hex;
  /** As Solidity declares it: `event PairCreated(address indexed token0, …)`. */
  readonly event: string;
  /** Values of indexed arguments by name; absent: any. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** First block that can hold one. */
  readonly from: number;
  /** ms: only logs of the last so long count, to within a hundredth of it; absent: all since `from`. */
  readonly window?: number;
  /** Under which words a log is found again (the tokens of a pool, the borrower); in lower case. */
  readonly keysOf: (args: Readonly<Record<string, unknown>>) => readonly string[];
  readonly sums?: LogSums;
}

/** What logs add up to by name (a holder's balance, what was traded), kept up step by step. */
export interface LogSums {
  /** Tells sums over the same logs apart. */
  readonly of: string;
  readonly amountsOf: (args: Readonly<Record<string, unknown>>) => readonly (readonly [name: string, amount: bigint])[];
  /** True: logs that no reorganisation can undo any more are dropped, and only their sums stay. */
  readonly alone: boolean;
}

/** A log as it is kept. */
export interface KeptLog {
  readonly block: number;
  readonly index: number;
  readonly hash: string;
  readonly transaction: string;
  readonly keys: readonly string[];
  /** Arguments by name, as text. */
  readonly args: Readonly<Record<string, string>>;
  /** What it adds by name, in raw units as text. */
  readonly amounts?: Readonly<Record<string, string>>;
}

/** A sum of a scan, in raw units. */
export interface LogSum {
  readonly name: string;
  readonly amount: bigint;
}

/** A place that a scan came by: the block before `next` had this hash. */
export interface LogAnchor {
  readonly next: number;
  readonly hash: string;
}

/** How far a scan has come. */
export interface LogPosition {
  /** First block that is not scanned yet. */
  readonly next: number;
  /** The last scanned block as it was then: another hash under its number is a reorganisation. */
  readonly hash: string;
  /** Older places, newest first: the first that still stands tells how deep a reorganisation went. */
  readonly anchors?: readonly LogAnchor[];
}

/** Blocks that were scanned in one step: what was kept from `from` on is replaced. */
export interface LogStep {
  /** `next` as it was read; another value refuses the step, since somebody else made one. */
  readonly previous: number | undefined;
  readonly from: number;
  readonly position: LogPosition;
  readonly logs: readonly KeptLog[];
  /** Nothing of the scan holds any more: logs and sums go, and `logs` are all that is known. */
  readonly anew?: true;
  /** Older logs are dropped; what they added leaves the sums, or stays in them. */
  readonly drop?: { readonly before: number; readonly sums: 'leave' | 'stay' };
}

/** Where logs and positions outlive a process. */
export interface LogKeeper {
  readonly logPosition: (scan: string) => Promise<LogPosition | undefined>;
  /** One transaction. False when another step came first: nothing was written. */
  readonly keepLogs: (scan: string, step: LogStep) => Promise<boolean>;
  /** Newest first. */
  readonly findLogs: (scan: string, key: string, limit: number) => Promise<readonly KeptLog[]>;
  readonly countLogs: (scan: string, key: string) => Promise<number>;
  /** Distinct words, most recently seen first. */
  readonly logKeys: (scan: string, limit: number) => Promise<readonly string[]>;
  /** Largest first; sums of 0 are none. */
  readonly largestSums: (scan: string, limit: number) => Promise<readonly LogSum[]>;
  /** How many names have a sum above 0. */
  readonly countSums: (scan: string) => Promise<number>;
}

/** What is known of a query at the end of a run. */
export interface ScannedLogs {
  /** Blocks up to the pinned one that are not scanned: a market made there is not seen yet. */
  readonly unscanned: number;
  readonly find: (key: string, limit: number) => Promise<readonly KeptLog[]>;
  readonly count: (key: string) => Promise<number>;
  readonly keys: (limit: number) => Promise<readonly string[]>;
  /** Largest first; sums of 0 are none. */
  readonly largest: (limit: number) => Promise<readonly LogSum[]>;
  /** How many names have a sum above 0. */
  readonly names: () => Promise<number>;
}
