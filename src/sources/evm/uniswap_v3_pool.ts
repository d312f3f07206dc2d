import { isAddressEqual } from 'viem';
import { z } from 'zod';
import { duration, evmAddress } from '../../model/schema.ts';
import {
  SourceError,
  type Hex,
  type RawSample,
  type SourceContext,
  type SourceIo,
  type SourceKind,
} from '../../model/source.ts';
import { decimalsOf, tokenOf } from './erc20.ts';
import { amountsTo, meanRatio, spotRatio, type LiquidityStep, type PoolState } from './uniswap_v3_math.ts';
import { liquiditySteps, meanTicks, poolState } from './uniswap_v3_reads.ts';

const TOKEN0 = 'function token0() view returns (address)';
const TOKEN1 = 'function token1() view returns (address)';
const WITHIN = 0.02;

const options = z.strictObject({
  pool: evmAddress(),
  quote: z.string().describe('the asset that the price is in, by id: the other token of the pool'),
  twap: duration()
    .refine((ms) => ms >= 1000, { error: 'expected at least 1s' })
    .default(30 * 60_000)
    .describe('window of the time-weighted price; shorter while the pool remembers less'),
});

/** How a pool prices the asset: which side it is on, and the factor from raw units to whole tokens. */
interface Pair {
  readonly assetIs0: boolean;
  readonly scale: number;
  readonly quoteDecimals: number;
}

export const uniswap_v3_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'uniswap_v3_pool',
  about:
    'A Uniswap v3 pool: spot price, time-weighted price (geometric mean) and, against a USD-pegged quote, depth within 2 %.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['price_usd', 'price_ratio', 'depth_usd'],
  upstream: 'chain',
  make: ({ pool, quote, twap }, context) => {
    const tokens = { asset: tokenOf(context), quote: quoteOf(context, quote) };
    const usd = context.assets[quote]?.peg === 'usd';
    const metric = usd ? ('price_usd' as const) : ('price_ratio' as const);
    const price = (method: string) => ({ metric, labels: { method, quote } });
    const steps = liquiditySteps(pool, WITHIN);
    return {
      yields: [price('spot'), price('twap'), ...(usd ? [depth('sell'), depth('buy')] : [])],
      labels: { venue: 'uniswap_v3' },
      collect: async (io) => {
        if (usd) steps.foresee(io);
        const [pair, state, mean] = await Promise.all([
          pairOf(io, pool, tokens),
          poolState(io, pool),
          meanTicks(io, pool, twap / 1000),
        ]);
        const inQuote = (ratio: number) => (pair.assetIs0 ? ratio : 1 / ratio) * pair.scale;
        return [
          { ...price('spot'), value: inQuote(spotRatio(state.sqrtPriceX96)) },
          ...(mean === undefined ? [] : [{ ...price('twap'), value: inQuote(meanRatio(mean)) }]),
          ...(usd ? depths(pair, state, await steps.read(io, state.tick)) : []),
        ];
      },
    };
  },
};

function depth(side: 'sell' | 'buy') {
  return { metric: 'depth_usd' as const, labels: { within: '2%', side } };
}

/** What selling the asset down by 2 % would pay, and what buying it up by 2 % would cost; one quote counts as one USD. */
function depths(pair: Pair, state: PoolState, steps: readonly LiquidityStep[]): readonly RawSample[] {
  const quoteAt = (factor: number) => {
    const { token0, token1 } = amountsTo(state, steps, pair.assetIs0 ? factor : 1 / factor);
    return (pair.assetIs0 ? token1 : token0) / 10 ** pair.quoteDecimals;
  };
  return [
    { ...depth('sell'), value: quoteAt(1 - WITHIN) },
    { ...depth('buy'), value: quoteAt(1 + WITHIN) },
  ];
}

function quoteOf({ assets, chain = '' }: SourceContext, quote: string): Hex {
  const asset = assets[quote];
  if (asset === undefined) throw new Error(`\`quote\` is "${quote}", which is no asset. Add it under \`assets\`.`);
  return tokenOf({ asset, chain, assets, folder: '', ...(asset.on[chain] && { address: asset.on[chain] }) });
}

async function pairOf(io: SourceIo, pool: Hex, tokens: { asset: Hex; quote: Hex }): Promise<Pair> {
  const [token0, token1, decimals, quoteDecimals] = await Promise.all([
    io.evm.fact<Hex>(pool, TOKEN0),
    io.evm.fact<Hex>(pool, TOKEN1),
    decimalsOf(io, tokens.asset),
    decimalsOf(io, tokens.quote),
  ]);
  const holds = (first: Hex, second: Hex) => isAddressEqual(token0, first) && isAddressEqual(token1, second);
  const assetIs0 = holds(tokens.asset, tokens.quote);
  if (!assetIs0 && !holds(tokens.quote, tokens.asset)) {
    const what = `Pool ${pool} on ${io.evm.chain} trades ${token0} and ${token1}`;
    const expected = `expected the asset ${tokens.asset} and the quote ${tokens.quote}`;
    throw new SourceError(`${what}; ${expected}. Check \`pool\` and \`quote\`.`, { retryable: false });
  }
  return { assetIs0, scale: 10 ** (decimals - quoteDecimals), quoteDecimals };
}
