import { maxUint256 } from 'viem';
import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceKind } from '../../model/source.ts';
import { dollarsOf } from './dollars.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { gearboxPositions } from './gearboxAccounts.ts';
import {
  assetNames,
  capYields,
  LENDING,
  lendingSamples,
  lower,
  plain,
  positionOptions,
  priceFeed,
  RATES,
} from './lending.ts';
import { POSITIONS, positionSamples, positionYields } from './positions.ts';

const UNDERLYING = 'function underlyingToken() view returns (address)';
const EXPECTED = 'function expectedLiquidity() view returns (uint256)';
const AVAILABLE = 'function availableLiquidity() view returns (uint256)';
const BORROW_RATE = 'function baseInterestRate() view returns (uint256)';
const SUPPLY_RATE = 'function supplyRate() view returns (uint256)';
const DEBT_LIMIT = 'function totalDebtLimit() view returns (uint256)';
const PAUSED = 'function paused() view returns (bool)';
const RAY = 1e27;

const options = z.strictObject({
  pool: evmAddress().describe('the PoolV3'),
  price_feed: priceFeed,
  most_accounts: z
    .int()
    .min(0)
    .max(2000)
    .default(0)
    .describe(
      'so many credit accounts of each credit manager are looked at: bad debt, collateral and concentration are of these',
    ),
  reference: positionOptions.reference,
});

export const gearbox_pool: SourceKind<z.infer<typeof options>> = {
  kind: 'gearbox_pool',
  about:
    'A Gearbox v3 pool: what lenders are owed, what is lent to credit accounts, what can leave, rates, debt limit, pause.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...LENDING, ...RATES, 'cap_usd', 'redemption_paused_bool', ...POSITIONS],
  traps: [
    'what is lent is expected liquidity minus available: interest that nobody has paid yet counts as supplied.',
    'with `most_accounts` below the number of open accounts, bad debt is that of some: see `accounts_covered_ratio`.',
  ],
  upstream: 'chain',
  make: ({ pool, price_feed: feed, most_accounts: most, reference }, context) => {
    const dollars = dollarsOf(context, feed);
    return {
      yields: [
        ...plain([...LENDING, ...RATES, 'redemption_paused_bool']),
        ...capYields('borrow').map((each) => ({ ...each, open: true as const })),
        ...positionYields(most > 0, reference),
      ],
      labels: { protocol: 'gearbox', market: lower(pool), venue: `gearbox:${lower(pool)}` },
      collect: async (io) => {
        const read = async <T>(signature: string) => io.evm.read<T>(pool, signature);
        const decimals = await decimalsOf(io, await io.evm.fact<Hex>(pool, UNDERLYING));
        const [expected, available, borrowRate, supplyRate, limit, paused, price] = await Promise.all([
          read<bigint>(EXPECTED),
          read<bigint>(AVAILABLE),
          read<bigint>(BORROW_RATE),
          read<bigint>(SUPPLY_RATE),
          read<bigint>(DEBT_LIMIT),
          read<boolean>(PAUSED),
          dollars(io),
        ]);
        const lent = expected > available ? expected - available : 0n;
        const samples = lendingSamples({
          supplied: toNumber(expected, decimals),
          borrowed: toNumber(lent, decimals),
          liquidity: toNumber(available, decimals),
          price,
          borrowApr: Number(borrowRate) / RAY,
          supplyApr: Number(supplyRate) / RAY,
          ...(limit !== maxUint256 && { borrowCap: toNumber(limit, decimals) }),
          paused,
        });
        if (most === 0) return samples;
        const positions = await gearboxPositions(io, pool, { most, decimals, price });
        const borrowedUsd = toNumber(lent, decimals) * price;
        const around = { borrowedUsd, reference, nameOf: assetNames(context), venue: `gearbox:${lower(pool)}` };
        return [...samples, ...(await positionSamples(io, positions, around))];
      },
    };
  },
};
