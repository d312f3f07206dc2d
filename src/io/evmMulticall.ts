import { toHex, type Client } from 'viem';
import { multicall } from 'viem/actions';
import type { EvmReads, Hex } from '../model/source.ts';
import {
  argumentsKey,
  calldataOf,
  decodeAnswer,
  decodeBatch,
  encodeBatch,
  lowered,
  revertOf,
  signatureOf,
  type Call,
  type Outcome,
} from './evmCodec.ts';
import { callFailure, isWholeCall, type UrlNames } from './evmFailure.ts';

/** What a run needs to know of the URL it reads through. */
export interface Connection extends UrlNames {
  readonly client: Client;
  readonly chain: string;
  /** Bytes of calldata in one multicall. */
  readonly batchBytes: number;
  /** Absent: the chain has no Multicall3, whose code then travels with each call. */
  readonly multicallAddress: Hex | undefined;
  /** The node can read at a block's hash (EIP-1898), which fails after a reorg instead of mixing two chains. */
  readonly byHash: boolean;
}

/** One call that is asked for. */
export interface Item {
  readonly address: Hex;
  readonly signature: string;
  readonly args: readonly unknown[];
}

export function keyOf({ address, signature, args }: Item): string {
  return `${address.toLowerCase()} ${signature} ${argumentsKey(args)}`;
}

/** Most reads of one multicall: nodes cap the gas of a call, often at 50 million. */
const MOST_READS = 500;
/** Reads that a simulated trade counts for. */
const HEAVY = 12;

/** The block as a node's parameter: by hash where it can, so that a reorg fails the call instead of mixing two chains. */
export function blockParameter({ byHash }: Connection, block: EvmReads['block']): unknown {
  return byHash ? { blockHash: block.hash, requireCanonical: true } : toHex(block.number);
}

/**
 * Answers in the order of `items`, each a value or the error of that call alone.
 * @throws when the node failed: that says nothing of any contract.
 */
export async function readAll(
  connection: Connection,
  block: EvmReads['block'],
  items: readonly Item[],
): Promise<readonly unknown[]> {
  const { multicallAddress: to, client, chain, batchBytes } = connection;
  if (to === undefined) return readWithoutMulticall(connection, block, items);
  const at = blockParameter(connection, block);
  const answers: unknown[] = Array.from({ length: items.length });
  const ask = async (batch: readonly Prepared[]): Promise<void> => {
    const params = [{ to, data: encodeBatch(batch) }, at] as never;
    const outcomes = decodeBatch(await client.request({ method: 'eth_call', params }), batch.length);
    const doubtful = batch.filter((each, place) => {
      const outcome = outcomes[place]!;
      if (batch.length > 1 && isDoubtful(outcome, `${chain} ${keyOf(each.item)}`)) return true;
      answers[each.index] = answerOf(chain, each.item, outcome);
      return false;
    });
    await Promise.all(doubtful.map((each) => ask([each])));
  };
  const prepared = items.flatMap((item, index): Prepared | [] => {
    try {
      return { item, index, target: item.address, data: calldataOf(item.signature, item.args) };
    } catch (error) {
      answers[index] = callFailure(error as Error, { chain, ...item });
      return [];
    }
  });
  await Promise.all(batchesOf(prepared, batchBytes).map(ask));
  return answers;
}

/** A call of a multicall, and the place of its answer. */
interface Prepared extends Call {
  readonly item: Item;
  readonly index: number;
}

function batchesOf(calls: readonly Prepared[], batchBytes: number): readonly (readonly Prepared[])[] {
  const batches: Prepared[][] = [];
  let [bytes, reads] = [Infinity, Infinity];
  for (const call of calls) {
    const size = call.data.length / 2 - 1;
    const weight = signatureOf(call.item.signature).heavy ? HEAVY : 1;
    if (bytes + size > batchBytes || reads + weight > MOST_READS) {
      batches.push([]);
      [bytes, reads] = [0, 0];
    }
    batches.at(-1)!.push(call);
    bytes += size;
    reads += weight;
  }
  return batches;
}

/** Calls that revert without a reason even when asked alone. */
const bare = new Set<string>();
const MOST_BARE = 50_000;

/**
 * A call that ran out of the multicall's gas looks like one that reverted without a reason. It is asked again alone,
 * once in the life of the process unless it answers in between.
 */
function isDoubtful({ success, data }: Outcome, key: string): boolean {
  if (success) bare.delete(key);
  if (success || data !== '0x' || bare.has(key)) return false;
  if (bare.size >= MOST_BARE) bare.clear();
  bare.add(key);
  return true;
}

function answerOf(chain: string, item: Item, { success, data }: Outcome): unknown {
  try {
    if (success) return decodeAnswer(item.signature, data);
    return callFailure(revertOf(item.signature, data), { chain, ...item });
  } catch (error) {
    return callFailure(error as Error, { chain, ...item });
  }
}

/** viem carries Multicall3's code to chains that lack it. */
async function readWithoutMulticall(
  connection: Connection,
  block: EvmReads['block'],
  items: readonly Item[],
): Promise<readonly unknown[]> {
  const { client, batchBytes, byHash, chain } = connection;
  const results = await multicall(client, {
    contracts: items.map(({ address, signature, args }) => {
      const { abi } = signatureOf(signature);
      return { address: lowered(address) as Hex, abi: [abi], functionName: abi.name, args: args.map(lowered) };
    }),
    allowFailure: true,
    batchSize: batchBytes,
    deployless: true,
    ...(byHash ? { blockHash: block.hash, requireCanonical: true } : { blockNumber: block.number }),
  });
  return results.map((result, index) => {
    if (result.status === 'success') return result.result;
    if (isWholeCall(result.error)) throw result.error;
    return callFailure(result.error, { chain, ...items[index]! });
  });
}
