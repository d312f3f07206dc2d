import { BlockNotFoundError, toHex, type Client } from 'viem';
import { getBlock } from 'viem/actions';
import { CallReverted, SourceError, type EvmReads, type Hex } from '../model/source.ts';
import { calldataOf } from './evmCodec.ts';
import { isRefusal, refusalOf } from './evmFailure.ts';
import { blockParameter, type Connection } from './evmMulticall.ts';

type StateReads = Pick<EvmReads, 'storage' | 'slots' | 'sender' | 'timeOf'>;
type Ask = (request: { method: string; params: readonly unknown[] }) => ReturnType<Client['request']>;

interface AccessList {
  readonly accessList: readonly { readonly storageKeys: readonly Hex[] }[];
  readonly error?: string;
}

const NOBODY: Hex = '0x0000000000000000000000000000000000000000';

/** What no multicall can ask: storage, the slots that a view touches, who sent a transaction. */
export function stateReads(connection: Connection, block: EvmReads['block']): StateReads {
  const { client, chain } = connection;
  const ask = <T>(method: string, params: readonly unknown[]) =>
    (client.request as Ask)({ method, params }) as Promise<T>;
  const accessList = async (address: Hex, data: Hex): Promise<AccessList | undefined> => {
    try {
      const call = { from: NOBODY, to: address.toLowerCase(), data };
      return await ask<AccessList>('eth_createAccessList', [call, toHex(block.number)]);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined && refusal !== 'unrunnable') return { accessList: [], error: 'reverted' };
      if (isRefusal(error)) return undefined;
      throw error;
    }
  };
  return {
    storage: async (address, slot) => ask('eth_getStorageAt', [address, slot, blockParameter(connection, block)]),
    timeOf: async (number) => {
      try {
        return Number((await getBlock(client, { blockNumber: BigInt(number) })).timestamp) * 1000;
      } catch (error) {
        if (!(error instanceof BlockNotFoundError)) throw error;
        const what = `The node of ${chain} at block ${block.number} does not have block ${number}.`;
        throw new SourceError(`${what} It lags, or a reorganisation undid the block.`, { retryable: true });
      }
    },
    sender: async (hash) => (await ask<{ from: Hex } | null>('eth_getTransactionByHash', [hash]))?.from,
    slots: async (address, signature, args = []) => {
      const list = await accessList(address, calldataOf(signature, args));
      if (list?.error !== undefined) throw new CallReverted(`"${signature}" of ${address} on ${chain} reverted.`);
      return list?.accessList.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0);
    },
  };
}
