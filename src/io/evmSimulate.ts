import { SourceError, type EvmReads, type Hex } from '../model/source.ts';
import { calldataOf, decodeAnswer, revertOf } from './evmCodec.ts';
import { callFailure, refusalOf } from './evmFailure.ts';
import { blockParameter, type Connection, type Item } from './evmMulticall.ts';

/** A call on behalf of an account. */
interface Simulation extends Item {
  readonly from: Hex;
}

/**
 * Runs one call at the block as `from`.
 * @throws {CallReverted} when the contract reverted. @throws {SourceError} when the node can run no such call.
 * @throws whatever else the node failed with.
 */
export async function simulateCall(
  connection: Connection,
  block: EvmReads['block'],
  { from, ...item }: Simulation,
): Promise<unknown> {
  const { client, chain } = connection;
  const failure = (error: unknown) => callFailure(error as Error, { chain, ...item });
  const call = { from: from.toLowerCase(), to: item.address, data: encode(item, failure) };
  const params = [call, blockParameter(connection, block)] as never;
  const data = await client.request({ method: 'eth_call', params }).catch((error: unknown): never => {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    if (refusal !== 'unrunnable') throw failure(revertOf(item.signature, refusal.data));
    const what = `${chain} cannot run "${item.signature}" of ${item.address} for ${from}: out of gas or an invalid opcode.`;
    throw new SourceError(`${what} Check the address and the holder.`, { retryable: true });
  });
  return decode(item, data, failure);
}

function encode({ signature, args }: Item, failure: (error: unknown) => Error): Hex {
  try {
    return calldataOf(signature, args);
  } catch (error) {
    throw failure(error);
  }
}

function decode({ signature }: Item, data: Hex, failure: (error: unknown) => Error): unknown {
  try {
    return decodeAnswer(signature, data);
  } catch (error) {
    throw failure(error);
  }
}
