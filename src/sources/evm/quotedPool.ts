import type { Hex, RawSample, SourceIo } from '../../model/source.ts';
import { coinDecimals } from './curveCoins.ts';
import { toNumber } from './erc20.ts';
import { quotedSeries } from './ladder.ts';
import { placesIn, toUnits, type PairSeries, type PairTokens } from './pair.ts';

export const PAUSED_SERIES = { metric: 'parameter_value', labels: { parameter: 'paused' } } as const;

/** A pool of any number of coins that says what a trade would pay; raw units, in the order of its coins. */
export interface QuotedPool {
  readonly address: Hex;
  readonly coins: readonly Hex[];
  readonly balances: readonly bigint[];
  /** What balances count for in the pool's arithmetic, from their whole tokens; absent: the tokens. `undefined`: nothing is told of shares. */
  readonly worths?: ((held: readonly number[]) => readonly number[] | undefined) | undefined;
  /** A paused pool prices nothing. Absent: it cannot be paused. */
  readonly paused?: boolean;
  /** What a trade of so many units of one coin would pay of another. */
  readonly trade: (from: number, to: number, units: bigint) => Promise<bigint>;
}

/** Prices and depth of the pair, the asset's share of the pool, and whether it is paused. */
export async function quotedPool(
  io: SourceIo,
  { address, coins, balances, worths = (held) => held, paused, trade }: QuotedPool,
  {
    tokens,
    series,
    sizes,
  }: { readonly tokens: PairTokens; readonly series: PairSeries; readonly sizes: readonly number[] },
): Promise<readonly RawSample[]> {
  const [i, j] = placesIn(`Pool ${address} on ${io.evm.chain}`, coins, tokens);
  const decimals = await Promise.all(coins.map((coin) => coinDecimals(io, coin)));
  const held = balances.map((balance, place) => toNumber(balance, decimals[place]!));
  const share = shareOf(worths(held), i);
  const said: readonly RawSample[] = paused === undefined ? [] : [{ ...PAUSED_SERIES, value: Number(paused) }];
  if (paused === true) return [...said, ...share];
  const ask = async (side: 'sell' | 'buy', paid: number): Promise<number> => {
    const [from, to] = side === 'sell' ? [i, j] : [j, i];
    return toNumber(await trade(from, to, toUnits(paid, decimals[from]!)), decimals[to]!);
  };
  const wanted = { series, sizes, held: { asset: held[i]!, quote: held[j]! } };
  return [...(await quotedSeries(ask, wanted)), ...share, ...said];
}

/** The asset's share of what a pool holds; half of a balanced pool of two. */
function shareOf(held: readonly number[] | undefined, place: number): readonly RawSample[] {
  const all = held?.reduce((sum, each) => sum + each, 0) ?? 0;
  return all > 0 ? [{ metric: 'pool_share_ratio', value: held![place]! / all }] : [];
}
