import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { coinsOnce } from './curveCoins.ts';
import { toNumber } from './erc20.ts';
import { orAbsent } from './erc4626_exit.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens } from './pair.ts';
import { quotedPool } from './quotedPool.ts';

const STORED_RATES = 'function stored_rates() view returns (uint256[])';

/** The generations differ in the type of an index. */
const INDEX = { stable: 'int128', 'stable-ng': 'int128', crypto: 'uint256' } as const;

const options = z.strictObject({
  pool: evmAddress(),
  math: z
    .enum(['stable', 'stable-ng', 'crypto'])
    .default('stable')
    .describe('the generation of the pool: StableSwap, StableSwap-NG (`get_balances`, `stored_rates`) or Cryptoswap'),
  ...pairOptions,
});

export const curve_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'curve_pool',
  about:
    "A Curve pool, by what it would pay (`get_dy`): spot, executable prices, depth within 0.5, 2 and 5 % against a USD-pegged quote, and the asset's share of the pool. `virtual_price` rises while a pool depegs and `price_oracle` is capped, so neither is a price here.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [...PAIR_METRICS, 'pool_share_ratio'],
  traps: [
    '`get_virtual_price` went up while a pool depegged; `last_price` is capped at 2 by the pool.',
    '`math` must name the generation: with the wrong one every read reverts, which is told as such.',
    'depth comes from quotes of growing size and is right to within a tenth.',
  ],
  upstream: 'chain',
  make: ({ pool, math, quote, sizes }, context) => {
    const tokens = pairTokens(context, quote);
    const series = pairSeries(context, quote);
    const index = INDEX[math];
    const getDy = `function get_dy(${index} i, ${index} j, uint256 dx) view returns (uint256)`;
    const coinsOf = coinsOnce(pool);
    return {
      yields: [...series.yields({ sizes }), { metric: 'pool_share_ratio', open: true }],
      labels: { venue: 'curve', market: pool.toLowerCase() },
      collect: async (io) => {
        const { coins, indexType } = await coinsOf(io);
        const [balances, rates] = await Promise.all([
          Promise.all(coins.map((_, place) => io.evm.read<bigint>(pool, balanceAt(indexType), [BigInt(place)]))),
          math === 'stable-ng' ? orAbsent(io.evm.read<readonly bigint[]>(pool, STORED_RATES)) : undefined,
        ]);
        const worths = (held: readonly number[]) =>
          math === 'crypto' ? undefined : worthsOf({ balances, rates, held });
        const trade = async (from: number, to: number, units: bigint) =>
          io.evm.read<bigint>(pool, getDy, [BigInt(from), BigInt(to), units]);
        return quotedPool(io, { address: pool, coins, balances, worths, trade }, { tokens, series, sizes });
      },
    };
  },
};

/** Balances as the pool's own arithmetic counts them: a rate stands for what a wrapped token is worth. */
function worthsOf(pool: {
  readonly balances: readonly bigint[];
  readonly rates: readonly bigint[] | undefined;
  readonly held: readonly number[];
}): readonly number[] {
  const { balances, rates, held } = pool;
  return rates?.length === balances.length ? balances.map((each, i) => toNumber(each * rates[i]!, 36)) : held;
}

const balanceAt = (type: string) => `function balances(${type}) view returns (uint256)`;
