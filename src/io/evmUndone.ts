import { BlockNotFoundError } from 'viem';
import { getBlock } from 'viem/actions';
import { SourceError, type BlockRef, type EvmReads, type Hex } from '../model/source.ts';
import { isRefusal } from './evmFailure.ts';
import type { Connection } from './evmMulticall.ts';
import type { Facts } from './evmReads.ts';

/** Blocks whose hashes are asked for in the multicall, where they cost no request. */
const FREE = 8;
/** Most blocks that the node is asked for in one poll; after a deep reorganisation the rest is found by the next polls. */
const MOST_ASKED = 8;
/** The EVM knows the hashes of so many blocks before its own. */
const REACH = 256;

const BLOCK_NUMBER = 'function getBlockNumber() view returns (uint256)';
const BLOCK_HASH = 'function getBlockHash(uint256) view returns (bytes32)';
/** The fact that the EVM of this chain says other hashes than its node. */
const DIFFERS = 'block hashes of the EVM differ';

interface View {
  readonly connection: Connection;
  readonly block: EvmReads['block'];
  readonly read: EvmReads['read'];
  readonly facts: Facts;
}

/**
 * Those of these blocks that the pinned block does not stand on. The newest that it stands on answers for all before it; beyond what
 * the multicall tells, that is one request, and one more for each block that is undone, up to `MOST_ASKED`. What the node does not have
 * is not among them.
 */
export async function undoneOf(blocks: readonly BlockRef[], view: View): Promise<readonly BlockRef[]> {
  const own = Number(view.block.number);
  const past = blocks.filter(({ block }) => block <= own).toSorted((a, b) => b.block - a.block);
  const told = await hashesInEvm(past, view);
  const undone: BlockRef[] = [];
  let stands = false;
  let asked = 0;
  for (const each of past) {
    const free = each.block === own ? view.block.hash : told.get(each.block);
    if (free === undefined && stands) break;
    if (free !== each.hash && asked++ === MOST_ASKED) break;
    const hash = free === each.hash ? free : await hashOf(each.block, view);
    if (hash === undefined) break;
    if (hash !== each.hash) {
      undone.push(each);
      continue;
    }
    stands = true;
    if (free !== undefined && free !== hash) view.facts.set(DIFFERS, true);
  }
  return undone;
}

/** By block. Empty where the EVM counts other blocks than the node, as on Arbitrum. */
async function hashesInEvm(past: readonly BlockRef[], view: View): Promise<ReadonlyMap<number, Hex>> {
  const { connection, block, read, facts } = view;
  const { multicallAddress: multicall } = connection;
  const own = Number(block.number);
  const near = [...new Set(past.map((each) => each.block))].filter((each) => each < own && own - each <= REACH);
  if (multicall === undefined || near.length === 0 || facts.has(DIFFERS)) return new Map();
  try {
    const [number, ...hashes] = await Promise.all([
      read<bigint>(multicall, BLOCK_NUMBER),
      ...near.slice(0, FREE).map(async (each) => read<Hex>(multicall, BLOCK_HASH, [BigInt(each)])),
    ]);
    if (number !== block.number) return new Map();
    const known = hashes.map((hash, index) => [near[index]!, hash] as const);
    return new Map(known.filter(([, hash]) => BigInt(hash) !== 0n));
  } catch (error) {
    if (error instanceof SourceError) return new Map();
    throw error;
  }
}

async function hashOf(number: number, { connection, block }: View): Promise<Hex | undefined> {
  if (BigInt(number) === block.number) return block.hash;
  try {
    return (await getBlock(connection.client, { blockNumber: BigInt(number) })).hash;
  } catch (error) {
    if (error instanceof BlockNotFoundError || isRefusal(error)) return undefined;
    throw error;
  }
}
