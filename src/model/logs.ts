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
  /** Under which words a log is found again (the tokens of a pool, the borrower); in lower case. */
  readonly keysOf: (args: Readonly<Record<string, unknown>>) => readonly string[];
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
}

/** How far a scan has come. */
export interface LogPosition {
  /** First block that is not scanned yet. */
  readonly next: number;
  /** The last scanned block as it was then: another hash under its number is a reorganisation. */
  readonly hash: string;
}

/** Blocks that were scanned in one step: what was kept from `from` on is replaced. */
export interface LogStep {
  /** `next` as it was read; another value refuses the step, since somebody else made one. */
  readonly previous: number | undefined;
  readonly from: number;
  readonly position: LogPosition;
  readonly logs: readonly KeptLog[];
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
}

/** What is known of a query at the end of a run. */
export interface ScannedLogs {
  /** Blocks up to the pinned one that are not scanned: a market made there is not seen yet. */
  readonly unscanned: number;
  readonly find: (key: string, limit: number) => Promise<readonly KeptLog[]>;
  readonly count: (key: string) => Promise<number>;
  readonly keys: (limit: number) => Promise<readonly string[]>;
}
