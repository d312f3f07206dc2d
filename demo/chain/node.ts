import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createTestClient,
  getAddress,
  http,
  publicActions,
  TransactionReceiptNotFoundError,
  walletActions,
  type Abi,
  type Address,
  type TransactionReceipt,
} from 'viem';
import { multicall3Creation, type Artifact } from './artifacts.ts';

const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11';

/** A node on this machine mines at once; ms. */
const PATIENCE = 30_000;

/** anvil's first development account; the node signs for it. */
export const OWNER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';

/** A contract that stands on the node. */
export interface Contract {
  readonly address: Address;
  readonly abi: Abi;
}

export interface NodeOptions {
  /** Unix seconds of the genesis block; the chain's time runs on from there. */
  readonly timestamp?: number;
  /** Seconds between blocks; absent: each transaction makes its own block at once. */
  readonly blockTime?: number;
  readonly chainId?: number;
  /** Without it the chain lacks Multicall3, as young chains do. */
  readonly multicall3?: boolean;
}

export type Node = Awaited<ReturnType<typeof startNode>>;

/** Starts anvil on a free loopback port; it ends with `stop` or with this process. */
export async function startNode(options: NodeOptions = {}) {
  const anvil = spawn(binary(), arguments_(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => void anvil.kill('SIGKILL');
  process.once('exit', kill);
  const url = await listening(anvil);
  const client = connect(url);
  if (options.multicall3 !== false) {
    const { data } = await client.call({ data: multicall3Creation() });
    await client.setCode({ address: MULTICALL3, bytecode: data! });
  }
  const stop = async () => {
    process.off('exit', kill);
    if (anvil.exitCode !== null || anvil.signalCode !== null) return;
    const exit = once(anvil, 'exit');
    anvil.kill('SIGTERM');
    await exit;
  };
  return { url, client, pid: anvil.pid!, stop, ...transactions(client) };
}

function connect(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url), account: OWNER, pollingInterval: 5, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}

function transactions(client: ReturnType<typeof connect>) {
  const settle = async (hash: `0x${string}`, what: string) => {
    const receipt = await receiptOf(client, hash);
    if (receipt.status !== 'success') throw new Error(`${what} reverted in block ${receipt.blockNumber}.`);
    return receipt;
  };
  return {
    deploy: async (artifact: Artifact, args: readonly unknown[] = []): Promise<Contract> => {
      const hash = await client.deployContract({ ...artifact, args, chain: null, gas: 15_000_000n });
      const receipt = await settle(hash, 'A deployment');
      return { address: getAddress(receipt.contractAddress!), abi: artifact.abi };
    },
    send: async ({ address, abi }: Contract, functionName: string, args: readonly unknown[] = []): Promise<void> => {
      const hash = await client.writeContract({ address, abi, functionName, args, chain: null, gas: 10_000_000n });
      await settle(hash, functionName);
    },
    read: async <T>({ address, abi }: Contract, functionName: string, args: readonly unknown[] = []): Promise<T> =>
      (await client.readContract({ address, abi, functionName, args })) as T,
    /** Sets the time of the next block; unix seconds, later than the newest block. */
    setTime: (seconds: number) => client.setNextBlockTimestamp({ timestamp: BigInt(seconds) }),
    /** Makes one empty block at that time. */
    mineAt: async (seconds: number): Promise<void> => {
      await client.setNextBlockTimestamp({ timestamp: BigInt(seconds) });
      await client.mine({ blocks: 1 });
    },
  };
}

/**
 * Asks until the receipt is there. viem's own wait looks only when a new block comes, and this chain makes none before the next
 * transaction: a receipt that it misses once, it waits for until its timeout.
 */
async function receiptOf(client: ReturnType<typeof connect>, hash: `0x${string}`): Promise<TransactionReceipt> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(5)) {
    const receipt = await client.getTransactionReceipt({ hash }).catch(ifPending);
    if (receipt !== undefined) return receipt;
  }
  throw new Error(`Transaction ${hash} was not mined within ${PATIENCE / 1000} s.`);
}

function ifPending(error: unknown): undefined {
  if (error instanceof TransactionReceiptNotFoundError) return undefined;
  throw error;
}

function binary(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'));
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const folder = dirname(require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/package.json`));
  return join(folder, 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil');
}

function arguments_({ timestamp, blockTime, chainId }: NodeOptions): string[] {
  return [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    ...(timestamp === undefined ? [] : ['--timestamp', String(timestamp)]),
    ...(blockTime === undefined ? [] : ['--block-time', String(blockTime)]),
    ...(chainId === undefined ? [] : ['--chain-id', String(chainId)]),
  ];
}

async function listening(anvil: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      said += chunk.toString();
      const address = /Listening on ([\d.]+:\d+)/.exec(said)?.[1];
      if (address !== undefined) resolve(`http://${address}`);
    };
    anvil.stdout.on('data', read);
    anvil.stderr.on('data', read);
    anvil.once('error', reject);
    anvil.once('exit', (code) => reject(new Error(`anvil ended with code ${code}: ${said.slice(-500)}`)));
  });
  for (const stream of [anvil.stdout, anvil.stderr]) stream.removeAllListeners('data').resume();
  return url;
}
