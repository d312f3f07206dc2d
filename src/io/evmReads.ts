import DataLoader from 'dataloader';
import { BlockNotFoundError, parseAbi, stringify, type Abi, type Client } from 'viem';
import { getBlock, multicall } from 'viem/actions';
import { SourceError, type EvmReads, type Hex } from '../model/source.ts';
import { callFailure, isRefusal, isWholeCall, urlFailure, UrlFailed, type UrlNames } from './evmFailure.ts';

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

/** Answers that cannot change, by call; kept for the life of the process. */
export type Facts = Map<string, unknown>;

interface Item {
  readonly address: Hex;
  readonly signature: string;
  readonly args: readonly unknown[];
}

/** Reads of one run. `settle` throws if the URL failed in any of them, even if a source hid it. */
export interface Session {
  readonly reads: EvmReads;
  readonly settle: () => Promise<void>;
}

/** Pins the newest block and reads everything at it. */
export async function openSession(connection: Connection, facts: Facts): Promise<Session> {
  const { client, chain } = connection;
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
  let final: Promise<{ number: bigint; timestamp: number }> | undefined;
  const finalized = () =>
    (final ??= newestFinal(connection).catch((error: unknown) => {
      throw error instanceof SourceError ? error : fail(error);
    }));
  const settle = async (): Promise<void> => {
    if (failed !== undefined) throw failed;
    if (connection.byHash) return;
    const now = await getBlock(client, { blockNumber: block.number });
    if (now.hash !== block.hash)
      throw new UrlFailed(`${connection.host} replaced block ${block.number} while it was read.`);
  };
  return { reads: { chain, block, read, fact, finalized }, settle };
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

async function readAll(
  connection: Connection,
  block: EvmReads['block'],
  items: readonly Item[],
): Promise<readonly unknown[]> {
  const { client, multicallAddress, batchBytes, byHash, chain } = connection;
  const results = await multicall(client, {
    contracts: items.map(({ address, signature, args }) => {
      const abi = abiOf(signature);
      return { address: lowered(address) as Hex, abi, functionName: nameOf(abi), args: args.map(lowered) };
    }),
    allowFailure: true,
    batchSize: batchBytes,
    ...(multicallAddress === undefined ? { deployless: true } : { multicallAddress }),
    ...(byHash ? { blockHash: block.hash, requireCanonical: true } : { blockNumber: block.number }),
  });
  return results.map((result, index) => {
    if (result.status === 'success') return result.result;
    if (isWholeCall(result.error, multicallAddress)) throw result.error;
    const { address, signature } = items[index]!;
    return callFailure(result.error, { chain, address, signature });
  });
}

const abis = new Map<string, Abi>();

function abiOf(signature: string): Abi {
  const known = abis.get(signature);
  if (known !== undefined) return known;
  const abi: Abi = parseAbi([signature] as readonly string[]);
  abis.set(signature, abi);
  return abi;
}

function nameOf(abi: Abi): string {
  const [item] = abi;
  return item !== undefined && 'name' in item ? item.name : '';
}

/** viem refuses an address whose capitals are no valid checksum, and one refusal would fail the whole multicall. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value) ? value.toLowerCase() : value;
}

function keyOf({ address, signature, args }: Item): string {
  return `${address.toLowerCase()} ${signature} ${stringify(args)}`;
}
