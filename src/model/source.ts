import type { z } from 'zod';
import type { Labels } from './labels.ts';
import type { LogQuery, ScannedLogs } from './logs.ts';
import type { MetricName } from './metric.ts';
import type { Asset } from './rule.ts';
import type { Origin } from './sample.ts';

export type Hex = `0x${string}`;

/** Which block is read: the newest, or one that a reorganisation is unlikely (`safe`) or not able (`finalized`) to undo. */
export type BlockTag = 'latest' | 'safe' | 'finalized';

/** A block of one fork of a chain. */
export interface BlockRef {
  readonly block: number;
  readonly hash: string;
}

/** Views of one chain, all pinned to one block; calls made in the same turn travel in one multicall. */
export interface EvmReads {
  readonly chain: string;
  /** `timestamp` in unix ms. */
  readonly block: { readonly number: bigint; readonly hash: Hex; readonly timestamp: number };
  /**
   * Calls a view by its human-readable signature (`function balanceOf(address) view returns (uint256)`).
   * @throws {CallReverted} when the contract reverts. @throws {SourceError} when the node failed or there is no code.
   */
  readonly read: <T>(address: Hex, signature: string, args?: readonly unknown[]) => Promise<T>;
  /** As `read`, asked once per process: for what cannot change (`decimals`, `token0`). */
  readonly fact: <T>(address: Hex, signature: string, args?: readonly unknown[]) => Promise<T>;
  /**
   * Runs a function as if `from` had called it (its withdrawal, its redemption); nothing is sent. One request of its own.
   * @throws {CallReverted} with the contract's reason. @throws {SourceError} when the node failed or could not run it.
   */
  readonly simulate: <T>(from: Hex, address: Hex, signature: string, args?: readonly unknown[]) => Promise<T>;
  /** The newest final block; `timestamp` in unix ms. */
  readonly finalized: () => Promise<{ readonly number: bigint; readonly timestamp: number }>;
  /** One storage slot: 32 bytes. One request each, beside the multicall. */
  readonly storage: (address: Hex, slot: Hex) => Promise<Hex>;
  /**
   * Storage slots that a view touches beside its own code (`eth_createAccessList`); 0 is a constant. `undefined` where
   * the node does not offer it. @throws {CallReverted}
   */
  readonly slots: (address: Hex, signature: string, args?: readonly unknown[]) => Promise<number | undefined>;
  /** Unix ms: when a block was made. */
  readonly timeOf: (block: number) => Promise<number>;
  /** Brings the scan of a contract's logs forward, up to the pinned block or as far as the time allows. */
  readonly logs: (query: LogQuery) => Promise<ScannedLogs>;
  /** Those of these blocks that the pinned block does not stand on: a reorganisation undid them. */
  readonly undone: (blocks: readonly BlockRef[]) => Promise<readonly BlockRef[]>;
  /** Who sent a transaction; `undefined` when the node does not have it. */
  readonly sender: (transaction: Hex) => Promise<Hex | undefined>;
}

/** One request that answers many items (all DefiLlama prices are one URL). */
export interface Together<Item, Answer> {
  readonly name: string;
  /** Most items in one request. */
  readonly max: number;
  /** Answers in the order of `items`; an `Error` fails that item alone. */
  readonly fetch: (items: readonly Item[], http: HttpReads) => Promise<readonly (Answer | Error)[]>;
}

/** JSON over HTTP, bounded in time and size; the same URL in one run is fetched once. */
export interface HttpReads {
  /** @throws {SourceError} on anything but a 2xx answer with JSON. */
  readonly json: (url: string, headers?: Readonly<Record<string, string>>) => Promise<unknown>;
  /** Items asked for in the same turn under the same `together` are fetched in one request. */
  readonly together: <Item, Answer>(together: Together<Item, Answer>, item: Item) => Promise<Answer>;
}

/** Accounts of a Solana cluster, read in one slot; `slotTime` in unix ms. */
export interface SolanaReads {
  readonly chain: string;
  readonly slot: number;
  readonly slotTime: number;
  /** Raw account data and owner, or `undefined` when there is no such account. */
  readonly account: (address: string) => Promise<{ readonly data: Uint8Array; readonly owner: string } | undefined>;
}

/** Lines of a local file, for replays. */
export interface FileReads {
  readonly text: (path: string) => Promise<string>;
}

