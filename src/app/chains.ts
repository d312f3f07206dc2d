import type { AppOptions, OnStop } from './options.ts';
import { createEvmChain, type EvmChain } from '../io/evm.ts';
import { createBudgets } from '../io/evmBudget.ts';
import { createFiles } from '../io/file.ts';
import { createHttp } from '../io/http.ts';
import type { Metrics } from '../io/metrics.ts';
import { createSolanaChain } from '../io/solana.ts';
import type { LogKeeper } from '../model/logs.ts';
import { SourceError, type BlockRef } from '../model/source.ts';
import type { WorkerDeps } from '../jobs/worker.ts';

/** Makes what sources read through; nothing is asked yet. */
export function openChains(
  { settings, log }: AppOptions,
  metrics: Metrics,
  onStop: OnStop,
  logs: LogKeeper,
): Pick<WorkerDeps, 'collect' | 'chainUp' | 'isCanonical'> {
  const deps = { machineNow: Date.now, onRequest: metrics.rpc, budgets: createBudgets(), logs };
  const configured = Object.values(settings.chains);
  const evm = new Map(
    configured.filter(({ kind }) => kind === 'evm').map((chain) => [chain.name, createEvmChain(chain, deps)]),
  );
  const solana = new Map(
    configured.filter(({ kind }) => kind === 'solana').map((chain) => [chain.name, createSolanaChain(chain, deps)]),
  );
  for (const chain of solana.values()) onStop(chain.close);
  const http = createHttp({ onRequest: metrics.http });
  onStop(http.close);
  return {
    collect: {
      evm: (name) => evm.get(name)!,
      solana: (name) => solana.get(name)!,
      http: http.reads,
      file: createFiles(),
      onBug: (source, err) => log.error({ source, err }, 'a source has a bug'),
    },
    isCanonical: async (name, block) => {
      const chain = evm.get(name);
      return chain && isCanonical(chain, block);
    },
    chainUp: (name) => (evm.get(name) ?? solana.get(name))!.health().some(({ state }) => state === 'ok'),
  };
}

/** ms, machine clock: a message does not wait longer for it. */
const PATIENCE = 5000;

async function isCanonical(chain: EvmChain, block: BlockRef): Promise<boolean | undefined> {
  try {
    return await chain.holds(block, AbortSignal.timeout(PATIENCE));
  } catch (error) {
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}
