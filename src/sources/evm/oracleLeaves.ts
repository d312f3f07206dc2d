import { CallReverted, SourceError, type Hex, type SourceIo } from '../../model/source.ts';
import { readRound } from './round.ts';

/** What a price rests on in the end. */
export interface OracleLeaf {
  readonly sort: 'feed' | 'rate' | 'twap' | 'constant' | 'unknown';
  readonly address: Hex;
}

/** A view whose answer is the price. */
export interface PriceCall {
  readonly address: Hex;
  readonly signature: string;
  readonly args?: readonly unknown[];
}

/** An oracle followed to its leaves; without `call` the price is a constant that nobody has to be asked for. */
export interface OracleGraph {
  readonly call: PriceCall | undefined;
  readonly leaves: readonly OracleLeaf[];
}

export const CLASSES = ['feed', 'feed_rate', 'vault_rate', 'twap', 'constant', 'unknown'] as const;
export type OracleClass = (typeof CLASSES)[number];

export const NOBODY: Hex = '0x0000000000000000000000000000000000000000';
const ROUND = 'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)';

/** Leaves that never change say nothing: what is left decides. Nothing left is a constant, and one unknown leaf makes all unknown. */
export function classOf(leaves: readonly OracleLeaf[]): OracleClass {
  const sorts = new Set(leaves.map(({ sort }) => sort));
  if (sorts.has('unknown')) return 'unknown';
  if (sorts.has('twap')) return 'twap';
  if (sorts.has('feed')) return sorts.has('rate') ? 'feed_rate' : 'feed';
  return sorts.has('rate') ? 'vault_rate' : 'constant';
}

/** A feed is one only if its answer rests on storage: a contract that answers a number out of its code is a constant. */
export async function feedLeaf(io: SourceIo, address: Hex): Promise<OracleLeaf> {
  const answers = await orNone(io.evm.read(address, ROUND));
  if (answers === undefined) return { sort: 'unknown', address };
  const slots = await io.evm.slots(address, ROUND);
  return { sort: slots === 0 ? 'constant' : 'feed', address };
}

/** A contract of an unknown sort: a constant when its price call touches no storage. */
export async function probedLeaf(io: SourceIo, { address, signature, args }: PriceCall): Promise<OracleLeaf> {
  const slots = await orNone(io.evm.slots(address, signature, args));
  return { sort: slots === 0 ? 'constant' : 'unknown', address };
}

/** s: age of the oldest round among the feeds; `undefined` without a feed that tells one. */
export async function oldestRound(io: SourceIo, leaves: readonly OracleLeaf[]): Promise<number | undefined> {
  const feeds = leaves.filter(({ sort }) => sort === 'feed');
  const rounds = await Promise.all(feeds.map(async ({ address }) => orNone(readRound(io, address))));
  const ages = rounds.flatMap((round) => round?.age ?? []);
  return ages.length === 0 ? undefined : Math.max(...ages);
}

/** What a contract does not offer, by a revert, by an empty answer or by one of another type. */
export async function orNone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof CallReverted || (error instanceof SourceError && !error.retryable)) return undefined;
    throw error;
  }
}
