import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amountsTo,
  meanRatio,
  spotRatio,
  ticksOf,
  ticksWithin,
  wordsOf,
} from '../../../src/sources/evm/uniswap_v3_math.ts';

const ticks = fc.integer({ min: -800_000, max: 800_000 });
const spacings = fc.constantFrom(1, 10, 60, 200);
const liquidities = fc.bigInt({ min: 1n, max: 10n ** 24n });

const poolAt = (tick: number, liquidity: bigint) => ({
  sqrtPriceX96: BigInt(Math.floor(1.0001 ** (tick / 2) * 2 ** 96)),
  tick,
  liquidity,
});

describe('ticksOf', () => {
  it('finds each initialised tick of a range exactly once', () => {
    fc.assert(
      fc.property(ticks, spacings, fc.array(fc.integer({ min: -300, max: 300 })), (tick, spacing, offsets) => {
        const range = ticksWithin(tick, 0.02);
        const wanted = [...new Set(offsets.map((offset) => (Math.floor(tick / spacing) + offset) * spacing))];
        const words = new Map<number, bigint>();
        for (const each of wanted) {
          const index = each / spacing;
          words.set(index >> 8, (words.get(index >> 8) ?? 0n) | (1n << BigInt(index & 255)));
        }
        const found = wordsOf(range, spacing).flatMap((word) =>
          ticksOf(word, words.get(word) ?? 0n, { spacing, range }),
        );
        const inRange = wanted.filter((each) => each >= range.from && each <= range.to);
        expect(found).toEqual(inRange.sort((a, b) => a - b));
      }),
    );
  });
});

describe('amountsTo', () => {
  it('trades at prices between the present one and the last', () => {
    const ratios = fc.constantFrom(0.98, 0.99, 1.01, 1.02);
    fc.assert(
      fc.property(fc.integer({ min: -200_000, max: 200_000 }), liquidities, ratios, (tick, liquidity, ratio) => {
        const pool = poolAt(tick, liquidity);
        const { token0, token1 } = amountsTo(pool, [], ratio);
        const paid = token1 / token0 / spotRatio(pool.sqrtPriceX96);
        expect(paid).toBeGreaterThan(Math.min(1, ratio) * 0.999_999);
        expect(paid).toBeLessThan(Math.max(1, ratio) * 1.000_001);
      }),
    );
  });

  it('trades nothing beyond the tick where all liquidity ends', () => {
    fc.assert(
      fc.property(liquidities, fc.integer({ min: 1, max: 150 }), (liquidity, width) => {
        const pool = poolAt(0, liquidity);
        const edges = [
          { tick: -width, net: liquidity },
          { tick: width, net: -liquidity },
        ];
        const within = Number(liquidity) * (1 - 1.0001 ** (-width / 2));
        expect(amountsTo(pool, edges, 0.98).token1 / within).toBeCloseTo(1, 9);
        const above = Number(liquidity) * (1.0001 ** (width / 2) - 1);
        expect(amountsTo(pool, edges, 1.02).token1 / above).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('meanRatio', () => {
  it('of a price that stood still is that price', () => {
    fc.assert(
      fc.property(ticks, fc.integer({ min: 1, max: 86_400 }), (tick, seconds) => {
        const newer = BigInt(tick) * BigInt(seconds) + 77n;
        expect(meanRatio({ older: 77n, newer, seconds }) / 1.0001 ** tick).toBeCloseTo(1, 9);
      }),
    );
  });
});
