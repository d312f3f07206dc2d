import type { Hex, RawSample, SourceIo } from '../../model/source.ts';
import { decimalsOf } from './erc20.ts';
import { WITHIN, type PairSeries, type PairTokens } from './pair.ts';
import { amountsTo, ticksOf, ticksWithin, wordsOf, type LiquidityStep, type PoolState } from './uniswap_v3_math.ts';

/** How a pool prices the asset: which side it is on, and the factor from raw units to whole tokens. */
export interface Pair {
  readonly assetIs0: boolean;
  readonly decimals: number;
  readonly quoteDecimals: number;
}

export async function pairOf(io: SourceIo, { asset, quote }: PairTokens, assetIs0: boolean): Promise<Pair> {
  const [decimals, quoteDecimals] = await Promise.all([coinDecimals(io, asset), coinDecimals(io, quote)]);
  return { assetIs0, decimals, quoteDecimals };
}

const ETHER = '0x0000000000000000000000000000000000000000';

/** Ether itself, the zero address in Uniswap v4, has 18 decimals and no contract. */
async function coinDecimals(io: SourceIo, coin: Hex): Promise<number> {
  return coin === ETHER ? 18 : decimalsOf(io, coin);
}

/** Quote for one asset, from token 1 for one token 0 in raw units. */
export function inQuote({ assetIs0, decimals, quoteDecimals }: Pair, ratio: number): number {
  return (assetIs0 ? ratio : 1 / ratio) * 10 ** (decimals - quoteDecimals);
}

/** What selling the asset down by a share would pay, and what buying it up would cost; fees not counted. */
export function depthsOf(
  series: PairSeries,
  pair: Pair,
  { state, steps }: { readonly state: PoolState; readonly steps: readonly LiquidityStep[] },
): readonly RawSample[] {
  const quoteAt = (factor: number) => {
    const { token0, token1 } = amountsTo(state, steps, pair.assetIs0 ? factor : 1 / factor);
    return (pair.assetIs0 ? token1 : token0) / 10 ** pair.quoteDecimals;
  };
  return WITHIN.flatMap((within) => [
    series.depth('sell', within, quoteAt(1 - within)),
    series.depth('buy', within, quoteAt(1 + within)),
  ]);
}

/** The widest share of `WITHIN`. */
const WIDEST = Math.max(...WITHIN);

/** Where a pool keeps what its liquidity changes by: 256 ticks a word, and the net liquidity of a tick. */
export interface TickReads {
  readonly spacing: (io: SourceIo) => Promise<number>;
  readonly wordAt: (io: SourceIo, word: number) => Promise<bigint>;
  readonly netAt: (io: SourceIo, tick: number) => Promise<bigint>;
}

/** Reads where a pool's liquidity changes, among the ticks whose price is within 5 % of the present one. */
export function liquiditySteps({ spacing, wordAt, netAt }: TickReads) {
  let last: { readonly words: readonly number[]; readonly ticks: readonly number[] } = { words: [], ticks: [] };
  return {
    /** Asks for what the last run needed: it then travels with the first call, and a read asked for again is not repeated. */
    foresee: (io: SourceIo): void => {
      const { words, ticks } = last;
      void Promise.allSettled([...words.map((word) => wordAt(io, word)), ...ticks.map((tick) => netAt(io, tick))]);
    },
    read: async (io: SourceIo, tick: number): Promise<readonly LiquidityStep[]> => {
      const range = ticksWithin(tick, WIDEST);
      const step = await spacing(io);
      const words = wordsOf(range, step);
      const bitmaps = await Promise.all(words.map((word) => wordAt(io, word)));
      const ticks = words.flatMap((word, index) => ticksOf(word, bitmaps[index]!, { spacing: step, range }));
      last = { words, ticks };
      const nets = await Promise.all(ticks.map((each) => netAt(io, each)));
      return ticks.map((each, index) => ({ tick: each, net: nets[index]! }));
    },
  };
}
