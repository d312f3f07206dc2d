import type { Hex, SourceIo } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, toNumber } from './erc20.ts';
import type { Holding, Position } from './positions.ts';

const MANAGERS = 'function creditManagers() view returns (address[])';
const ACCOUNTS = 'function creditAccounts(uint256 offset, uint256 limit) view returns (address[])';
const OWED_AND_HELD =
  'function calcDebtAndCollateral(address creditAccount, uint8 task) view returns ((uint256 debt, uint256 cumulativeIndexNow, uint256 cumulativeIndexLastUpdate, uint128 cumulativeQuotaInterest, uint256 accruedInterest, uint256 accruedFees, uint256 totalDebtUSD, uint256 totalValue, uint256 totalValueUSD, uint256 twvUSD, uint256 enabledTokensMask, uint256 quotedTokensMask, address[] quotedTokens, address poolQuotaKeeper))';
/** Task of `CollateralCalcTask` that counts debt with interest and fees, and no collateral. */
const DEBT_ONLY = 1;
const TOKEN = 'function getTokenByMask(uint256) view returns (address)';
const ORACLE = 'function priceOracle() view returns (address)';
/** USD of one whole token with 8 decimals. */
const PRICE = 'function getPrice(address) view returns (uint256)';

interface Debt {
  readonly debt: bigint;
  readonly accruedInterest: bigint;
  readonly accruedFees: bigint;
  readonly enabledTokensMask: bigint;
}

/** What the credit accounts of a pool owe and hold, at most so many of each credit manager. */
export async function gearboxPositions(
  io: SourceIo,
  pool: Hex,
  { most, decimals, price }: { readonly most: number; readonly decimals: number; readonly price: number },
): Promise<readonly Position[]> {
  const managers = await io.evm.read<readonly Hex[]>(pool, MANAGERS);
  const positions = managers.map(async (manager) => {
    const accounts = await io.evm.read<readonly Hex[]>(manager, ACCOUNTS, [0n, BigInt(most)]);
    return Promise.all(
      accounts.map(async (account): Promise<Position> => {
        const owed = await io.evm.read<Debt>(manager, OWED_AND_HELD, [account, DEBT_ONLY]);
        const units = owed.debt + owed.accruedInterest + owed.accruedFees;
        const holdings = await holdingsOf(io, { manager, account, mask: owed.enabledTokensMask });
        return { account, debtUsd: toNumber(units, decimals) * price, holdings };
      }),
    );
  });
  return (await Promise.all(positions)).flat();
}

async function holdingsOf(
  io: SourceIo,
  { manager, account, mask }: { readonly manager: Hex; readonly account: Hex; readonly mask: bigint },
): Promise<readonly Holding[]> {
  const oracle = await io.evm.read<Hex>(manager, ORACLE);
  return Promise.all(
    bitsOf(mask).map(async (bit) => {
      const token = await io.evm.fact<Hex>(manager, TOKEN, [bit]);
      const [balance, decimals, price] = await Promise.all([
        io.evm.read<bigint>(token, BALANCE_OF, [account]),
        decimalsOf(io, token),
        io.evm.read<bigint>(oracle, PRICE, [token]),
      ]);
      const amount = toNumber(balance, decimals);
      return { token, amount, oracleUsd: amount * toNumber(price, 8) };
    }),
  );
}

/** The powers of two that add up to a mask. */
function bitsOf(mask: bigint): readonly bigint[] {
  return Array.from({ length: 256 }, (_, index) => 1n << BigInt(index)).filter((bit) => (mask & bit) !== 0n);
}
