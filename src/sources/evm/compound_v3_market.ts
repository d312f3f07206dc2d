import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceContext, SourceIo, SourceKind } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, toNumber, TOTAL_SUPPLY } from './erc20.ts';
import {
  assetNames,
  LENDING,
  lendingSamples,
  lower,
  plain,
  positionOptions,
  RATES,
  some,
  YEAR_SECONDS,
} from './lending.ts';
import { POSITIONS, positionSamples, positionYields, type Position } from './positions.ts';

const view = (signature: string) => `function ${signature}`;
const BASE_TOKEN = view('baseToken() view returns (address)');
const BASE_FEED = view('baseTokenPriceFeed() view returns (address)');
const TOTAL_BORROW = view('totalBorrow() view returns (uint256)');
const UTILIZATION = view('getUtilization() view returns (uint256)');
const BORROW_RATE = view('getBorrowRate(uint256) view returns (uint64)');
const SUPPLY_RATE = view('getSupplyRate(uint256) view returns (uint64)');
const PRICE = view('getPrice(address) view returns (uint256)');
const RESERVES = view('getReserves() view returns (int256)');
const PAUSED = view('isWithdrawPaused() view returns (bool)');
const NUM_ASSETS = view('numAssets() view returns (uint8)');
const INFO = view(
  'getAssetInfo(uint8) view returns ((uint8 offset, address asset, address priceFeed, uint64 scale, uint64 borrowCollateralFactor, uint64 liquidateCollateralFactor, uint64 liquidationFactor, uint128 supplyCap))',
);
const POSTED = view('totalsCollateral(address) view returns (uint128, uint128)');
const POSTED_BY = view('userCollateral(address, address) view returns (uint128, uint128)');
const DEBT_OF = view('borrowBalanceOf(address) view returns (uint256)');
const PRICE_DECIMALS = 8;

const options = z.strictObject({
  comet: evmAddress().describe('the market: the Comet proxy of one base token'),
  ...positionOptions,
});

export const compound_v3_market: SourceKind<z.infer<typeof options>> = {
  kind: 'compound_v3_market',
  about:
    'A Compound v3 market: base token supplied and borrowed, rates, its collaterals with caps and prices, reserves below zero.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...LENDING, ...RATES, 'redemption_paused_bool', 'lltv_ratio', 'oracle_price_usd', 'cap_usd', ...POSITIONS],
  traps: [
    'Comet checks no staleness of its feeds, and a feed at or below 0 reverts everything that asks for its price.',
    'utilization may exceed 1, and at 100 % an exit fails with an error of the base token.',
    '`bad_debt_usd{at="oracle"}` without `accounts` is what the reserves are below zero: only after an absorption.',
  ],
  upstream: 'chain',
  make: ({ comet, accounts, reference }, context) => ({
    yields: [
      ...plain([...LENDING, ...RATES, 'redemption_paused_bool']),
      ...(['lltv_ratio', 'oracle_price_usd', 'cap_usd', 'collateral_usd'] as const).map((metric) => ({
        metric,
        open: true as const,
      })),
      ...(accounts.length > 0
        ? positionYields(true, reference)
        : [{ metric: 'bad_debt_usd' as const, labels: { at: 'oracle' } }]),
    ],
    labels: { protocol: 'compound-v3', market: lower(comet), venue: `compound-v3:${lower(comet)}` },
    collect: async (io) => collect(io, { comet, accounts, reference }, context),
  }),
};

interface Collateral {
  readonly token: Hex;
  readonly decimals: number;
  readonly price: number;
  readonly lltv: number;
  readonly cap: number;
  readonly posted: number;
}

