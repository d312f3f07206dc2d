import type { Hex, SourceIo } from '../../model/source.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { orAbsent } from './erc4626_exit.ts';
import type { Holding, Position } from './positions.ts';

const ENTERED = 'function getAssetsIn(address) view returns (address[])';
/** Error code, cTokens, debt and exchange rate as of the market's last accrual. */
const SNAPSHOT = 'function getAccountSnapshot(address) view returns (uint256, uint256, uint256, uint256)';
const UNDERLYING = 'function underlying() view returns (address)';
const PRICE = 'function getUnderlyingPrice(address) view returns (uint256)';
const ETHER = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee';
const ETHER_DECIMALS = 18;

/** The market that is read, and where its comptroller finds prices. */
export interface CompoundMarket {
  readonly ctoken: Hex;
  readonly comptroller: Hex;
  readonly oracle: Hex;
  /** What debts have grown by since the market's last accrual; 1.01 is 1 %. */
  readonly growth: number;
}

/** What is known of an account in one market; USD are absent where the oracle has no price. */
interface Entry extends Holding {
  readonly ctoken: Hex;
  readonly debtUsd: number | undefined;
}

/**
 * What an account owes to the market and has as collateral in all markets of the comptroller. One that owes in several counts
 * with this market's share of its debt, so that the bad debts of all markets add up.
 */
export async function compoundPosition(io: SourceIo, account: Hex, market: CompoundMarket): Promise<Position> {
  const { ctoken, comptroller } = market;
  const entered = await io.evm.read<readonly Hex[]>(comptroller, ENTERED, [account]);
  const isHere = (each: Hex) => each.toLowerCase() === ctoken.toLowerCase();
  const markets = entered.some(isHere) ? entered : [...entered, ctoken];
  const entries = await Promise.all(
    markets.map(async (each) =>
      entryOf(io, account, { ...market, ctoken: each, growth: isHere(each) ? market.growth : 1 }),
    ),
  );
  const here = entries.find((each) => isHere(each.ctoken))!;
  const debts = entries.map(({ debtUsd }) => debtUsd);
  const owed = debts.includes(undefined) ? undefined : debts.reduce<number>((sum, debt) => sum + debt!, 0);
  const collateral = entries.filter((each) => each.amount > 0 && entered.includes(each.ctoken));
  return {
    account,
    debtUsd: here.debtUsd ?? 0,
    suppliedUsd: here.oracleUsd ?? 0,
    holdings: collateral.map((each) =>
      shareOf(each, owed === undefined ? undefined : owed === 0 ? 1 : here.debtUsd! / owed),
    ),
  };
}

/** Part of a holding; worth nothing known where the share is not. */
function shareOf({ token, amount, oracleUsd }: Holding, share: number | undefined): Holding {
  const known = share !== undefined && oracleUsd !== undefined;
  return { token, amount: amount * (share ?? 1), oracleUsd: known ? oracleUsd * share : undefined };
}

async function entryOf(io: SourceIo, account: Hex, { ctoken, oracle, growth }: CompoundMarket): Promise<Entry> {
  const [[, shares, owed, rate], price, underlying] = await Promise.all([
    io.evm.read<readonly [bigint, bigint, bigint, bigint]>(ctoken, SNAPSHOT, [account]),
    io.evm.read<bigint>(oracle, PRICE, [ctoken]),
    // The market of ether itself has no such view.
    orAbsent(io.evm.fact<Hex>(ctoken, UNDERLYING)),
  ]);
  const decimals = underlying === undefined ? ETHER_DECIMALS : await decimalsOf(io, underlying);
  const usd = (tokens: number) => (price === 0n ? undefined : tokens * toNumber(price, 36 - decimals));
  const amount = toNumber((shares * rate) / 10n ** 18n, decimals);
  const debt = toNumber(owed, decimals) * growth;
  return { ctoken, token: underlying ?? ETHER, amount, oracleUsd: usd(amount), debtUsd: debt === 0 ? 0 : usd(debt) };
}
