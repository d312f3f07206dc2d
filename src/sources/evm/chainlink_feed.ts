import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { readRound } from './round.ts';

const options = z.strictObject({
  feed: evmAddress().describe('the price feed (its proxy) on this chain'),
});

export const chainlink_feed: SourceKind<z.infer<typeof options>> = {
  kind: 'chainlink_feed',
  about: 'Price of a Chainlink feed and the age of its newest round.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['oracle_price_usd', 'oracle_age_seconds'],
  upstream: 'chainlink',
  make: ({ feed }) => ({
    yields: [{ metric: 'oracle_price_usd' }, { metric: 'oracle_age_seconds' }],
    labels: { upstream: 'chainlink' },
    feed: { address: feed, key: 'feed' },
    collect: async (io) => {
      const { answer, age } = await readRound(io, feed);
      return [
        { metric: 'oracle_price_usd', value: answer },
        { metric: 'oracle_age_seconds', value: age },
      ];
    },
  }),
};
