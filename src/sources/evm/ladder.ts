import { CallReverted, SourceError, type RawSample } from '../../model/source.ts';
import { executed } from './executed.ts';
import { WITHIN, type PairSeries } from './pair.ts';

/** A trade that was quoted: `paid` of one token for `got` of the other, in whole tokens. */
interface Quoted {
  readonly paid: number;
  readonly got: number;
}

/** Asks a venue what a trade would pay, in whole tokens. Throws `CallReverted` where it refuses so large a trade. */
type Quote = (side: 'sell' | 'buy', paid: number) => Promise<number>;

/** What a trade takes of the token paid out, as shares of what the pool holds at the spot price. */
const RUNGS = [
  ...Array.from({ length: 11 }, (_, power) => 2 ** (power - 13)),
  ...[3 / 8, 1 / 2, 5 / 8, 3 / 4, 13 / 16, 7 / 8, 29 / 32, 15 / 16, 31 / 32],
];

/** Share of the asset held that spot is quoted for. */
const SMALL = 2 ** -16;

/**
 * What changes hands while the marginal price falls by `within` (0.02 is 2 %) below `spot`, by quotes of growing size. Between
 * two rungs the marginal price is taken to fall in a straight line; where the last rung is still within, it is the answer.
 */
function depthOf(rungs: readonly Quoted[], spot: number, within: number): Quoted {
  const floor = spot * (1 - within);
  let before = { paid: 0, got: 0, price: spot };
  let from: Quoted = before;
  for (const rung of rungs) {
    const price = (rung.got - from.got) / (rung.paid - from.paid);
    const middle = { paid: (rung.paid + from.paid) / 2, got: (rung.got + from.got) / 2, price };
    if (price < floor) {
      const share = before.price <= floor ? 0 : (before.price - floor) / (before.price - price);
      const between = (low: number, high: number) => low + share * (high - low);
      return { paid: between(before.paid, middle.paid), got: between(before.got, middle.got) };
    }
    before = middle;
    from = rung;
  }
  return from;
}

export interface LadderWanted {
  readonly series: PairSeries;
  readonly sizes: readonly number[];
  /** Whole tokens that the pool holds. */
  readonly held: { readonly asset: number; readonly quote: number };
}

/**
 * Spot, executable prices and depth of a venue that is asked for quotes. Spot is what a small trade fetches, fee included; nothing
 * here rests on a virtual price or a rate, which rise while a pool loses its peg. A size that the venue refuses has no sample.
 */
export async function quotedSeries(quote: Quote, { series, sizes, held }: LadderWanted): Promise<readonly RawSample[]> {
  const small = held.asset * SMALL;
  const [got, trades] = await Promise.all([
    small > 0 ? quote('sell', small) : 0,
    executed(sizes, series, (size) => quote('sell', size)),
  ]);
  if (got <= 0) {
    throw new SourceError(`The pool holds ${held.asset} of the asset and pays ${got} for a little of it: no price.`, {
      retryable: false,
    });
  }
  const spot = got / small;
  return [series.price('spot', spot), ...trades, ...(series.usd ? await depths(quote, spot, { series, held }) : [])];
}

async function depths(
  quote: Quote,
  spot: number,
  { series, held }: Pick<LadderWanted, 'series' | 'held'>,
): Promise<readonly RawSample[]> {
  const ladder = async (side: 'sell' | 'buy', all: number) => {
    const rungs = await Promise.all([SMALL, ...RUNGS].map((share) => trade(quote, side, all * share)));
    return rungs.filter((rung) => rung !== undefined && rung.got > 0) as readonly Quoted[];
  };
  const [sell, buy] = await Promise.all([ladder('sell', held.quote / spot), ladder('buy', held.asset * spot)]);
  return WITHIN.flatMap((within) => [
    series.depth('sell', within, depthOf(sell, start(sell), within).got),
    series.depth('buy', within, depthOf(buy, start(buy), 1 - 1 / (1 + within)).paid),
  ]);
}

/** What a very small trade fetches; 0 where nothing is paid. */
function start([first]: readonly Quoted[]): number {
  return first === undefined ? 0 : first.got / first.paid;
}

async function trade(quote: Quote, side: 'sell' | 'buy', paid: number): Promise<Quoted | undefined> {
  try {
    return { paid, got: await quote(side, paid) };
  } catch (error) {
    if (error instanceof CallReverted) return undefined;
    throw error;
  }
}