/** Everything one run of a source may touch. Only what its kind needs is set. */
export interface SourceIo {
  /** Start of the run: unix ms, judging clock. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly evm: EvmReads;
  /** One of the chains that the source spans. @throws {SourceError} naming it when it cannot be read now. */
  readonly chains: (name: string) => EvmReads;
  readonly http: HttpReads;
  readonly solana: SolanaReads;
  readonly file: FileReads;
}

/** A sample as a source's own code yields it; common labels (asset, chain, source …) are added for it. */
export interface RawSample {
  readonly metric: MetricName;
  readonly labels?: Labels;
  readonly value: number;
  /** Unix ms; absent: the block's, slot's or run's time. */
  readonly at?: number;
  /** What the contract said when it reverted, if the value rests on that; kept with the reading. */
  readonly reverted?: string;
}

/** What a source's options refer to, resolved by the configuration. */
export interface SourceContext {
  readonly asset?: Asset;
  /** Chain name; required for kinds that read a chain. */
  readonly chain?: string;
  /** The asset's address on that chain. */
  readonly address?: string;
  readonly assets: Readonly<Record<string, Asset>>;
  /** Folder that relative paths in the options start from. */
  readonly folder: string;
}

/** What a made source yields, and how. */
export interface MadeSource {
  /** Every series it may yield, with the labels beyond the common ones; `open` when only the origin knows some of them. */
  readonly yields: readonly { readonly metric: MetricName; readonly labels?: Labels; readonly open?: true }[];
  /** EVM chains that a kind which reads `chains` asks, by name. */
  readonly spans?: readonly string[];
  /** Labels added to every sample beside asset, chain and source (`venue`, `protocol`, `upstream`). */
  readonly labels?: Labels;
  /** The price feed it reads, so that a check can ask it what it prices; `key` is the option that holds it. `heartbeat` in ms. */
  readonly feed?: { readonly address: Hex; readonly key: string; readonly heartbeat?: number };
  readonly collect: (io: SourceIo) => Promise<readonly RawSample[]>;
}

/** A kind of source: one file, one name. `Options` are the keys beyond the common ones. */
export interface SourceKind<Options = never> {
  readonly kind: string;
  /** One sentence for the reference page and editors. */
  readonly about: string;
  readonly reads: 'evm' | 'chains' | 'solana' | 'http' | 'file';
  readonly options: z.ZodType<Options>;
  /** Which common keys it demands. */
  readonly needs: readonly ('asset' | 'chain' | 'address')[];
  /** Every metric it can yield. */
  readonly metrics: readonly MetricName[];
  /** ms between updates at the origin, when slower than a poll could be (a daily series). */
  readonly cadence?: number;
  /** Reads many items in one request (`together`), so its sources run in one batch. Kinds that read a chain always do. */
  readonly shares?: true;
  /** What misleads people who read it: one sentence each, for the reference page. */
  readonly traps?: readonly string[];
  /** Who ultimately says it; two sources of one upstream are not independent. */
  readonly upstream: string;
  /** @throws {Error} with a sentence for the user when the options make no sense together. */
  readonly make: (options: Options, context: SourceContext) => MadeSource;
}

/** A source ready to run. */
export interface Source {
  /** Label `source`; unique. */
  readonly id: string;
  readonly kind: string;
  readonly reads: SourceKind['reads'];
  readonly chain?: string;
  /** As its kind's `shares`. */
  readonly shares: boolean;
  /** ms. */
  readonly every: number;
  /** ms: larger of three times `every` and the origin's cadence, unless written. */
  readonly maxAge: number;
  /** So many nodes must give the same answer; absent: one is believed. */
  readonly quorum?: number;
  /** Absent: the newest block. */
  readonly at?: BlockTag;
  /** Values outside are source errors. */
  readonly range?: { readonly min?: number; readonly max?: number };
  readonly made: MadeSource;
  /** Common labels: asset, chain, source and the kind's own. */
  readonly labels: Labels;
}

/** The world failed. Becomes `tocsin_source_up 0` and stale series, never a crash. The text holds no secret. */
export class SourceError extends Error {
  override readonly name: string = 'SourceError';
  readonly retryable: boolean;
  readonly origin: Origin | undefined;

  constructor(message: string, options: { retryable: boolean; cause?: unknown; origin?: Origin }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.origin = options.origin;
  }
}

/** A view reverted: a fact about the contract, not an outage. Yields `call_reverted_bool` 1 and no other sample. */
export class CallReverted extends Error {
  override readonly name = 'CallReverted';
}
