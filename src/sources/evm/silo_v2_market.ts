import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceIo, type SourceKind } from '../../model/source.ts';
import { dollarsOf } from './dollars.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import { assetNames, LENDING, lendingSamples, lower, plain, positionOptions, priceFeed, some } from './lending.ts';
import { POSITIONS, positionSamples, positionYields, type Position } from './positions.ts';

const ASSET = 'function asset() view returns (address)';
const SUPPLIED = 'function getCollateralAssets() view returns (uint256)';
const BORROWED = 'function getDebtAssets() view returns (uint256)';
const LIQUIDITY = 'function getLiquidity() view returns (uint256)';
const CONFIG = 'function config() view returns (address)';
const SILOS = 'function getSilos() view returns (address, address)';
const CONFIG_OF =
  'function getConfig(address) view returns ((uint256 daoFee, uint256 deployerFee, address silo, address token, address protectedShareToken, address collateralShareToken, address debtShareToken, address solvencyOracle, address maxLtvOracle, address interestRateModel, uint256 maxLtv, uint256 lt, uint256 liquidationTargetLtv, uint256 liquidationFee, uint256 flashloanFee, address hookReceiver, bool callBeforeQuote))';
const QUOTE = 'function quote(uint256, address) view returns (uint256)';
const QUOTE_TOKEN = 'function quoteToken() view returns (address)';
const BORROW_APR = 'function getBorrowAPR(address) view returns (uint256)';
const DEPOSIT_APR = 'function getDepositAPR(address) view returns (uint256)';
const OWES = 'function maxRepay(address) view returns (uint256)';
const HOLDS = 'function collateralBalanceOfUnderlying(address silo, address borrower) view returns (uint256)';
const NOBODY = '0x0000000000000000000000000000000000000000';

const options = z.strictObject({
  silo: evmAddress().describe('the silo whose asset is lent'),
  lens: evmAddress().optional().describe('the SiloLens of this chain, for yearly rates; `accounts` need it'),
  price_feed: priceFeed,
  ...positionOptions,
});

export const silo_v2_market: SourceKind<z.infer<typeof options>> = {
  kind: 'silo_v2_market',
  about:
    'A Silo v2 silo: supplied, borrowed and withdrawable with interest, rates, and what its sister silo is worth as collateral.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...LENDING, 'borrow_apr_ratio', 'supply_apr_ratio', 'lltv_ratio', 'oracle_price_usd', ...POSITIONS],
  traps: [
    'Silo v2 has no pause to read: a hook of its own making could refuse exits, which only `erc4626` with a `holder` on the silo would show.',
    'protected deposits are not in `supplied_usd`: they cannot be borrowed.',
    'a silo without solvency oracle counts one token of collateral as one token of debt: `oracle_price_usd` then is the price of what is lent.',
  ],
  upstream: 'chain',
  make: ({ silo, lens, price_feed: feed, accounts, reference }, context) => {
    if (accounts.length > 0 && lens === undefined) throw new Error('`accounts` needs the address of the `lens`.');
    const dollars = dollarsOf(context, feed);
    const nameOf = assetNames(context);
    return {
      yields: [
        ...plain([...LENDING, ...(lens === undefined ? [] : (['borrow_apr_ratio', 'supply_apr_ratio'] as const))]),
        { metric: 'lltv_ratio', open: true },
        { metric: 'oracle_price_usd', open: true },
        ...positionYields(accounts.length > 0, reference),
      ],
      labels: { protocol: 'silo', market: lower(silo), venue: `silo:${lower(silo)}` },
      collect: async (io) => {
        const [price, state, collateral] = await Promise.all([
          dollars(io),
          stateOf(io, silo, lens),
          collateralOf(io, silo),
        ]);
        const labels = { asset: nameOf(collateral.token) };
        const view = { silo, lens: lens!, price, ...state, collateral };
        const positions = await Promise.all(accounts.map(async (account) => positionOf(io, account, view)));
        const around = { borrowedUsd: state.borrowed * price, reference, nameOf, venue: `silo:${lower(silo)}` };
        return [
          ...lendingSamples({ ...state, price }),
          { metric: 'lltv_ratio', labels, value: collateral.lltv },
          ...some('oracle_price_usd', collateral.inLoan === undefined ? undefined : collateral.inLoan * price, labels),
          ...(accounts.length > 0 ? await positionSamples(io, positions, around) : []),
        ];
      },
    };
  },
};

