import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceIo, SourceKind } from '../../model/source.ts';
import { dollarsOf } from './dollars.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { eulerCollaterals, eulerPosition, quoteUsd, type EulerVault } from './eulerCollaterals.ts';
import {
  assetNames,
  LENDING,
  lendingSamples,
  lower,
  plain,
  positionOptions,
  priceFeed,
  type LendingState,
} from './lending.ts';
import { POSITIONS, positionSamples, positionYields } from './positions.ts';

const ASSET = 'function asset() view returns (address)';
const CASH = 'function cash() view returns (uint256)';
const BORROWS = 'function totalBorrows() view returns (uint256)';
const RATE = 'function interestRate() view returns (uint256)';
const FEE = 'function interestFee() view returns (uint16)';
const UNIT = 'function unitOfAccount() view returns (address)';
const ORACLE = 'function oracle() view returns (address)';
const CAPS = 'function caps() view returns (uint16, uint16)';
const HOOKS = 'function hookConfig() view returns (address, uint32)';

const NOBODY = '0x0000000000000000000000000000000000000000';
/** Seconds of the year that Euler's lenses count with. */
const YEAR = 31_556_952;
const WITHDRAW_AND_REDEEM = 4 | 8;

const options = z.strictObject({
  vault: evmAddress().describe('the EVault that lends'),
  price_feed: priceFeed,
  ...positionOptions,
});

export const euler_vault: SourceKind<z.infer<typeof options>> = {
  kind: 'euler_vault',
  about:
    'An Euler v2 lending vault: supplied, borrowed, cash, rates, caps, its collaterals with threshold and oracle price, whether exits are switched off.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [
    ...LENDING,
    'borrow_apr_ratio',
    'supply_apr_ratio',
    'cap_usd',
    'redemption_paused_bool',
    'lltv_ratio',
    'oracle_price_usd',
    ...POSITIONS,
  ],
  traps: [
    'a paused exit is a hook without target: there is no paused().',
    'oracle prices are told where the vault counts in USD; a price that reverts (too stale, not supported) stops its own series only.',
    '`collateral_usd` and `bad_debt_usd` count collateral whole, not at its LTV.',
  ],
  upstream: 'chain',
  make: ({ vault, price_feed: feed, accounts, reference }, context) => {
    const dollars = feed === undefined && context.asset?.peg !== 'usd' ? undefined : dollarsOf(context, feed);
    return {
      yields: [
        ...plain([...LENDING, 'borrow_apr_ratio', 'supply_apr_ratio', 'redemption_paused_bool']),
        ...(['cap_usd', 'lltv_ratio', 'oracle_price_usd'] as const).map((metric) => ({ metric, open: true as const })),
        ...positionYields(accounts.length > 0, reference),
      ],
      labels: { protocol: 'euler', market: lower(vault), venue: `euler:${lower(vault)}` },
      collect: async (io) => {
        const place = await placeOf(io, vault);
        const price = await (dollars?.(io) ??
          quoteUsd(io, place, { amount: 10n ** BigInt(place.decimals), base: place.asset }));
        const [state, collaterals] = await Promise.all([
          stateOf(io, place, price),
          eulerCollaterals(io, place, context),
        ]);
        const positions = await Promise.all(
          accounts.map(async (account) => eulerPosition(io, place, { account, price, collaterals })),
        );
        const around = {
          borrowedUsd: state.borrowed * price,
          reference,
          nameOf: assetNames(context),
          venue: `euler:${lower(vault)}`,
        };
        return [
          ...lendingSamples(state),
          ...collaterals.flatMap(({ samples }) => samples),
          ...(accounts.length > 0 ? await positionSamples(io, positions, around) : []),
        ];
      },
    };
  },
};

async function placeOf(io: SourceIo, vault: Hex): Promise<EulerVault> {
  const [asset, oracle, unit] = await Promise.all([
    io.evm.fact<Hex>(vault, ASSET),
    io.evm.read<Hex>(vault, ORACLE),
    io.evm.fact<Hex>(vault, UNIT),
  ]);
  return { vault, asset, oracle, unit, decimals: await decimalsOf(io, asset) };
}

async function stateOf(io: SourceIo, { vault, decimals }: EulerVault, price: number): Promise<LendingState> {
  const [cash, borrows, rate, fee, [supplyCap, borrowCap], [target, ops]] = await Promise.all([
    io.evm.read<bigint>(vault, CASH),
    io.evm.read<bigint>(vault, BORROWS),
    io.evm.read<bigint>(vault, RATE),
    io.evm.read<number>(vault, FEE),
    io.evm.read<readonly [number, number]>(vault, CAPS),
    io.evm.read<readonly [Hex, number]>(vault, HOOKS),
  ]);
  const supplied = toNumber(cash + borrows, decimals);
  const borrowed = toNumber(borrows, decimals);
  const borrowApr = (Number(rate) / 1e27) * YEAR;
  const cap = (raw: number) => (raw === 0 ? undefined : toNumber(unpackCap(raw), decimals));
  const [supplied_, borrowed_] = [cap(supplyCap), cap(borrowCap)];
  return {
    supplied,
    borrowed,
    liquidity: toNumber(cash, decimals),
    price,
    borrowApr,
    ...(supplied > 0 && { supplyApr: (borrowApr * borrowed * (1 - fee / 10_000)) / supplied }),
    ...(supplied_ !== undefined && { supplyCap: supplied_ }),
    ...(borrowed_ !== undefined && { borrowCap: borrowed_ }),
    paused: target === NOBODY && (ops & WITHDRAW_AND_REDEEM) === WITHDRAW_AND_REDEEM,
  };
}

/** `AmountCap`: six bits of exponent below ten of a mantissa in hundredths. */
function unpackCap(raw: number): bigint {
  return (10n ** BigInt(raw & 63) * BigInt(raw >> 6)) / 100n;
}
