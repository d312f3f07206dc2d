import { z } from 'zod';
import { duration, evmAddress } from '../../model/schema.ts';
import { type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { depthsOf, inQuote, liquiditySteps, pairOf, type Pair } from './concentrated.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { executed } from './executed.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens, placesIn, toUnits, type PairTokens } from './pair.ts';
import { meanRatio, spotRatio } from './uniswap_v3_math.ts';
import { meanTicks, poolState, tickReads } from './uniswap_v3_reads.ts';

const TOKEN0 = 'function token0() view returns (address)';
const TOKEN1 = 'function token1() view returns (address)';
const FEE = 'function fee() view returns (uint24)';
const QUOTE =
  'function quoteExactInputSingle((address tokenIn, address tokenOut, uint256 amountIn, uint24 fee, uint160 sqrtPriceLimitX96) params) returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate)';

const options = z.strictObject({
  pool: evmAddress(),
  ...pairOptions,
  quoter: evmAddress().optional().describe('QuoterV2 of this chain; `sizes` needs it'),
  twap: duration()
    .refine((ms) => ms >= 1000, { error: 'expected at least 1s' })
    .default(30 * 60_000)
    .describe('window of the time-weighted price; shorter while the pool remembers less'),
});

export const uniswap_v3_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'uniswap_v3_pool',
  about:
    'A Uniswap v3 pool: spot price, time-weighted price (geometric mean), executable prices by the quoter and, against a USD-pegged quote, depth within 0.5, 2 and 5 %. Spot notices at once; the time-weighted price confirms, and lags.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: PAIR_METRICS,
  traps: [
    'depths are nested: what trades within 0.5 % is part of what trades within 2 %, so never add them up.',
    'the time-weighted price lags a sale by its window: notice with spot, confirm with it.',
  ],
  upstream: 'chain',
  make: ({ pool, quote, twap, quoter, sizes }, context) => {
    if (sizes.length > 0 && quoter === undefined) throw new Error('`sizes` needs the address of a `quoter`.');
    const tokens = pairTokens(context, quote);
    const series = pairSeries(context, quote);
    const steps = liquiditySteps(tickReads(pool));
    return {
      yields: series.yields({ sizes, twap: true }),
      labels: { venue: 'uniswap_v3' },
      collect: async (io) => {
        if (series.usd) steps.foresee(io);
        const [pair, state, mean, trades] = await Promise.all([
          poolPair(io, pool, tokens),
          poolState(io, pool),
          meanTicks(io, pool, twap / 1000),
          executed(sizes, series, quoting(io, { quoter, pool, tokens })),
        ]);
        const samples: readonly RawSample[] = [
          series.price('spot', inQuote(pair, spotRatio(state.sqrtPriceX96))),
          ...(mean === undefined ? [] : [series.price('twap', inQuote(pair, meanRatio(mean)))]),
          ...trades,
        ];
        if (!series.usd) return samples;
        return [...samples, ...depthsOf(series, pair, { state, steps: await steps.read(io, state.tick) })];
      },
    };
  },
};

async function poolPair(io: SourceIo, pool: Hex, tokens: PairTokens): Promise<Pair> {
  const [token0, token1] = await Promise.all([io.evm.fact<Hex>(pool, TOKEN0), io.evm.fact<Hex>(pool, TOKEN1)]);
  const [place] = placesIn(`Pool ${pool} on ${io.evm.chain}`, [token0, token1], tokens);
  return pairOf(io, tokens, place === 0);
}

interface Quoting {
  readonly quoter: Hex | undefined;
  readonly pool: Hex;
  readonly tokens: PairTokens;
}

/** Quote tokens for so many of the asset. */
function quoting(io: SourceIo, { quoter, pool, tokens: { asset, quote } }: Quoting) {
  return async (size: number): Promise<number> => {
    const [fee, decimals, quoteDecimals] = await Promise.all([
      io.evm.fact<number>(pool, FEE),
      decimalsOf(io, asset),
      decimalsOf(io, quote),
    ]);
    const order = [asset, quote, toUnits(size, decimals), fee, 0n];
    const [amount] = await io.evm.read<readonly [bigint]>(quoter!, QUOTE, [order]);
    return toNumber(amount, quoteDecimals);
  };
}
