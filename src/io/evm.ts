import type { ChainConfig } from '../model/config.ts';
import { SourceError, type BlockRef, type BlockTag, type EvmReads } from '../model/source.ts';
import { UrlFailed } from './evmFailure.ts';
import { Heads } from './evmHeads.ts';
import { holds } from './evmHolds.ts';
import { runAgreed } from './evmQuorum.ts';
import type { Facts } from './evmReads.ts';
import { memoryLogs } from './memoryLogs.ts';
import { RpcUrl, stopped, type EvmDeps, type UrlHealth } from './evmUrl.ts';

export type { EvmDeps, RpcRequest, UrlHealth } from './evmUrl.ts';

/** ms, machine clock: how often the URLs that are not read through are asked for their newest block. */
const COMPARE_EVERY = 30_000;

/** How a run reads; absent: one node, at its newest block. */
export interface HowToRead {
  /** So many URLs must give the same answer. */
  readonly quorum?: number;
  readonly at?: BlockTag;
  /** A block of the past; the node must keep old state. */
  readonly block?: bigint;
}

/** One EVM chain behind several RPC URLs. */
export interface EvmChain {
  /**
   * Runs `work` on views pinned to one block of one URL. When that URL fails midway the whole work is done again, on
   * another URL and a newer block, so `work` must have no effects of its own.
   * @throws {SourceError} naming the chain when no URL is left.
   */
  readonly run: <T>(work: (reads: EvmReads) => Promise<T>, signal: AbortSignal, how?: HowToRead) => Promise<T>;
  /** Whether a block is part of the chain, as all URLs say that can tell; `undefined` while they disagree or none can. */
  readonly holds: (block: BlockRef, signal: AbortSignal) => Promise<boolean | undefined>;
  /** In the order of the configuration. */
  readonly health: () => readonly UrlHealth[];
}

/** Reads one chain through the URLs of its configuration, in order of preference. */
export function createEvmChain(config: ChainConfig, deps: EvmDeps): EvmChain {
  const heads = new Heads<RpcUrl>();
  const scans = {
    keeper: deps.logs ?? memoryLogs(),
    sizes: new Map<string, number>(),
    starts: new Map(),
    machineNow: deps.machineNow,
  };
  const urls = config.rpc.map((url) => new RpcUrl(config, url, { ...deps, heads, scans }));
  const compare = comparison(urls, config, deps);
  const facts: Facts = new Map();
  const agreed: Facts = new Map();
  return {
    run: async (work, signal, { quorum, at: tag = 'latest', block } = {}) => {
      if (signal.aborted) throw stopped(config.name, signal);
      if (quorum !== undefined) {
        const agreement = { chain: config.name, quorum, tag, facts: agreed, signal };
        return whileAnyFails(config.name, urls, async () => runAgreed(preferred(urls), agreement, work));
      }
      const pin = block === undefined ? { blockTag: tag } : { blockNumber: block };
      for (const url of inOrder(urls)) {
        if (url.quarantined) continue;
        if (signal.aborted) throw stopped(config.name, signal);
        try {
          const value = await url.attempt(work, { pin, facts, signal });
          compare(url);
          return value;
        } catch (error) {
          if (!(error instanceof UrlFailed)) throw error;
        }
      }
      throw noUrl(config.name, urls);
    },
    holds: async (block, signal) => {
      const usable = urls.filter((url) => !url.resting);
      return holds(usable.length > 0 ? usable : preferred(urls), block, signal);
    },
    health: () => urls.map((url) => url.health),
  };
}

/** A URL that fails in the middle of an agreement leaves it; the rest begins anew. */
async function whileAnyFails<T>(chain: string, urls: readonly RpcUrl[], run: () => Promise<T>): Promise<T> {
  for (let left = urls.length; ; left -= 1) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof UrlFailed)) throw error;
      if (left <= 1) throw noUrl(chain, urls);
    }
  }
}

/** Now and then asks the URLs that are not read through where they stand, beside the run, which does not wait for it. */
function comparison(urls: readonly RpcUrl[], { timeout }: ChainConfig, { machineNow }: EvmDeps) {
  let dueAt = -Infinity;
  return (used: RpcUrl): void => {
    if (urls.length < 2 || machineNow() < dueAt) return;
    dueAt = machineNow() + COMPARE_EVERY;
    for (const url of urls) if (url !== used && !url.resting) void url.peek(AbortSignal.timeout(timeout));
  };
}

/** Good URLs first; failing ones still serve as the last resort, but never one of another chain. */
function preferred(urls: readonly RpcUrl[]): readonly RpcUrl[] {
  const failing = urls.filter((url) => url.resting && !url.quarantined);
  return [...urls.filter((url) => !url.resting), ...failing];
}

/** A lone URL gets two tries. */
function inOrder(urls: readonly RpcUrl[]): readonly RpcUrl[] {
  const all = preferred(urls);
  return all.length === 1 ? [...all, ...all] : all;
}

function noUrl(chain: string, urls: readonly RpcUrl[]): SourceError {
  const why = urls.flatMap(({ health }) => health.why ?? []).join(' ');
  const what = urls.length === 0 ? `Chain "${chain}" has no RPC URL.` : `No RPC URL of "${chain}" is usable. ${why}`;
  return new SourceError(`${what} Add a working URL to chains.${chain}.rpc.`, { retryable: true });
}
