import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceKind } from '../../model/source.ts';
import { toNumber } from './erc20.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens } from './pair.ts';
import { PAUSED_SERIES, quotedPool } from './quotedPool.ts';

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
    return {
      yields: [...series.yields({ sizes }), { metric: 'pool_share_ratio', open: true }, PAUSED_SERIES],
      labels: { venue: 'balancer_v3', market: pool.toLowerCase() },
      collect: async (io) => {
        const [[coins, , balances], live, paused] = await Promise.all([
          io.evm.read<readonly [readonly Hex[], unknown, readonly bigint[]]>(vault, TOKEN_INFO, [pool]),
          io.evm.read<readonly bigint[]>(vault, LIVE, [pool]),
          io.evm.read<boolean>(vault, PAUSED, [pool]),
        ]);
        const worths = () => live.map((balance) => toNumber(balance, 18));
        const trade = async (from: number, to: number, units: bigint) =>
          io.evm.read<bigint>(router, QUERY, [pool, coins[from], coins[to], units, NOBODY, '0x']);
        const found = { address: pool, coins, balances, worths, paused, trade };
        return quotedPool(io, found, { tokens, series, sizes });
      },
    };
  },
};
