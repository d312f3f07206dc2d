import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceIo, SourceKind } from '../../model/source.ts';
import { aaveContracts, aaveDecimals, aavePrice } from './aave.ts';
import { toNumber } from './erc20.ts';
import { assetNames, lower, positionOptions } from './lending.ts';
import { POSITIONS, positionSamples, positionYields, type Holding, type Position } from './positions.ts';

const RESERVES = 'function getReservesList() view returns (address[])';
const USER =
  'function getUserReserveData(address, address) view returns (uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint40, bool)';

const options = z.strictObject({
  provider: evmAddress().describe("the market's PoolAddressesProvider"),
  accounts: positionOptions.accounts.refine((all) => all.length > 0, { error: 'expected at least one account' }),
  reference: positionOptions.reference,
});

export const aave_v3_accounts: SourceKind<z.infer<typeof options>> = {
  kind: 'aave_v3_accounts',
  about:
    'Accounts of an Aave v3 market: their debt, their collateral by asset, and debt above collateral at the oracle and at the market.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...POSITIONS, 'debt_usd'],
  traps: ['the market’s other accounts are not looked at: bad debt is that of the accounts named.'],
  upstream: 'chain',
  make: ({ provider, accounts, reference }, context) => {
    const venue = `aave-v3:${lower(provider)}`;
    const nameOf = assetNames(context);
    return {
      yields: [
        ...positionYields(true, reference).filter(({ metric }) => metric !== 'exposure_usd'),
        { metric: 'debt_usd' },
      ],
      labels: { protocol: 'aave-v3', market: lower(provider), venue },
      collect: async (io) => {
        const positions = await readPositions(io, provider, accounts);
        const borrowedUsd = positions.reduce((sum, { debtUsd }) => sum + debtUsd, 0);
        const samples = await positionSamples(io, positions, { borrowedUsd, reference, nameOf, venue });
        return [{ metric: 'debt_usd', value: borrowedUsd }, ...samples];
      },
    };
  },
};

async function readPositions(io: SourceIo, provider: Hex, accounts: readonly Hex[]): Promise<readonly Position[]> {
  const { pool, data, oracle } = await aaveContracts(io, provider);
  const reserves = await io.evm.read<readonly Hex[]>(pool, RESERVES);
  return Promise.all(
    accounts.map(async (account) => {
      const all = await Promise.all(
        reserves.map(async (token) => ({
          token,
          state: await io.evm.read<readonly [bigint, bigint, bigint, ...unknown[]]>(data, USER, [token, account]),
        })),
      );
      const used = all.filter(({ state: [held, stable, variable] }) => held + stable + variable > 0n);
      const parts = await Promise.all(used.map(async ({ token, state }) => partOf(io, oracle, { token, state })));
      return {
        account,
        debtUsd: parts.reduce((sum, { debtUsd }) => sum + debtUsd, 0),
        holdings: parts.flatMap(({ holding }) => holding ?? []),
      };
    }),
  );
}

async function partOf(
  io: SourceIo,
  oracle: Hex,
  { token, state }: { readonly token: Hex; readonly state: readonly [bigint, bigint, bigint, ...unknown[]] },
): Promise<{ readonly debtUsd: number; readonly holding?: Holding }> {
  const [price, decimals] = await Promise.all([aavePrice(io, oracle, token), aaveDecimals(io, token)]);
  const [held, stable, variable] = state;
  const isCollateral = state.at(-1) === true;
  const amount = toNumber(held, decimals);
  const debtUsd = toNumber(stable + variable, decimals) * price;
  return { debtUsd, ...(isCollateral && held > 0n && { holding: { token, amount, oracleUsd: amount * price } }) };
}
