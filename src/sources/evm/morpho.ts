import { CallReverted, SourceError, type Hex, type SourceIo } from '../../model/source.ts';
import { toNumber } from './erc20.ts';
import { YEAR_SECONDS } from './lending.ts';

/** The same address on Ethereum and Base; other chains name their own. */
export const MORPHO: Hex = '0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb';

const MARKET = 'function market(bytes32) view returns (uint128, uint128, uint128, uint128, uint128, uint128)';
const PARAMS =
  'function idToMarketParams(bytes32) view returns (address loanToken, address collateralToken, address oracle, address irm, uint256 lltv)';
const RATE =
  'function borrowRateView((address loanToken, address collateralToken, address oracle, address irm, uint256 lltv) params, (uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets, uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee) market) view returns (uint256)';
const POSITION = 'function position(bytes32, address) view returns (uint256, uint128, uint128)';
const PRICE = 'function price() view returns (uint256)';

const WAD = 10n ** 18n;
const NOBODY = '0x0000000000000000000000000000000000000000';
const VIRTUAL_SHARES = 10n ** 6n;

export interface MarketParams {
  readonly loanToken: Hex;
  readonly collateralToken: Hex;
  readonly oracle: Hex;
  readonly irm: Hex;
  /** WAD. */
  readonly lltv: bigint;
}

/** A market with its interest accrued to the block; raw units. */
export interface MorphoMarket {
  readonly params: MarketParams;
  readonly supplyAssets: bigint;
  readonly supplyShares: bigint;
  readonly borrowAssets: bigint;
  readonly borrowShares: bigint;
  /** WAD per second. */
  readonly rate: bigint;
  /** WAD: share of the interest that lenders do not get. */
  readonly fee: bigint;
}

/** Reads a market and accrues it as `accrueInterest` would now. @throws {SourceError} when there is none of that id. */
export async function readMorphoMarket(io: SourceIo, morpho: Hex, id: Hex): Promise<MorphoMarket> {
  const [market, given] = await Promise.all([
    io.evm.read<readonly bigint[]>(morpho, MARKET, [id]),
    io.evm.fact<readonly [Hex, Hex, Hex, Hex, bigint]>(morpho, PARAMS, [id]),
  ]);
  const [supplyAssets = 0n, supplyShares = 0n, borrowAssets = 0n, borrowShares = 0n, lastUpdate = 0n, fee = 0n] =
    market;
  // An id that does not exist answers zeros and does not revert.
  if (lastUpdate === 0n) {
    throw new SourceError(`Morpho ${morpho} has no market "${id}" on ${io.evm.chain}. Check the id and the chain.`, {
      retryable: false,
    });
  }
  const [loanToken, collateralToken, oracle, irm, lltv] = given;
  const params = { loanToken, collateralToken, oracle, irm, lltv };
  const totals = {
    totalSupplyAssets: supplyAssets,
    totalSupplyShares: supplyShares,
    totalBorrowAssets: borrowAssets,
    totalBorrowShares: borrowShares,
    lastUpdate,
    fee,
  };
  const rate = irm === NOBODY ? 0n : await io.evm.read<bigint>(irm, RATE, [params, totals]);
  const elapsed = BigInt(Math.floor(io.evm.block.timestamp / 1000)) - lastUpdate;
  const interest = (borrowAssets * compounded(rate, elapsed)) / WAD;
  return {
    params,
    supplyAssets: supplyAssets + interest,
    supplyShares,
    borrowAssets: borrowAssets + interest,
    borrowShares,
    rate,
    fee,
  };
}

/** Morpho's `wTaylorCompounded`: the first three terms of e^(rate × elapsed) − 1, rounded down. */
function compounded(rate: bigint, elapsed: bigint): bigint {
  const first = rate * elapsed;
  const second = (first * first) / (2n * WAD);
  return first + second + (second * first) / (3n * WAD);
}

/** Yearly, not compounded: what the rate per second is now. */
export function morphoRates({ rate, fee, supplyAssets, borrowAssets }: MorphoMarket) {
  const borrowApr = (Number(rate) / 1e18) * YEAR_SECONDS;
  if (supplyAssets === 0n) return { borrowApr };
  const utilization = Number(borrowAssets) / Number(supplyAssets);
  return { borrowApr, supplyApr: borrowApr * utilization * (1 - Number(fee) / 1e18) };
}

/** What one account lends, owes and has posted, in raw units at the block; virtual shares as in `SharesMathLib`. */
export async function readMorphoPosition(
  io: SourceIo,
  { morpho, id, account }: { readonly morpho: Hex; readonly id: Hex; readonly account: Hex },
  { supplyAssets, supplyShares, borrowAssets, borrowShares }: MorphoMarket,
) {
  const [lent, owed, collateral] = await io.evm.read<readonly [bigint, bigint, bigint]>(morpho, POSITION, [
    id,
    account,
  ]);
  const shares = borrowShares + VIRTUAL_SHARES;
  return {
    supplied: (lent * (supplyAssets + 1n)) / (supplyShares + VIRTUAL_SHARES),
    debt: (owed * (borrowAssets + 1n) + shares - 1n) / shares,
    collateral,
  };
}

/** Loan tokens of one collateral token, in whole tokens; `undefined` while the oracle reverts or there is none. */
export async function morphoPrice(
  io: SourceIo,
  oracle: Hex,
  decimals: { readonly loan: number; readonly collateral: number },
): Promise<number | undefined> {
  if (oracle === NOBODY) return undefined;
  try {
    const price = await io.evm.read<bigint>(oracle, PRICE);
    return toNumber(price, 36 + decimals.loan - decimals.collateral);
  } catch (error) {
    if (error instanceof CallReverted || (error instanceof SourceError && !error.retryable)) return undefined;
    throw error;
  }
}
