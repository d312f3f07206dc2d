import DataLoader from 'dataloader';
import { BlockNotFoundError } from 'viem';
import { getBlock } from 'viem/actions';
import { CallReverted, SourceError, type EvmReads, type Hex } from '../model/source.ts';
import { isRefusal, urlFailure, UrlFailed } from './evmFailure.ts';
import { keyOf, readAll, type Connection, type Item } from './evmMulticall.ts';
import { simulateCall } from './evmSimulate.ts';

/** Answers that cannot change, by call; kept for the life of the process. */
export type Facts = Map<string, unknown>;

/** Reads of one run. `settle` throws if the URL failed in any of them, even if a source hid it. */
export interface Session {
  readonly reads: EvmReads;
  readonly settle: () => Promise<void>;
}

/** Pins the newest block and reads everything at it. */
export async function openSession(connection: Connection, facts: Facts): Promise<Session> {
  const { chain } = connection;
  let failed: Error | undefined;
  const fail = (error: unknown): Error => (failed ??= urlFailure(error, connection));
  const block = await newest(connection);
  const loader = new DataLoader<Item, unknown, string>(
    async (items) => {
      const answers = await readAll(connection, block, items).catch((error: unknown) => {
        throw fail(error);
      });
      return answers;
    },
    { cacheKeyFn: keyOf },
  );
  const read = <T>(address: Hex, signature: string, args: readonly unknown[] = []) =>
    loader.load({ address, signature, args }) as Promise<T>;
  const fact = async <T>(address: Hex, signature: string, args: readonly unknown[] = []): Promise<T> => {
    const key = keyOf({ address, signature, args });
    if (!facts.has(key)) facts.set(key, await read(address, signature, args));
    return facts.get(key) as T;
  };
  const simulate = async <T>(from: Hex, address: Hex, signature: string, args: readonly unknown[] = []): Promise<T> => {
    const answer = await simulateCall(connection, block, { from, address, signature, args }).catch((error: unknown) => {
      throw error instanceof SourceError || error instanceof CallReverted ? error : fail(error);
    });
    return answer as T;
  };
  let final: Promise<{ number: bigint; timestamp: number }> | undefined;
  const finalized = () =>
    (final ??= newestFinal(connection).catch((error: unknown) => {
      throw error instanceof SourceError ? error : fail(error);
    }));
  const settle = async (): Promise<void> => {
    if (failed !== undefined) throw failed;
    if (!connection.byHash) await requireSame(connection, block);
  };
  return { reads: { chain, block, read, fact, simulate, finalized }, settle };
}

async function requireSame({ client, host }: Connection, block: EvmReads['block']): Promise<void> {
  const now = await getBlock(client, { blockNumber: block.number });
  if (now.hash !== block.hash) throw new UrlFailed(`${host} replaced block ${block.number} while it was read.`);
}

async function newest({ client }: Connection): Promise<EvmReads['block']> {
  const { number, hash, timestamp } = await getBlock(client, { blockTag: 'latest' });
  return { number, hash, timestamp: Number(timestamp) * 1000 };
}

async function newestFinal(connection: Connection): Promise<{ number: bigint; timestamp: number }> {
  try {
    const { number, timestamp } = await getBlock(connection.client, { blockTag: 'finalized' });
    return { number, timestamp: Number(timestamp) * 1000 };
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof BlockNotFoundError)) throw error;
    const what = `${connection.host} refused the block tag "finalized" of ${connection.chain}.`;
    throw new SourceError(`${what} Turn it off where the chain has no finality.`, { retryable: false });
  }
}
