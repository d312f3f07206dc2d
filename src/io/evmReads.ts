import DataLoader from 'dataloader';
import { BlockNotFoundError } from 'viem';
import { getBlock } from 'viem/actions';
import type { LogQuery } from '../model/logs.ts';
import { CallReverted, SourceError, type BlockRef, type BlockTag, type EvmReads, type Hex } from '../model/source.ts';
import { scanLogs, type Scans } from './evmLogs.ts';
import { isRefusal, urlFailure, UrlFailed } from './evmFailure.ts';
import { keyOf, readAll, type Connection, type Item } from './evmMulticall.ts';
import { simulateCall } from './evmSimulate.ts';
import { stateReads } from './evmState.ts';
import { undoneOf } from './evmUndone.ts';

/** Answers that cannot change, by call; kept for the life of the process. */
export type Facts = Map<string, unknown>;

/** Which block a run is pinned to: by its tag, or one whose number others have settled on. */
export type Pin = { readonly blockTag: BlockTag } | { readonly blockNumber: bigint };

/** Reads of one run. `settle` throws if the URL failed in any of them, even if a source hid it. */
export interface Session {
  readonly reads: EvmReads;
  readonly settle: () => Promise<void>;
}

/** Remembers the first failure of the URL and throws it. */
type Fail = (error: unknown) => Error;

/** Pins a block and reads everything at it. */
export async function openSession(
  connection: Connection,
  { facts, scans }: { readonly facts: Facts; readonly scans: Scans },
  pin: Pin,
): Promise<Session> {
  let failed: Error | undefined;
  const fail: Fail = (error) => (failed ??= urlFailure(error, connection));
  const block = await pinned(connection, pin);
  const settle = async (): Promise<void> => {
    if (failed !== undefined) throw failed;
    if (!connection.byHash) await requireSame(connection, block);
  };
  const { chain } = connection;
  const views = viewReads(connection, block, { facts, fail });
  const undone = guard(fail, async (blocks: readonly BlockRef[]) =>
    undoneOf(blocks, { connection, block, read: views.read, facts }),
  );
  const reads = { chain, block, undone, ...views, ...singleReads(connection, block, { facts, scans, fail }) };
  return { reads, settle };
}

async function requireSame({ client, host }: Connection, block: EvmReads['block']): Promise<void> {
  const now = await getBlock(client, { blockNumber: block.number });
  if (now.hash !== block.hash) throw new UrlFailed(`${host} replaced block ${block.number} while it was read.`);
}

function viewReads(
  connection: Connection,
  block: EvmReads['block'],
  { facts, fail }: { readonly facts: Facts; readonly fail: Fail },
): Pick<EvmReads, 'read' | 'fact'> {
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
  return { read, fact };
}

function singleReads(
  connection: Connection,
  block: EvmReads['block'],
  { facts, scans, fail }: { readonly facts: Facts; readonly scans: Scans; readonly fail: Fail },
) {
  let final: Promise<{ number: bigint; timestamp: number }> | undefined;
  const { storage, slots, sender, timeOf } = stateReads(connection, block);
  const guarded = <Args extends readonly unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
    guard(fail, ask);
  const simulate = guarded(async (from: Hex, address: Hex, signature: string, args: readonly unknown[] = []) =>
    simulateCall(connection, block, { from, address, signature, args }),
  );
  return {
    simulate: simulate as EvmReads['simulate'],
    finalized: async () =>
      (final ??= newestFinal(connection).catch((error: unknown) => {
        throw error instanceof SourceError ? error : fail(error);
      })),
    timeOf: guarded(async (number: number): Promise<number> => {
      const key = `time of ${number}`;
      if (!facts.has(key)) facts.set(key, await timeOf(number));
      return facts.get(key) as number;
    }),
    logs: guarded(async (query: LogQuery) => scanLogs({ connection, block }, query, scans)),
    storage: guarded(storage),
    slots: guarded(slots),
    sender: guarded(sender),
  };
}

/** What fails for another reason than what a contract or a source says is the URL's fault. */
function guard<Args extends readonly unknown[], Answer>(fail: Fail, ask: (...args: Args) => Promise<Answer>) {
  return async (...args: Args): Promise<Answer> =>
    ask(...args).catch((error: unknown) => {
      if (error instanceof CallReverted || (error instanceof SourceError && !(error instanceof UrlFailed))) throw error;
      throw fail(error);
    });
}

async function pinned({ client, chain, host }: Connection, pin: Pin): Promise<EvmReads['block']> {
  try {
    const { number, hash, timestamp } = await getBlock(client, pin);
    return { number, hash, timestamp: Number(timestamp) * 1000 };
  } catch (error) {
    const tag = 'blockTag' in pin && pin.blockTag !== 'latest' ? pin.blockTag : undefined;
    if (tag === undefined || !isRefusal(error)) throw error;
    throw new UrlFailed(`${host} refused the block tag "${tag}" of ${chain}.`);
  }
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