async function stateOf(io: SourceIo, silo: Hex, lens: Hex | undefined) {
  const decimals = await decimalsOf(io, await io.evm.fact<Hex>(silo, ASSET));
  const [supplied, borrowed, liquidity, rates] = await Promise.all([
    io.evm.read<bigint>(silo, SUPPLIED),
    io.evm.read<bigint>(silo, BORROWED),
    io.evm.read<bigint>(silo, LIQUIDITY),
    lens === undefined
      ? undefined
      : Promise.all([BORROW_APR, DEPOSIT_APR].map(async (view) => io.evm.read<bigint>(lens, view, [silo]))),
  ]);
  return {
    supplied: toNumber(supplied, decimals),
    borrowed: toNumber(borrowed, decimals),
    liquidity: toNumber(liquidity, decimals),
    decimals,
    ...(rates && { borrowApr: Number(rates[0]) / 1e18, supplyApr: Number(rates[1]) / 1e18 }),
  };
}

interface SiloConfig {
  readonly token: Hex;
  readonly solvencyOracle: Hex;
  readonly lt: bigint;
}

/** The sister silo's token as collateral: how many loan tokens Silo takes one of it for. */
async function collateralOf(io: SourceIo, silo: Hex) {
  const config = await io.evm.fact<Hex>(silo, CONFIG);
  const silos = await io.evm.fact<readonly [Hex, Hex]>(config, SILOS);
  const sister = silos.find((each) => lower(each) !== lower(silo));
  if (sister === undefined || !silos.some((each) => lower(each) === lower(silo))) {
    const what = `SiloConfig ${config} pairs ${silos.join(' and ')}, not ${silo}.`;
    throw new SourceError(`${what} Check \`silo\`.`, { retryable: false });
  }
  const [loan, other] = await Promise.all(
    [silo, sister].map(async (each) => io.evm.read<SiloConfig>(config, CONFIG_OF, [each])),
  );
  const [ofLoan, ofOther] = await Promise.all([valueOf(io, loan!), valueOf(io, other!)]);
  const comparable =
    ofLoan.quote === ofOther.quote || ofOther.quote === lower(loan!.token) || ofLoan.quote === undefined;
  return {
    silo: sister,
    token: other!.token,
    lltv: Number(other!.lt) / 1e18,
    inLoan: comparable && ofLoan.worth > 0 ? ofOther.worth / ofLoan.worth : undefined,
  };
}

/** What one whole token counts for, in raw units of the quote; without an oracle raw units count one for one. */
async function valueOf(io: SourceIo, { token, solvencyOracle }: SiloConfig) {
  const one = 10n ** BigInt(await decimalsOf(io, token));
  if (solvencyOracle === NOBODY) return { worth: Number(one), quote: undefined };
  const [worth, quote] = await Promise.all([
    io.evm.read<bigint>(solvencyOracle, QUOTE, [one, token]),
    io.evm.fact<Hex>(solvencyOracle, QUOTE_TOKEN),
  ]);
  return { worth: Number(worth), quote: lower(quote) };
}

interface View {
  readonly silo: Hex;
  readonly lens: Hex;
  /** USD of one token that is lent, and its decimals. */
  readonly price: number;
  readonly decimals: number;
  readonly collateral: Awaited<ReturnType<typeof collateralOf>>;
}

/** What an account owes to the silo and has in its sister, protected deposits included. */
async function positionOf(
  io: SourceIo,
  account: Hex,
  { silo, lens, price, decimals, collateral }: View,
): Promise<Position> {
  const [owed, lent, held, heldDecimals] = await Promise.all([
    io.evm.read<bigint>(silo, OWES, [account]),
    io.evm.read<bigint>(lens, HOLDS, [silo, account]),
    io.evm.read<bigint>(lens, HOLDS, [collateral.silo, account]),
    decimalsOf(io, collateral.token),
  ]);
  const amount = toNumber(held, heldDecimals);
  const { token, inLoan } = collateral;
  return {
    account,
    debtUsd: toNumber(owed, decimals) * price,
    suppliedUsd: toNumber(lent, decimals) * price,
    holdings: [{ token, amount, oracleUsd: inLoan === undefined ? undefined : amount * inLoan * price }],
  };
}
