import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceKind } from '../../model/source.ts';
import { toNumber } from './erc20.ts';

const ROUND = 'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)';
const DECIMALS = 'function decimals() view returns (uint8)';

/** Round id, answer, started at, updated at (unix seconds); what follows is deprecated. */
type Round = readonly [bigint, bigint, bigint, bigint, bigint];

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
      // Behind its proxy a feed can be exchanged, so its decimals are no lasting fact.
      const [decimals, round] = await Promise.all([
        io.evm.read<number>(feed, DECIMALS),
        io.evm.read<Round>(feed, ROUND),
      ]);
      const { timestamp } = io.evm.block;
      requireAnswer(feed, round, timestamp);
      const [, answer, , updatedAt] = round;
      return [
        { metric: 'oracle_price_usd', value: toNumber(answer, decimals) },
        { metric: 'oracle_age_seconds', value: timestamp / 1000 - Number(updatedAt) },
      ];
    },
  }),
};

function requireAnswer(feed: Hex, [roundId, answer, , updatedAt]: Round, timestamp: number): void {
  const why = whyNot({ roundId, answer, updatedAt }, timestamp);
  if (why === undefined) return;
  throw new SourceError(`Chainlink feed ${feed} answered ${why}. Check the feed's address.`, { retryable: false });
}

function whyNot(
  { roundId, answer, updatedAt }: Record<'roundId' | 'answer' | 'updatedAt', bigint>,
  timestamp: number,
): string | undefined {
  if (answer <= 0n) return `${answer}; a price must be positive`;
  if (roundId === 0n || updatedAt === 0n) return `round ${roundId} of time ${updatedAt}; a round must be complete`;
  if (Number(updatedAt) * 1000 > timestamp) return `a round of time ${updatedAt}, later than the block it was read in`;
  return undefined;
}
