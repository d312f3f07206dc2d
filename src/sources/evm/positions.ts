import type { Hex, RawSample, SourceIo } from '../../model/source.ts';
import { referencePrices, type Reference } from './dollars.ts';
import { some, type Yields } from './lending.ts';

/** Lenders and borrowers that are told by name. */
const MOST_NAMED = 20;

/** Collateral of one account. */
export interface Holding {
  readonly token: Hex;
  /** Whole tokens. */
  readonly amount: number;
  /** What the market's own oracle says it is worth; absent when it says nothing. */
  readonly oracleUsd: number | undefined;
}

export interface Position {
  readonly account: Hex;
  readonly debtUsd: number;
  readonly holdings: readonly Holding[];
  /** What it lends to the market. */
  readonly suppliedUsd?: number;
}

export const POSITIONS = [
  'bad_debt_usd',
  'collateral_usd',
  'top_holder_ratio',
  'accounts_covered_ratio',
  'exposure_usd',
] as const;

/** What accounts yield; nothing when none is looked at. */
export function positionYields(looked: boolean, reference: Reference | undefined): Yields {
  if (!looked) return [];
  return [
    { metric: 'bad_debt_usd', labels: { at: 'oracle' } },
    ...(reference === undefined ? [] : [{ metric: 'bad_debt_usd' as const, labels: { at: 'market' } }]),
    { metric: 'collateral_usd', open: true },
    { metric: 'top_holder_ratio', labels: { side: 'borrow', top: '1' } },
    { metric: 'accounts_covered_ratio' },
    { metric: 'exposure_usd', open: true },
  ];
}

/** What the totals are compared with, and how tokens and the market are called. */
export interface Around {
  /** All that is owed to the market. */
  readonly borrowedUsd: number;
  readonly reference: Reference | undefined;
  readonly nameOf: (token: Hex) => string;
  /** As `venue` of exposures: `morpho:0x…`. */
  readonly venue: string;
}

/** Bad debt, collateral and concentration of the accounts that were read, and how much of the market's debt they owe. */
export async function positionSamples(
  io: SourceIo,
  positions: readonly Position[],
  { borrowedUsd, reference, nameOf, venue }: Around,
): Promise<readonly RawSample[]> {
  const tokens = positions.flatMap(({ holdings }) => holdings.map(({ token }) => token));
  const prices = await referencePrices(io, reference, tokens);
  const atOracle = badDebt(positions, ({ oracleUsd }) => oracleUsd);
  const atMarket = badDebt(positions, ({ token, amount }) => {
    const price = amount === 0 ? 0 : prices.get(token.toLowerCase());
    return price === undefined ? undefined : amount * price;
  });
  const debts = positions.map(({ debtUsd }) => debtUsd);
  const known = debts.reduce((sum, debt) => sum + debt, 0);
  return [
    ...some('bad_debt_usd', atOracle, { at: 'oracle' }),
    ...some('bad_debt_usd', reference === undefined ? undefined : atMarket, { at: 'market' }),
    ...collateral(positions, nameOf),
    ...(borrowedUsd > 0
      ? [
          {
            metric: 'top_holder_ratio' as const,
            labels: { side: 'borrow', top: '1' },
            value: Math.max(0, ...debts) / borrowedUsd,
          },
          { metric: 'accounts_covered_ratio' as const, value: known / borrowedUsd },
        ]
      : []),
    ...lenders(positions, venue),
  ];
}

/** Debt above collateral, account by account: the surplus of one covers nobody else. Unknown when a price is. */
function badDebt(positions: readonly Position[], worth: (holding: Holding) => number | undefined): number | undefined {
  let sum = 0;
  for (const { debtUsd, holdings } of positions) {
    if (debtUsd === 0) continue;
    const values = holdings.map(worth);
    if (values.includes(undefined)) return undefined;
    sum += Math.max(0, debtUsd - values.reduce<number>((total, value) => total + value!, 0));
  }
  return sum;
}

function collateral(positions: readonly Position[], nameOf: (token: Hex) => string): readonly RawSample[] {
  const sums = new Map<string, number | undefined>();
  for (const { token, oracleUsd } of positions.flatMap(({ holdings }) => holdings)) {
    const name = nameOf(token);
    const sum = sums.has(name) ? sums.get(name) : 0;
    sums.set(name, sum === undefined || oracleUsd === undefined ? undefined : sum + oracleUsd);
  }
  return [...sums].flatMap(([asset, value]) => some('collateral_usd', value, { asset }));
}

function lenders(positions: readonly Position[], venue: string): readonly RawSample[] {
  const lending = positions.filter(({ suppliedUsd = 0 }) => suppliedUsd > 0);
  const largest = lending.sort((one, other) => other.suppliedUsd! - one.suppliedUsd!).slice(0, MOST_NAMED);
  return largest.map(({ account, suppliedUsd }) => ({
    metric: 'exposure_usd',
    labels: { holder: account.toLowerCase(), venue },
    value: suppliedUsd!,
  }));
}
