import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeEventTopics, parseAbiItem, type AbiEvent } from 'viem';

const PAIR = 'event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)';
const ABI = [parseAbiItem(PAIR) as AbiEvent];
const TOPIC = encodeEventTopics({ abi: ABI, eventName: 'PairCreated' })[0];

/** The contract that makes pairs, and the token that one in ten of them has. */
export const FACTORY = '0x00000000000000000000000000000000000fac70';
export const WATCHED = '0x00000000000000000000000000000000000000a1';

export interface LogNodeOptions {
  /** Logs of the whole chain, evenly over its blocks. */
  readonly logs: number;
  readonly blocks: number;
  /** Blocks of one request; more are refused. */
  readonly mostBlocks?: number;
  /** Logs of one answer; more are refused, or cut off in silence. */
  readonly mostLogs?: number;
  readonly cutsOff?: boolean;
}

/** A server that replays the creation logs of a chain as a node would, with a provider's limits. */
export async function startLogNode({
  logs,
  blocks,
  mostBlocks = Infinity,
  mostLogs = 10_000,
  cutsOff,
}: LogNodeOptions) {
  const node = {
    url: '',
    requests: 0,
    head: blocks,
    forkedFrom: Infinity,
    logsFrom: [] as number[],
    stop: async () => {},
  };
  const perBlock = logs / blocks;
  const firstOf = (block: number) => Math.ceil((block - 1) * perBlock);
  const hashOf = (block: number) =>
    `0x${(block >= node.forkedFrom ? 'f' : '0').padEnd(2, '0')}${block.toString(16).padStart(62, '0')}`;
  const blockAt = (number: number) =>
    number > node.head
      ? null
      : { number: hex(number), hash: hashOf(number), timestamp: hex(1_700_000_000 + number * 12) };
  const logsOf = (from: number, to: number) => {
    const found = [];
    for (let block = Math.max(1, from); block <= Math.min(to, node.head); block++) {
      for (let index = firstOf(block); index < firstOf(block + 1); index++)
        found.push(logAt(index, block, hashOf(block)));
    }
    return found;
  };
  const countOf = (from: number, to: number) => firstOf(Math.min(to, node.head) + 1) - firstOf(Math.max(1, from));
  const answers: Readonly<Record<string, (params: readonly never[]) => unknown>> = {
    eth_chainId: () => '0x1',
    eth_getCode: () => '0x01',
    eth_getBlockByNumber: ([at]) => blockAt(at === 'latest' ? node.head : Number(at)),
    eth_getLogs: ([filter]) => {
      const { fromBlock, toBlock } = filter as unknown as { fromBlock: string; toBlock: string };
      const [from, to] = [Number(fromBlock), Number(toBlock)];
      node.logsFrom.push(from);
      if (to - from + 1 > mostBlocks) throw new Error(`block range is too large, at most ${mostBlocks}`);
      if (countOf(from, to) <= mostLogs) return logsOf(from, to);
      if (cutsOff !== true) throw new Error(`query returned more than ${mostLogs} results`);
      return logsOf(from, to).slice(0, mostLogs);
    },
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then(({ id, method, params }) => {
      node.requests += 1;
      response.setHeader('content-type', 'application/json');
      try {
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method]!(params as never) }));
      } catch (error) {
        const message = error instanceof Error ? error.message : '';
        response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_005, message } }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  node.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  node.stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return node;
}

export type LogNode = Awaited<ReturnType<typeof startLogNode>>;

/** Pair of the log with this number. */
export function pairOf(index: number): string {
  return `0x${(index + 1).toString(16).padStart(40, '0')}`;
}

function logAt(index: number, block: number, blockHash: string) {
  const token = index % 10 === 0 ? WATCHED : pairOf(index + 5_000_000);
  return {
    address: FACTORY,
    topics: [TOPIC, word(token), word(pairOf(index + 9_000_000))],
    data: `${word(pairOf(index))}${word(hex(index)).slice(2)}`,
    blockNumber: hex(block),
    blockHash,
    transactionHash: word(pairOf(index)),
    transactionIndex: '0x0',
    logIndex: hex(index % 1000),
    removed: false,
  };
}

function word(address: string): string {
  return `0x${address.slice(2).padStart(64, '0')}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

async function bodyOf(request: IncomingMessage): Promise<{ id: number; method: string; params: readonly unknown[] }> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}
