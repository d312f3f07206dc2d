import { encodeAbiParameters, hexToBigInt, keccak256, toHex } from 'viem';
import type { Hex, SourceIo } from '../../model/source.ts';
import type { PoolState } from './uniswap_v3_math.ts';

const EXTSLOAD = 'function extsload(bytes32 slot) view returns (bytes32)';
/** Where the PoolManager keeps its pools, and where a pool keeps its parts (v4-core StateLibrary.sol). */
const POOLS = 6n;
const LIQUIDITY = 3n;
const TICKS = 4n;
const BITMAP = 5n;

/** A pool of the PoolManager, by its storage: `extsload` needs no lens contract. */
export function poolStorage(manager: Hex, id: Hex) {
  const base = BigInt(mapped(id, POOLS));
  const load = async (io: SourceIo, slot: Hex) => hexToBigInt(await io.evm.read<Hex>(manager, EXTSLOAD, [slot]));
  const at = memo((offset: bigint) => toHex(base + offset, { size: 32 }));
  const tickSlot = memo((tick: number) => mapped(signed(tick), base + TICKS));
  const wordSlot = memo((word: number) => mapped(signed(word), base + BITMAP));
  return {
    /** `undefined` for a pool that does not exist or has no price yet. */
    state: async (io: SourceIo): Promise<PoolState | undefined> => {
      const [slot0, liquidity] = await Promise.all([load(io, at(0n)), load(io, at(LIQUIDITY))]);
      const sqrtPriceX96 = slot0 & ((1n << 160n) - 1n);
      if (sqrtPriceX96 === 0n) return undefined;
      return { sqrtPriceX96, tick: Number(BigInt.asIntN(24, slot0 >> 160n)), liquidity };
    },
    wordAt: (io: SourceIo, word: number) => load(io, wordSlot(word)),
    /** A tick keeps its gross liquidity in the lower and its net liquidity in the upper half of its first slot. */
    netAt: async (io: SourceIo, tick: number) => BigInt.asIntN(128, (await load(io, tickSlot(tick))) >> 128n),
  };
}

/** Slot of a mapping's value: `keccak256(key . slot)`. */
function mapped(key: Hex, slot: bigint): Hex {
  return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [key, slot]));
}

function signed(value: number): Hex {
  return toHex(BigInt.asUintN(256, BigInt(value)), { size: 32 });
}

/** Hashing a slot costs more than reading it, and the same ones are read at every poll. */
function memo<Key>(make: (key: Key) => Hex): (key: Key) => Hex {
  const known = new Map<Key, Hex>();
  return (key) => {
    const found = known.get(key) ?? make(key);
    if (known.size > 4096) known.clear();
    known.set(key, found);
    return found;
  };
}
