import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceKind } from '../../model/source.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens, placesIn, WITHIN } from './pair.ts';

const TOKEN0 = 'function token0() view returns (address)';
const TOKEN1 = 'function token1() view returns (address)';
const RESERVES = 'function getReserves() view returns (uint112, uint112, uint32)';

const options = z.strictObject({
  pool: evmAddress(),
  fee: z.number().min(0).max(0.1).default(0.003).describe('share of a trade that the pool keeps; 0.003 is 0.3 %'),
  venue: z.string().default('uniswap_v2').describe('label `venue`, for forks'),
  ...pairOptions,
});

export const uniswap_v2_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'uniswap_v2_pool',
  about:
    'A Uniswap v2 pair or a fork of it: spot price, executable prices (fee included) and, against a USD-pegged quote, depth within 0.5, 2 and 5 %.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: PAIR_METRICS,
  traps: ['depths are nested, so never add them up.'],
  upstream: 'chain',
  make: ({ pool, fee, venue, quote, sizes }, context) => {
    const tokens = pairTokens(context, quote);
    const series = pairSeries(context, quote);
    return {
      yields: series.yields({ sizes }),
      labels: { venue, market: pool.toLowerCase() },
      collect: async (io) => {
        const [token0, token1, decimals, quoteDecimals, reserves] = await Promise.all([
          io.evm.fact<Hex>(pool, TOKEN0),
          io.evm.fact<Hex>(pool, TOKEN1),
          decimalsOf(io, tokens.asset),
          decimalsOf(io, tokens.quote),
          io.evm.read<readonly [bigint, bigint]>(pool, RESERVES),
        ]);
        const [i, j] = placesIn(`Pool ${pool} on ${io.evm.chain}`, [token0, token1], tokens);
        const [base, money] = [toNumber(reserves[i]!, decimals), toNumber(reserves[j]!, quoteDecimals)];
        if (base === 0 || money === 0) {
          throw new SourceError(`Pool ${pool} on ${io.evm.chain} is empty. Check \`pool\`.`, { retryable: false });
        }
        return [
          series.price('spot', money / base),
          ...sizes.map((size) => series.executable(size, (money * (1 - fee)) / (base + size * (1 - fee)))),
          ...(series.usd ? WITHIN : []).flatMap((within) => [
            series.depth('sell', within, money * (1 - Math.sqrt(1 - within))),
            series.depth('buy', within, money * (Math.sqrt(1 + within) - 1)),
          ]),
        ];
      },
    };
  },
};
