import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { shareOf } from './curve_pool.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { quotedSeries } from './ladder.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens, placesIn, toUnits } from './pair.ts';

const VAULT = '0xbA1333333333a1BA1108E8412f11850A5C319bA9';
const NOBODY = '0x0000000000000000000000000000000000000000';
const TOKEN_INFO =
  'function getPoolTokenInfo(address pool) view returns (address[] tokens, (uint8 tokenType, address rateProvider, bool paysYieldFees)[] tokenInfo, uint256[] balancesRaw, uint256[] lastBalancesLiveScaled18)';
const LIVE = 'function getCurrentLiveBalances(address pool) view returns (uint256[])';
const PAUSED = 'function isPoolPaused(address pool) view returns (bool)';
const QUERY =
  'function querySwapSingleTokenExactIn(address pool, address tokenIn, address tokenOut, uint256 exactAmountIn, address sender, bytes userData) returns (uint256)';

const options = z.strictObject({
  pool: evmAddress(),
  router: evmAddress().describe('the Balancer v3 Router of this chain, whose queries quote a trade'),
  vault: evmAddress().default(VAULT).describe('the Vault; the default is where it stands on most chains'),
  ...pairOptions,
});

export const balancer_v3_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'balancer_v3_pool',
  about:
    "A Balancer v3 pool, by what the Router says that a trade would pay: spot, executable prices, depth against a USD-pegged quote, the asset's share of the live balances, and whether the pool is paused. `getBptRate` and token rates are no prices.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [...PAIR_METRICS, 'pool_share_ratio', 'parameter_value'],
  traps: [
    'the Router quotes only for a static call without a sender, as the reads here are.',
    'depth lies between quotes of growing size: it is an estimate.',
  ],
  upstream: 'chain',
  make: ({ pool, router, vault, quote, sizes }, context) => {
    const tokens = pairTokens(context, quote);
    const series = pairSeries(context, quote);
    const paused = { metric: 'parameter_value' as const, labels: { parameter: 'paused' } };
    return {
      yields: [...series.yields({ sizes }), { metric: 'pool_share_ratio', open: true }, paused],
      labels: { venue: 'balancer_v3', market: pool.toLowerCase() },
      collect: async (io) => {
        const [[coins, , balances], live, isPaused] = await Promise.all([
          io.evm.read<readonly [readonly Hex[], unknown, readonly bigint[]]>(vault, TOKEN_INFO, [pool]),
          io.evm.read<readonly bigint[]>(vault, LIVE, [pool]),
          io.evm.read<boolean>(vault, PAUSED, [pool]),
        ]);
        const [i, j] = placesIn(`Pool ${pool} on ${io.evm.chain}`, coins, tokens);
        const decimals = await Promise.all(coins.map((coin) => decimalsOf(io, coin)));
        const share = shareOf(
          live.map((balance) => toNumber(balance, 18)),
          i,
        );
        const said: RawSample = { ...paused, value: Number(isPaused) };
        if (isPaused) return [said, ...share];
        const ask = asking(io, { router, pool, coins: [coins[i]!, coins[j]!], decimals: [decimals[i]!, decimals[j]!] });
        const held = { asset: toNumber(balances[i]!, decimals[i]!), quote: toNumber(balances[j]!, decimals[j]!) };
        return [...(await quotedSeries(ask, { series, sizes, held })), ...share, said];
      },
    };
  },
};

interface Asked {
  readonly router: Hex;
  readonly pool: Hex;
  /** The asset, then the quote. */
  readonly coins: readonly [Hex, Hex];
  readonly decimals: readonly [number, number];
}

function asking(io: SourceIo, { router, pool, coins, decimals }: Asked) {
  return async (side: 'sell' | 'buy', paid: number): Promise<number> => {
    const [from, to] = side === 'sell' ? ([0, 1] as const) : ([1, 0] as const);
    const args = [pool, coins[from], coins[to], toUnits(paid, decimals[from]), NOBODY, '0x'];
    return toNumber(await io.evm.read<bigint>(router, QUERY, args), decimals[to]);
  };
}
