import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceKind } from '../../model/source.ts';
import { PAIR_METRICS, pairOptions, pairSeries, pairTokens } from './pair.ts';
import { PAUSED_SERIES, quotedPool } from './quotedPool.ts';

const VAULT = '0xBA12222222228d8Ba445958a75a0704d566BF2C8';
const NOBODY = '0x0000000000000000000000000000000000000000';
const POOL_TOKENS = 'function getPoolTokens(bytes32) view returns (address[], uint256[], uint256)';
const PAUSED = 'function getPausedState() view returns (bool paused, uint256 windowEnd, uint256 bufferEnd)';
const QUERY =
  'function queryBatchSwap(uint8 kind, (bytes32 poolId, uint256 assetInIndex, uint256 assetOutIndex, uint256 amount, bytes userData)[] swaps, address[] assets, (address sender, bool fromInternalBalance, address recipient, bool toInternalBalance) funds) returns (int256[])';

const options = z.strictObject({
  pool_id: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, { error: 'expected a pool id: 0x and 64 hex digits, in quotes' })
    .transform((value) => value as Hex),
  vault: evmAddress().default(VAULT).describe('the Vault; the default is where it stands on most chains'),
  ...pairOptions,
});

export const balancer_v2_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'balancer_v2_pool',
  about:
    "A Balancer v2 pool, by what the Vault says that a trade would pay: spot, executable prices, depth against a USD-pegged quote, the asset's share, and whether the pool is paused. `getRate` rises while a pool depegs, so it is no price here.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [...PAIR_METRICS, 'pool_share_ratio', 'parameter_value'],
  traps: [
    '`getRate` went up while a pool depegged to 0.54 in a trial with the real contracts.',
    'depth lies between quotes of growing size: it is an estimate.',
  ],
  upstream: 'chain',
  make: ({ pool_id: id, vault, quote, sizes }, context) => {
    const tokens = pairTokens(context, quote);
    const series = pairSeries(context, quote);
    const pool = id.slice(0, 42).toLowerCase() as Hex;
    return {
      yields: [...series.yields({ sizes }), { metric: 'pool_share_ratio', open: true }, PAUSED_SERIES],
      labels: { venue: 'balancer_v2', market: pool },
      collect: async (io) => {
        const [[all, balances], [paused]] = await Promise.all([
          io.evm.read<readonly [readonly Hex[], readonly bigint[]]>(vault, POOL_TOKENS, [id]),
          io.evm.read<readonly [boolean]>(pool, PAUSED),
        ]);
        // A composable pool holds its own shares; they are no liquidity.
        const real = all.flatMap((token, index) => (token.toLowerCase() === pool ? [] : [index]));
        const coins = real.map((index) => all[index]!);
        const funds = [NOBODY, false, NOBODY, false];
        // One step with a given amount in; what the Vault pays out is negative.
        const trade = async (from: number, to: number, units: bigint): Promise<bigint> => {
          const args = [0, [[id, 0n, 1n, units, '0x']], [coins[from]!, coins[to]!], funds];
          const [, paidOut] = await io.evm.read<readonly [bigint, bigint]>(vault, QUERY, args);
          return -paidOut;
        };
        const found = { address: pool, coins, balances: real.map((index) => balances[index]!), paused, trade };
        return quotedPool(io, found, { tokens, series, sizes });
      },
    };
  },
};
