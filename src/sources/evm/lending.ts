import { z } from 'zod';
import type { MetricName } from '../../model/metric.ts';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, MadeSource, RawSample, SourceContext } from '../../model/source.ts';

export const YEAR_SECONDS = 31_536_000;

/** A lending market in whole tokens of what is lent. */
export interface LendingState {
  readonly supplied: number;
  readonly borrowed: number;
  /** What lenders could take out now. */
  readonly liquidity: number;
  /** USD of one token. */
  readonly price: number;
  readonly borrowApr?: number;
  readonly supplyApr?: number;
  /** Whole tokens; absent: no cap. */
  readonly supplyCap?: number;
  readonly borrowCap?: number;
  /** Lenders cannot withdraw. */
  readonly paused?: boolean;
}

/** What every lending market yields. */
export const LENDING = ['supplied_usd', 'borrowed_usd', 'liquidity_usd', 'utilization_ratio'] as const;
export const RATES = ['borrow_apr_ratio', 'supply_apr_ratio'] as const;

/** Nothing supplied has no utilization; a market that owes more than was supplied is above 1. */
export function lendingSamples(state: LendingState): readonly RawSample[] {
  const { supplied, borrowed, liquidity, price, borrowApr, supplyApr, supplyCap, borrowCap, paused } = state;
  return [
    { metric: 'supplied_usd', value: supplied * price },
    { metric: 'borrowed_usd', value: borrowed * price },
    { metric: 'liquidity_usd', value: liquidity * price },
    ...some('utilization_ratio', supplied > 0 ? borrowed / supplied : undefined),
    ...some('borrow_apr_ratio', borrowApr),
    ...some('supply_apr_ratio', supplyApr),
    ...some('cap_usd', supplyCap === undefined ? undefined : supplyCap * price, { side: 'supply' }),
    ...some('cap_usd', borrowCap === undefined ? undefined : borrowCap * price, { side: 'borrow' }),
    ...some('redemption_paused_bool', paused === undefined ? undefined : Number(paused)),
  ];
}

/** One sample, or none when there is no value. */
export function some(
  metric: MetricName,
  value: number | undefined,
  labels?: RawSample['labels'],
): readonly RawSample[] {
  return value === undefined ? [] : [{ metric, value, ...(labels && { labels }) }];
}

export type Yields = MadeSource['yields'];

/** Series without labels of their own. */
export function plain(metrics: readonly MetricName[]): Yields {
  return metrics.map((metric) => ({ metric }));
}

export function capYields(...sides: readonly ('supply' | 'borrow')[]): Yields {
  return sides.map((side) => ({ metric: 'cap_usd', labels: { side } }));
}

/** Id of the asset that stands at an address of the chain, else the address in lower case. */
export function assetNames({ assets, chain = '' }: SourceContext): (address: string) => string {
  const ids = new Map(Object.values(assets).map(({ id, on }) => [on[chain]?.toLowerCase(), id] as const));
  return (address) => ids.get(address.toLowerCase()) ?? address.toLowerCase();
}

/** Options that say how USD values are found. */
export const priceFeed = evmAddress()
  .optional()
  .describe('Chainlink feed in USD of what is lent; default: 1 USD when the peg of `asset` is usd');

/** Options of what a market is judged against: who borrows, and what its collateral is worth elsewhere. */
export const positionOptions = {
  accounts: z
    .array(evmAddress())
    .default([])
    .describe('borrowers and lenders to look at one by one: bad debt, collateral and concentration are of these'),
  reference: z
    .union([z.literal('defillama'), z.record(evmAddress(), evmAddress())])
    .optional()
    .describe(
      'price of collateral outside the market, for bad_debt_usd{at="market"}: defillama, or token: Chainlink feed',
    ),
};

export function lower(address: Hex): string {
  return address.toLowerCase();
}
