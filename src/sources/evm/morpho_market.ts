import { isAddressEqual } from 'viem';
import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { SourceError, type Hex, type SourceContext, type SourceIo, type SourceKind } from '../../model/source.ts';
import { dollarsOf } from './dollars.ts';
import { decimalsOf, toNumber } from './erc20.ts';
import {
  assetNames,
  LENDING,
  lendingSamples,
  lower,
  plain,
  positionOptions,
  priceFeed,
  RATES,
  some,
} from './lending.ts';
import { MORPHO, morphoPrice, morphoRates, readMorphoMarket, readMorphoPosition, type MorphoMarket } from './morpho.ts';
import { POSITIONS, positionSamples, positionYields, type Position } from './positions.ts';

const options = z.strictObject({
  id: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, { error: 'expected a market id: 0x and 64 hex digits, in quotes' })
    .describe('the market, by its id'),
  morpho: evmAddress().default(MORPHO).describe('the Morpho contract'),
  price_feed: priceFeed,
  borrowers_from: z
    .int()
    .min(0)
    .optional()
    .describe('block in which the market was made: everybody who borrowed since is looked at, found in its logs'),
  ...positionOptions,
});
type Options = z.infer<typeof options>;

export const morpho_market: SourceKind<Options> = {
  kind: 'morpho_market',
  about:
    'A Morpho Blue market, its interest accrued to the block: supplied, borrowed, what can leave, rates, oracle price, bad debt.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: [...LENDING, ...RATES, 'lltv_ratio', 'oracle_price_usd', ...POSITIONS],
  traps: [
    'Morpho Blue cannot be paused by anybody.',
    '`asset` is what is lent; `oracle_price_usd` and `collateral_usd` carry the collateral as their `asset`.',
    'the price is what the market believes: a hard-coded oracle never moves, so `bad_debt_usd{at="oracle"}` stays 0 while `at="market"` grows.',
    'an oracle that reverts stops its own series (they go stale) and no other one.',
  ],
  upstream: 'chain',
  make: ({ id, morpho, price_feed: feed, accounts: named, borrowers_from: from, reference }, context) => {
    const dollars = dollarsOf(context, feed);
    const nameOf = assetNames(context);
    const market = id.toLowerCase() as Hex;
    const looked = named.length > 0 || from !== undefined;
    return {
      yields: [
        ...plain([...LENDING, ...RATES, 'lltv_ratio']),
        { metric: 'oracle_price_usd', open: true },
        ...positionYields(looked, reference),
      ],
      labels: { protocol: 'morpho', market, venue: `morpho:${market}` },
      collect: async (io) => {
        const [state, price, borrowers] = await Promise.all([
          readMorphoMarket(io, morpho, market),
          dollars(io),
          from === undefined ? [] : borrowersOf(io, { morpho, market, from }),
        ]);
        const accounts = [...new Set([...named.map(lower), ...borrowers])] as Hex[];
        const { loanToken, collateralToken, oracle, lltv } = state.params;
        requireAsset(context, loanToken, market);
        const [loan, collateral] = await Promise.all([decimalsOf(io, loanToken), decimalsOf(io, collateralToken)]);
        const believed = await morphoPrice(io, oracle, { loan, collateral });
        const oracleUsd = believed === undefined ? undefined : believed * price;
        const view = { market: state, decimals: { loan, collateral }, price, oracleUsd };
        const positions = await Promise.all(
          accounts.map((account) => positionOf(io, { morpho, id: market, account }, view)),
        );
        const lent = totals(view);
        const around = { borrowedUsd: lent.borrowed * price, reference, nameOf, venue: `morpho:${market}` };
        return [
          ...lendingSamples({ ...lent, price, ...morphoRates(state) }),
          { metric: 'lltv_ratio', value: Number(lltv) / 1e18 },
          ...some('oracle_price_usd', oracleUsd, { asset: nameOf(collateralToken) }),
          ...(looked ? await positionSamples(io, positions, around) : []),
        ];
      },
    };
  },
};

const BORROW =
  'event Borrow(bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver, uint256 assets, uint256 shares)';
/** Borrowers of one market that are looked at, the latest first. */
const MOST_BORROWERS = 2000;

function borrowerIn({ onBehalf }: Readonly<Record<string, unknown>>): readonly string[] {
  return [String(onBehalf)];
}

async function borrowersOf(
  io: SourceIo,
  { morpho, market, from }: { readonly morpho: Hex; readonly market: Hex; readonly from: number },
): Promise<readonly string[]> {
  const scanned = await io.evm.logs({
    address: morpho,
    event: BORROW,
    where: { id: market },
    from,
    keysOf: borrowerIn,
  });
  return scanned.keys(MOST_BORROWERS);
}

interface View {
  readonly market: MorphoMarket;
  readonly decimals: { readonly loan: number; readonly collateral: number };
  /** USD of one loan token. */
  readonly price: number;
  /** USD of one collateral token as the market's oracle sees it. */
  readonly oracleUsd: number | undefined;
}

function totals({ market, decimals }: View) {
  const supplied = toNumber(market.supplyAssets, decimals.loan);
  const borrowed = toNumber(market.borrowAssets, decimals.loan);
  const idle = market.supplyAssets - market.borrowAssets;
  return { supplied, borrowed, liquidity: toNumber(idle < 0n ? 0n : idle, decimals.loan) };
}

async function positionOf(
  io: SourceIo,
  place: { readonly morpho: Hex; readonly id: Hex; readonly account: Hex },
  { market, decimals, price, oracleUsd }: View,
): Promise<Position> {
  const { supplied, debt, collateral } = await readMorphoPosition(io, place, market);
  const amount = toNumber(collateral, decimals.collateral);
  return {
    account: place.account,
    debtUsd: toNumber(debt, decimals.loan) * price,
    suppliedUsd: toNumber(supplied, decimals.loan) * price,
    holdings: [
      {
        token: market.params.collateralToken,
        amount,
        oracleUsd: oracleUsd === undefined ? undefined : amount * oracleUsd,
      },
    ],
  };
}

function requireAsset({ asset, address }: SourceContext, loanToken: Hex, market: Hex): void {
  if (asset === undefined || address === undefined || isAddressEqual(address as Hex, loanToken)) return;
  const what = `Morpho market ${market} lends ${loanToken}, but asset "${asset.id}" is ${address}.`;
  throw new SourceError(`${what} Check the id and \`asset\`.`, { retryable: false });
}
