import { z } from 'zod';
import type { RawSample, SourceIo, SourceKind } from '../../model/source.ts';

const options = z.strictObject({
  finalized: z.boolean().default(true).describe('also the newest final block; `false` where the chain has no finality'),
});

const latest = { tag: 'latest' };
const finalized = { tag: 'finalized' };

export const evm_head: SourceKind<z.infer<typeof options>> = {
  kind: 'evm_head',
  about: 'How far the newest and the newest final block of a chain are behind the clock.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: ['chain_lag_seconds'],
  upstream: 'chain',
  make: ({ finalized: both }) => ({
    yields: [latest, ...(both ? [finalized] : [])].map((labels) => ({ metric: 'chain_lag_seconds', labels })),
    collect: async (io) => {
      const newest = lag(io, latest, io.evm.block.timestamp);
      return both ? [newest, lag(io, finalized, (await io.evm.finalized()).timestamp)] : [newest];
    },
  }),
};

/** True at `now`, not at the block: a halted chain must stay fresh and grow, not go stale. */
function lag(io: SourceIo, labels: { tag: string }, timestamp: number): RawSample {
  return { metric: 'chain_lag_seconds', labels, value: Math.max(0, io.now - timestamp) / 1000, at: io.now };
}
