import type { ChainConfig } from '../model/config.ts';
import { SourceError, type EvmReads } from '../model/source.ts';
import { UrlFailed } from './evmFailure.ts';
import { RpcUrl, stopped, type EvmDeps, type UrlHealth } from './evmUrl.ts';

export type { EvmDeps, RpcRequest, UrlHealth } from './evmUrl.ts';

/** One EVM chain behind several RPC URLs. */
export interface EvmChain {
  /**
   * Runs `work` on views pinned to one block of one URL. When that URL fails midway the whole work is done again, on
   * another URL and a newer block, so `work` must have no effects of its own.
   * @throws {SourceError} naming the chain when no URL is left.
   */
  readonly run: <T>(work: (reads: EvmReads) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** In the order of the configuration. */
  readonly health: () => readonly UrlHealth[];
}

/** Reads one chain through the URLs of its configuration, in order of preference. */
export function createEvmChain(config: ChainConfig, deps: EvmDeps): EvmChain {
  const urls = config.rpc.map((url) => new RpcUrl(config, url, deps));
  const facts = new Map<string, unknown>();
  return {
    run: async (work, signal) => {
      for (const url of inOrder(urls)) {
        if (url.quarantined) continue;
        if (signal.aborted) throw stopped(config.name, signal);
        try {
          return await url.attempt(work, facts, signal);
        } catch (error) {
          if (!(error instanceof UrlFailed)) throw error;
        }
      }
      throw noUrl(config.name, urls);
    },
    health: () => urls.map((url) => url.health),
  };
}

/** Good URLs first; failing ones still serve as the last resort, but never one of another chain. A lone URL gets two tries. */
function inOrder(urls: readonly RpcUrl[]): readonly RpcUrl[] {
  const failing = urls.filter((url) => url.resting && !url.quarantined);
  const all = [...urls.filter((url) => !url.resting), ...failing];
  return all.length === 1 ? [...all, ...all] : all;
}

function noUrl(chain: string, urls: readonly RpcUrl[]): SourceError {
  const why = urls.flatMap(({ health }) => health.why ?? []).join(' ');
  const what = urls.length === 0 ? `Chain "${chain}" has no RPC URL.` : `No RPC URL of "${chain}" is usable. ${why}`;
  return new SourceError(`${what} Add a working URL to chains.${chain}.rpc.`, { retryable: true });
}
