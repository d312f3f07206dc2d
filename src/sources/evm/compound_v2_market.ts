import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { compoundPosition } from './compoundAccounts.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { assetNames, LENDING, lendingSamples, lower, plain, positionOptions, RATES } from './lending.ts';
import { POSITIONS, positionSamples, positionYields } from './positions.ts';

const UNDERLYING = 'function underlying() view returns (address)';
const COMPTROLLER = 'function comptroller() view returns (address)';
const ORACLE = 'function oracle() view returns (address)';
const PRICE = 'function getUnderlyingPrice(address) view returns (uint256)';
const MARKET = 'function markets(address) view returns (bool, uint256)';
const CASH = 'function getCash() view returns (uint256)';
const BORROWS = 'function totalBorrows() view returns (uint256)';
const RESERVES = 'function totalReserves() view returns (uint256)';
const ACCRUED_AT = 'function accrualBlockNumber() view returns (uint256)';
const BORROW_RATE = 'function borrowRatePerBlock() view returns (uint256)';
const SUPPLY_RATE = 'function supplyRatePerBlock() view returns (uint256)';

const ACTION_PAUSED = 'function actionPaused(address market, uint8 action) view returns (bool)';
/** Of Venus' list of actions. */
const REDEEM = 1;

const options = z.strictObject({
  ctoken: evmAddress().describe('the market: a cToken (vToken, qiToken …) of an ERC-20'),
  blocks_per_year: z
    .int()
    .positive()
    .default(2_628_000)
    .describe('blocks in which the rates count; 12 s blocks unless written'),
  protocol: z.string().default('compound-v2').describe('label `protocol`: which fork'),
  pausable: z
    .boolean()
    .default(false)
    .describe('its comptroller can switch exits off and says so by `actionPaused`, as that of Venus'),
  ...positionOptions,
});

export const compound_v2_market: SourceKind<z.infer<typeof options>> = {
  kind: 'compound_v2_market',
  about: 'A market of Compound v2 or a fork of it (Venus, Benqi, Moonwell …), its interest accrued to the block.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...LENDING, ...RATES, 'lltv_ratio', 'oracle_price_usd', 'redemption_paused_bool', ...POSITIONS],
  traps: [
    'prices are the comptroller’s oracle’s; an answer of 0 means that it has none, and everything in USD stops.',
    'Compound v2 itself has no switch that stops redeeming: only minting, borrowing, transfers and seizing can be paused.',
    'an account that owes in several markets counts here with this market’s share of its debt and collateral.',
    'forks that count interest by time, not by block, need another reading: their `accrualBlockNumber` is a time.',
  ],
  upstream: 'chain',
  make: (given, context) => {
    const { ctoken, protocol, pausable, accounts, reference } = given;
    const market = { protocol, market: lower(ctoken), venue: `${protocol}:${lower(ctoken)}` };
    return {
      yields: [
        ...plain([...LENDING, ...RATES, 'lltv_ratio', 'oracle_price_usd']),
        ...plain(pausable ? ['redemption_paused_bool'] : []),
        ...positionYields(accounts.length > 0, reference),
      ],
      labels: market,
      collect: async (io) => collect(io, given, { nameOf: assetNames(context), venue: market.venue }),
    };
  },
};

async function collect(
  io: SourceIo,
  { ctoken, blocks_per_year: perYear, pausable, accounts, reference }: z.infer<typeof options>,
  names: { readonly nameOf: (token: Hex) => string; readonly venue: string },
): Promise<readonly RawSample[]> {
  const [{ price, lltv, decimals, ...contracts }, state] = await Promise.all([
    valuation(io, ctoken),
    accrued(io, ctoken),
  ]);
  const market = { ctoken, growth: state.growth, ...contracts };
  const [paused, positions] = await Promise.all([
    pausable ? io.evm.read<boolean>(contracts.comptroller, ACTION_PAUSED, [ctoken, REDEEM]) : undefined,
    Promise.all(accounts.map(async (account) => compoundPosition(io, account, market))),
  ]);
  const tokens = (units: bigint) => toNumber(units, decimals);
  const borrowed = tokens(state.borrows);
  return [
    ...lendingSamples({
      supplied: tokens(state.cash + state.borrows - state.reserves),
      borrowed,
      liquidity: tokens(state.cash),
      price,
      borrowApr: (Number(state.borrowRate) / 1e18) * perYear,
      supplyApr: (Number(state.supplyRate) / 1e18) * perYear,
      ...(paused !== undefined && { paused }),
    }),
    { metric: 'lltv_ratio', value: lltv },
    { metric: 'oracle_price_usd', value: price },
    ...(accounts.length > 0
      ? await positionSamples(io, positions, { borrowedUsd: borrowed * price, reference, ...names })
      : []),
  ];
}

async function valuation(io: SourceIo, ctoken: Hex) {
  const [underlying, comptroller] = await Promise.all([
    io.evm.fact<Hex>(ctoken, UNDERLYING),
    io.evm.read<Hex>(ctoken, COMPTROLLER),
  ]);
  const [oracle, [, factor], decimals] = await Promise.all([
    io.evm.read<Hex>(comptroller, ORACLE),
    io.evm.read<readonly [boolean, bigint]>(comptroller, MARKET, [ctoken]),
    decimalsOf(io, underlying),
  ]);
  const price = await io.evm.read<bigint>(oracle, PRICE, [ctoken]);
  if (price === 0n) {
    const what = `Oracle ${oracle} of the comptroller answered 0 for ${ctoken}, its word for no price.`;
    throw new SourceError(`${what} Nothing in USD is known until it has one.`, { retryable: true });
  }
  return { price: toNumber(price, 36 - decimals), lltv: Number(factor) / 1e18, decimals, comptroller, oracle };
}

/** As `accrueInterest` would leave it now: interest is simple between two accruals. */
async function accrued(io: SourceIo, ctoken: Hex) {
  const read = async (signature: string) => io.evm.read<bigint>(ctoken, signature);
  const [cash, borrows, reserves, at, borrowRate, supplyRate] = await Promise.all(
    [CASH, BORROWS, RESERVES, ACCRUED_AT, BORROW_RATE, SUPPLY_RATE].map(read),
  );
  const blocks = io.evm.block.number - at!;
  const interest = (borrows! * borrowRate! * (blocks > 0n ? blocks : 0n)) / 10n ** 18n;
  return {
    cash: cash!,
    borrows: borrows! + interest,
    reserves: reserves!,
    borrowRate: borrowRate!,
    supplyRate: supplyRate!,
    growth: borrows === 0n ? 1 : 1 + Number(interest) / Number(borrows),
  };
}
