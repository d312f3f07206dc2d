import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type SourceKind } from '../../model/source.ts';

const PRICE =
  'function getPriceUnsafe(bytes32) view returns ((int64 price, uint64 conf, int32 expo, uint256 publishTime))';

const options = z.strictObject({
  pyth: evmAddress().describe('the Pyth contract of this chain'),
  feed_id: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, { error: 'expected a feed id: 0x and 64 hex digits, in quotes' })
    .describe('the price feed, as on Pyth’s page'),
  widest: z
    .number()
    .positive()
    .default(0.01)
    .describe('a confidence interval wider than this share of the price is refused'),
});

interface Price {
  readonly price: bigint;
  readonly conf: bigint;
  readonly expo: number;
  /** Unix seconds. */
  readonly publishTime: bigint;
}

export const pyth_price: SourceKind<z.infer<typeof options>> = {
  kind: 'pyth_price',
  about: 'Price that a chain’s Pyth contract holds, its age and its confidence interval.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['oracle_price_usd', 'oracle_age_seconds', 'oracle_confidence_ratio'],
  traps: [
    'Pyth is pulled: the price on chain is old unless somebody pushed it, which is normal; protocols push before they read.',
    'PythAggregatorV3 makes its round id out of the publish time, so chainlink_feed sees a new round where nothing was updated.',
  ],
  upstream: 'pyth',
  make: ({ pyth, feed_id: id, widest }) => ({
    yields: [{ metric: 'oracle_price_usd' }, { metric: 'oracle_age_seconds' }, { metric: 'oracle_confidence_ratio' }],
    labels: { upstream: 'pyth' },
    collect: async (io) => {
      const { price, conf, expo, publishTime } = await io.evm.read<Price>(pyth, PRICE, [id]);
      const value = scaled(price, expo);
      const width = Number(conf) / Number(price);
      if (price <= 0n) throw refused(id, `answered ${price}; a price must be positive`);
      if (width > widest)
        throw refused(id, `is sure only to ${width.toPrecision(3)} of the price, beyond \`widest\` ${widest}`);
      return [
        { metric: 'oracle_price_usd', value },
        { metric: 'oracle_age_seconds', value: Math.max(0, io.evm.block.timestamp / 1000 - Number(publishTime)) },
        { metric: 'oracle_confidence_ratio', value: width },
      ];
    },
  }),
};

function scaled(price: bigint, expo: number): number {
  return Number(`${price}e${expo}`);
}

function refused(id: string, why: string): SourceError {
  return new SourceError(`Pyth feed ${id} ${why}. Check the feed id.`, { retryable: true });
}
