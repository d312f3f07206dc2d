import { z } from 'zod';
import { duration, evmAddress, text } from '../../model/schema.ts';
import type { Hex, SourceKind } from '../../model/source.ts';
import { addressNumber } from './addressNumber.ts';
import { some } from './lending.ts';
import { orNone } from './oracleLeaves.ts';
import { readRound } from './round.ts';

const AGGREGATOR = 'function aggregator() view returns (address)';
/** A proxy's round id holds the phase above the aggregator's own round. */
const PHASE_SHIFT = 64n;

const options = z.strictObject({
  feed: evmAddress().describe('the price feed (its proxy) on this chain'),
  heartbeat: duration().optional().describe('longest time between two rounds that the feed promises: 24h, 1h'),
  upstream: text().default('chainlink').describe('who answers: RedStone and others offer the same functions'),
});

export const chainlink_feed: SourceKind<z.infer<typeof options>> = {
  kind: 'chainlink_feed',
  about: 'Price of a Chainlink feed, the age of its newest round, and which aggregator stands behind its proxy.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['oracle_price_usd', 'oracle_age_seconds', 'oracle_overdue_ratio', 'parameter_value'],
  traps: [
    'a round may land some minutes after the heartbeat; judge `oracle_overdue_ratio` with room above 1.',
    'a hard-coded feed can answer the present time as its round and looks fresh for ever: see oracle_class.',
    'a new aggregator starts its own rounds at 1 while the phase goes up: `parameter_value{parameter="phase"}`.',
  ],
  upstream: 'chainlink',
  make: ({ feed, heartbeat, upstream }) => ({
    yields: [
      { metric: 'oracle_price_usd' },
      { metric: 'oracle_age_seconds' },
      ...(heartbeat === undefined ? [] : [{ metric: 'oracle_overdue_ratio' as const }]),
      { metric: 'parameter_value', labels: { parameter: 'phase' } },
      { metric: 'parameter_value', labels: { parameter: 'aggregator' }, open: true },
    ],
    labels: { upstream },
    feed: { address: feed, key: 'feed', ...(heartbeat !== undefined && { heartbeat }) },
    collect: async (io) => {
      const [{ id, answer, age }, aggregator] = await Promise.all([
        readRound(io, feed),
        orNone(io.evm.read<Hex>(feed, AGGREGATOR)),
      ]);
      return [
        { metric: 'oracle_price_usd', value: answer },
        { metric: 'oracle_age_seconds', value: age },
        ...some('oracle_overdue_ratio', heartbeat === undefined ? undefined : (age * 1000) / heartbeat),
        { metric: 'parameter_value', labels: { parameter: 'phase' }, value: Number(id >> PHASE_SHIFT) },
        ...some('parameter_value', aggregator === undefined ? undefined : addressNumber(aggregator), {
          parameter: 'aggregator',
        }),
      ];
    },
  }),
};
