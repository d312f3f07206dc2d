/** A range of a pool's ticks; the price is 1.0001^tick of token 1 for one token 0, in raw units. */
export interface TickRange {
  readonly from: number;
  readonly to: number;
}

/** A tick at which the liquidity in range changes by `net` when the price rises through it. */
export interface LiquidityStep {
  readonly tick: number;
  readonly net: bigint;
}

/** The pool now: √price as it keeps it (token 1 for one token 0, times 2⁹⁶), the tick and the liquidity in range. */
export interface PoolState {
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  readonly liquidity: bigint;
}

const BASE = 1.0001;
const Q96 = 2 ** 96;

/** Token 1 for one token 0, in raw units. A double keeps 53 bits of the root, so the error is below 1e-15. */
export function spotRatio(sqrtPriceX96: bigint): number {
  return (Number(sqrtPriceX96) / Q96) ** 2;
}

/** Two values of the pool's tick accumulator, `seconds` apart. */
export interface TickMean {
  readonly older: bigint;
  readonly newer: bigint;
  readonly seconds: number;
}

/** Geometric mean of the price over a window, in raw units. */
export function meanRatio({ older, newer, seconds }: TickMean): number {
  return BASE ** (Number(newer - older) / seconds);
}

/** The ticks whose price is within `share` (0.02 is 2 %) of the present one, both ways and for both tokens. */
export function ticksWithin(tick: number, share: number): TickRange {
  const reach = Math.ceil(-Math.log(1 - share) / Math.log(BASE)) + 1;
  return { from: tick - reach, to: tick + reach };
}

/** Indices of the 256-bit words of the pool's tick bitmap that cover the range. */
export function wordsOf({ from, to }: TickRange, spacing: number): readonly number[] {
  const first = Math.floor(from / spacing) >> 8;
  const last = Math.floor(to / spacing) >> 8;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The initialised ticks of one word that lie in the range. */
export function ticksOf(
  word: number,
  bits: bigint,
  { spacing, range }: { readonly spacing: number; readonly range: TickRange },
): readonly number[] {
  const ticks: number[] = [];
  for (let bit = 0; bit < 256; bit++) {
    const tick = (word * 256 + bit) * spacing;
    if (((bits >> BigInt(bit)) & 1n) === 1n && tick >= range.from && tick <= range.to) ticks.push(tick);
  }
  return ticks;
}

/**
 * Raw units of each token that change hands while the price moves from now to `ratio` times now, fees not counted:
 * L·Δ√p of token 1 and L·Δ(1/√p) of token 0 over each stretch of equal liquidity (Uniswap v3 whitepaper, 6.2).
 */
export function amountsTo(
  pool: PoolState,
  steps: readonly LiquidityStep[],
  ratio: number,
): { token0: number; token1: number } {
  const start = Number(pool.sqrtPriceX96) / Q96;
  const end = start * Math.sqrt(ratio);
  const up = ratio > 1;
  const ahead = steps
    .filter(({ tick }) => tick > pool.tick === up)
    .sort((a, b) => (up ? a.tick - b.tick : b.tick - a.tick));
  let [liquidity, root, token0, token1] = [Number(pool.liquidity), start, 0, 0];
  const moveTo = (next: number) => {
    token1 += liquidity * Math.abs(next - root);
    token0 += liquidity * Math.abs(1 / next - 1 / root);
    root = next;
  };
  for (const { tick, net } of ahead) {
    const next = BASE ** (tick / 2);
    if (up ? next >= end : next <= end) break;
    moveTo(next);
    liquidity += up ? Number(net) : -Number(net);
  }
  moveTo(end);
  return { token0, token1 };
}
