import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceIo, type SourceKind } from '../../model/source.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { LENDING, lendingSamples, lower, plain, RATES } from './lending.ts';

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

const options = z.strictObject({
  ctoken: evmAddress().describe('the market: a cToken (vToken, qiToken …) of an ERC-20'),
  blocks_per_year: z
    .int()
    .positive()
    .default(2_628_000)
    .describe('blocks in which the rates count; 12 s blocks unless written'),
  protocol: z.string().default('compound-v2').describe('label `protocol`: which fork'),
});

export const compound_v2_market: SourceKind<z.infer<typeof options>> = {
  kind: 'compound_v2_market',
  about: 'A market of Compound v2 or a fork of it (Venus, Benqi, Moonwell …), its interest accrued to the block.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...LENDING, ...RATES, 'lltv_ratio', 'oracle_price_usd'],
  traps: [
    'prices are the comptroller’s oracle’s; an answer of 0 means that it has none, and everything in USD stops.',
    'forks that count interest by time, not by block, need another reading: their `accrualBlockNumber` is a time.',
  ],
  upstream: 'chain',
  make: ({ ctoken, blocks_per_year: perYear, protocol }) => ({
    yields: plain([...LENDING, ...RATES, 'lltv_ratio', 'oracle_price_usd']),
    labels: { protocol, market: lower(ctoken), venue: `${protocol}:${lower(ctoken)}` },
    collect: async (io) => {
      const { price, lltv, decimals } = await valuation(io, ctoken);
      const state = await accrued(io, ctoken);
      const tokens = (units: bigint) => toNumber(units, decimals);
      return [
        ...lendingSamples({
          supplied: tokens(state.cash + state.borrows - state.reserves),
          borrowed: tokens(state.borrows),
          liquidity: tokens(state.cash),
          price,
          borrowApr: (Number(state.borrowRate) / 1e18) * perYear,
          supplyApr: (Number(state.supplyRate) / 1e18) * perYear,
        }),
        { metric: 'lltv_ratio', value: lltv },
        { metric: 'oracle_price_usd', value: price },
      ];
    },
  }),
};

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
  return { price: toNumber(price, 36 - decimals), lltv: Number(factor) / 1e18, decimals };
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
  };
}
