import type { Store } from '../model/store.ts';
import type { Batch } from './live.ts';
import type { Queues } from './queues.ts';
import type { Runtime } from './runtime.ts';

export interface EarlyDeps {
  readonly store: Pick<Store, 'lastRuns'>;
  readonly queues: Pick<Queues, 'add'>;
  readonly runtime: Pick<Runtime, 'live'>;
  /** Judging clock, unix ms. */
  readonly now: () => number;
  /** Told of what could not be done; the tick polls all the same. */
  readonly onError: (error: unknown) => void;
}

/** Makes what hears of new blocks: it reads early, and takes nothing from the polls by the clock. Does not throw. */
export function createEarly({ store, queues, runtime, now, onError }: EarlyDeps) {
  const asking = new Set<string>();
  return async (chain: string, block: number): Promise<void> => {
    // Blocks of a fast chain come before the last one was dealt with.
    if (asking.has(chain)) return;
    asking.add(chain);
    try {
      const at = now();
      const due = earlyBatches(runtime.live.batches.values(), chain, { lastRuns: await store.lastRuns(), now: at });
      for (const { name } of due) await queues.add('collect', `${name}.block.${block}`, { batch: name, slot: at });
    } catch (error) {
      onError(error);
    } finally {
      asking.delete(chain);
    }
  };
}

/** Batches of a chain that were read at least half their pace ago: a new block at most doubles what is asked of a node. */
export function earlyBatches(
  batches: Iterable<Batch>,
  chain: string,
  { lastRuns, now }: { readonly lastRuns: ReadonlyMap<string, number>; readonly now: number },
): readonly Batch[] {
  return [...batches].filter(({ every, sources }) => {
    const last = Math.min(...sources.map(({ id }) => lastRuns.get(id) ?? 0));
    return sources[0]?.chain === chain && now - last >= every / 2;
  });
}
