import { CallReverted, type Hex, type RawSample, type SourceContext, type SourceIo } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, toNumber } from './erc20.ts';
import { assetNames, lower, some } from './lending.ts';
import type { Position } from './positions.ts';

const ASSET = 'function asset() view returns (address)';
const COLLATERALS = 'function LTVList() view returns (address[])';
const LLTV = 'function LTVLiquidation(address) view returns (uint16)';
const QUOTE = 'function getQuote(uint256, address, address) view returns (uint256)';
const DEBT_OF = 'function debtOf(address) view returns (uint256)';
const TO_ASSETS = 'function convertToAssets(uint256) view returns (uint256)';

/** Euler writes the dollar as its ISO 4217 number. */
const USD = '0x0000000000000000000000000000000000000348';
const USD_DECIMALS = 18;

/** A lending vault, and what it counts with. */
export interface EulerVault {
  readonly vault: Hex;
  readonly asset: Hex;
  readonly decimals: number;
  readonly oracle: Hex;
  readonly unit: Hex;
}

/** USD as the vault's oracle sees it. @throws {CallReverted} when the oracle has no price. */
export async function quoteUsd(
  io: SourceIo,
  { oracle, unit, vault }: EulerVault,
  { amount, base }: { amount: bigint; base: Hex },
): Promise<number> {
  if (unit !== USD) {
    throw new CallReverted(
      `Euler vault ${vault} counts in ${unit}, not in USD. Name a Chainlink feed in \`price_feed\`.`,
    );
  }
  return toNumber(await io.evm.read<bigint>(oracle, QUOTE, [amount, base, unit]), USD_DECIMALS);
}

interface Collateral {
  readonly vault: Hex;
  readonly token: Hex;
  readonly decimals: number;
  readonly samples: readonly RawSample[];
}

export async function eulerCollaterals(
  io: SourceIo,
  place: EulerVault,
  context: SourceContext,
): Promise<readonly Collateral[]> {
  const nameOf = assetNames(context);
  const vaults = await io.evm.read<readonly Hex[]>(place.vault, COLLATERALS);
  return Promise.all(
    vaults.map(async (vault) => {
      const [token, lltv, shares] = await Promise.all([
        io.evm.fact<Hex>(vault, ASSET),
        io.evm.read<number>(place.vault, LLTV, [vault]),
        decimalsOf(io, vault),
      ]);
      const decimals = await decimalsOf(io, token);
      const price = await orNone(quoteUsd(io, place, { amount: 10n ** BigInt(shares), base: vault }));
      const labels = { asset: nameOf(token), vault: lower(vault) };
      const samples = [
        { metric: 'lltv_ratio' as const, labels, value: lltv / 10_000 },
        ...some('oracle_price_usd', price, labels),
      ];
      return { vault, token, decimals, samples };
    }),
  );
}

export async function eulerPosition(
  io: SourceIo,
  place: EulerVault,
  {
    account,
    price,
    collaterals,
  }: { readonly account: Hex; readonly price: number; readonly collaterals: readonly Collateral[] },
): Promise<Position> {
  const [debt, shares] = await Promise.all([
    io.evm.read<bigint>(place.vault, DEBT_OF, [account]),
    Promise.all(collaterals.map(async ({ vault }) => io.evm.read<bigint>(vault, BALANCE_OF, [account]))),
  ]);
  const held = collaterals
    .map((each, index) => ({ ...each, balance: shares[index]! }))
    .filter(({ balance }) => balance > 0n);
  const holdings = await Promise.all(
    held.map(async ({ vault, token, decimals, balance }) => {
      const [assets, oracleUsd] = await Promise.all([
        io.evm.read<bigint>(vault, TO_ASSETS, [balance]),
        orNone(quoteUsd(io, place, { amount: balance, base: vault })),
      ]);
      return { token, amount: toNumber(assets, decimals), oracleUsd };
    }),
  );
  return { account, debtUsd: toNumber(debt, place.decimals) * price, holdings };
}

async function orNone(value: Promise<number>): Promise<number | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof CallReverted) return undefined;
    throw error;
  }
}