async function collect(io: SourceIo, { comet, accounts, reference }: z.infer<typeof options>, context: SourceContext) {
  const [base, feed] = await Promise.all([io.evm.fact<Hex>(comet, BASE_TOKEN), io.evm.fact<Hex>(comet, BASE_FEED)]);
  const [state, collaterals] = await Promise.all([baseState(io, comet, { base, feed }), readCollaterals(io, comet)]);
  const { price, decimals, reserves } = state;
  const nameOf = assetNames(context);
  const positions = await Promise.all(
    accounts.map(async (account): Promise<Position> => {
      const debt = await io.evm.read<bigint>(comet, DEBT_OF, [account]);
      const posted = await Promise.all(
        collaterals.map(async ({ token }) =>
          io.evm.read<readonly [bigint, bigint]>(comet, POSTED_BY, [account, token]),
        ),
      );
      const holdings = collaterals.map(({ token, ...each }, index) => {
        const amount = toNumber(posted[index]![0], each.decimals);
        return { token, amount, oracleUsd: amount * each.price };
      });
      return {
        account,
        debtUsd: toNumber(debt, decimals) * price,
        holdings: holdings.filter(({ amount }) => amount > 0),
      };
    }),
  );
  const around = { borrowedUsd: state.borrowed * price, reference, nameOf, venue: `compound-v3:${lower(comet)}` };
  const judged = accounts.length === 0 ? [] : await positionSamples(io, positions, around);
  return [
    ...lendingSamples(state),
    ...collaterals.flatMap((each) => collateralSamples(each, nameOf)),
    ...(accounts.length > 0 ? [] : some('bad_debt_usd', Math.max(0, -reserves) * price, { at: 'oracle' })),
    ...judged.filter(({ metric }) => metric !== 'collateral_usd'),
  ];
}

async function baseState(io: SourceIo, comet: Hex, { base, feed }: { readonly base: Hex; readonly feed: Hex }) {
  const [decimals, supplied, borrowed, cash, usage, price, reserves, paused] = await Promise.all([
    decimalsOf(io, base),
    io.evm.read<bigint>(comet, TOTAL_SUPPLY),
    io.evm.read<bigint>(comet, TOTAL_BORROW),
    io.evm.read<bigint>(base, BALANCE_OF, [comet]),
    io.evm.read<bigint>(comet, UTILIZATION),
    io.evm.read<bigint>(comet, PRICE, [feed]),
    io.evm.read<bigint>(comet, RESERVES),
    io.evm.read<boolean>(comet, PAUSED),
  ]);
  const [borrowRate, supplyRate] = await Promise.all([
    io.evm.read<bigint>(comet, BORROW_RATE, [usage]),
    io.evm.read<bigint>(comet, SUPPLY_RATE, [usage]),
  ]);
  return {
    decimals,
    supplied: toNumber(supplied, decimals),
    borrowed: toNumber(borrowed, decimals),
    liquidity: toNumber(cash, decimals),
    price: toNumber(price, PRICE_DECIMALS),
    borrowApr: (Number(borrowRate) / 1e18) * YEAR_SECONDS,
    supplyApr: (Number(supplyRate) / 1e18) * YEAR_SECONDS,
    reserves: toNumber(reserves, decimals),
    paused,
  };
}

async function readCollaterals(io: SourceIo, comet: Hex): Promise<readonly Collateral[]> {
  const count = await io.evm.read<number>(comet, NUM_ASSETS);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const info = await io.evm.read<{
        asset: Hex;
        priceFeed: Hex;
        liquidateCollateralFactor: bigint;
        supplyCap: bigint;
      }>(comet, INFO, [index]);
      const [decimals, price, [posted]] = await Promise.all([
        decimalsOf(io, info.asset),
        io.evm.read<bigint>(comet, PRICE, [info.priceFeed]),
        io.evm.read<readonly [bigint, bigint]>(comet, POSTED, [info.asset]),
      ]);
      return {
        token: info.asset,
        decimals,
        price: toNumber(price, PRICE_DECIMALS),
        lltv: Number(info.liquidateCollateralFactor) / 1e18,
        cap: toNumber(info.supplyCap, decimals),
        posted: toNumber(posted, decimals),
      };
    }),
  );
}

function collateralSamples({ token, price, lltv, cap, posted }: Collateral, nameOf: (token: Hex) => string) {
  const labels = { asset: nameOf(token) };
  return [
    { metric: 'lltv_ratio' as const, labels, value: lltv },
    { metric: 'oracle_price_usd' as const, labels, value: price },
    { metric: 'collateral_usd' as const, labels, value: posted * price },
    { metric: 'cap_usd' as const, labels: { ...labels, side: 'supply' }, value: cap * price },
  ];
}
