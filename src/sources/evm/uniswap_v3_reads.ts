import { CallReverted, SourceError, type Hex, type SourceIo } from '../../model/source.ts';
import type { TickReads } from './concentrated.ts';
import type { PoolState, TickMean } from './uniswap_v3_math.ts';

const SLOT0 = 'function slot0() view returns (uint160, int24, uint16, uint16, uint16, uint8, bool)';
const LIQUIDITY = 'function liquidity() view returns (uint128)';
const OBSERVE = 'function observe(uint32[]) view returns (int56[], uint160[])';
const OBSERVATIONS = 'function observations(uint256) view returns (uint32, int56, uint160, bool)';
const TICK_SPACING = 'function tickSpacing() view returns (int24)';
const TICK_BITMAP = 'function tickBitmap(int16) view returns (uint256)';
const TICKS = 'function ticks(int24) view returns (uint128, int128, uint256, uint256, int56, uint160, uint32, bool)';

/** √price, tick, index of the newest observation, number of observations kept; the rest is not read. */
type Slot0 = readonly [bigint, number, number, number];
type Observation = readonly [number, bigint, bigint, boolean];
type Tick = readonly [bigint, bigint];

export async function poolState(io: SourceIo, pool: Hex): Promise<PoolState> {
  const [[sqrtPriceX96, tick], liquidity] = await Promise.all([
    io.evm.read<Slot0>(pool, SLOT0),
    io.evm.read<bigint>(pool, LIQUIDITY),
  ]);
  if (sqrtPriceX96 > 0n) return { sqrtPriceX96, tick, liquidity };
  throw new SourceError(`Pool ${pool} on ${io.evm.chain} has no price yet. Check \`pool\`.`, { retryable: false });
}

/**
 * The tick accumulator over the last `seconds`. A pool that remembers less reverts with OLD; then the longest window it
 * has is taken, and `undefined` when that is empty.
 */
export async function meanTicks(io: SourceIo, pool: Hex, seconds: number): Promise<TickMean | undefined> {
  const observe = async (window: number): Promise<TickMean> => {
    const [ticks] = await io.evm.read<readonly [readonly [bigint, bigint]]>(pool, OBSERVE, [[window, 0]]);
    return { older: ticks[0], newer: ticks[1], seconds: window };
  };
  try {
    return await observe(Math.floor(seconds));
  } catch (error) {
    if (!(error instanceof CallReverted)) throw error;
    const window = await longestWindow(io, pool);
    return window > 0 ? observe(window) : undefined;
  }
}

/** Observations are a ring: the one after the newest is the oldest, or the first while the ring is not full. */
async function longestWindow(io: SourceIo, pool: Hex): Promise<number> {
  const [, , index, kept] = await io.evm.read<Slot0>(pool, SLOT0);
  const [next, first] = await Promise.all([
    io.evm.read<Observation>(pool, OBSERVATIONS, [BigInt((index + 1) % kept)]),
    io.evm.read<Observation>(pool, OBSERVATIONS, [0n]),
  ]);
  const [oldest] = next[3] ? next : first;
  return io.evm.block.timestamp / 1000 - oldest;
}

/** Where a pool keeps its liquidity, for `liquiditySteps`. */
export function tickReads(pool: Hex): TickReads {
  return {
    spacing: (io) => io.evm.fact<number>(pool, TICK_SPACING),
    wordAt: (io, word) => io.evm.read<bigint>(pool, TICK_BITMAP, [word]),
    netAt: async (io, tick) => (await io.evm.read<Tick>(pool, TICKS, [tick]))[1],
  };
}
