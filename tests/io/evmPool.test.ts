import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeAbiParameters, type Hex } from 'viem';
import { startNode, type Contract, type Node } from '../../demo/chain/node.ts';
import { compiled } from '../../demo/chain/artifacts.ts';
import { createEvmChain } from '../../src/io/evm.ts';
import { createBudgets } from '../../src/io/evmBudget.ts';
import type { ChainConfig } from '../../src/model/config.ts';
import { Secret } from '../../src/model/secret.ts';
import { CallReverted, SourceError, type EvmReads } from '../../src/model/source.ts';
import * as fault from './evmProxy.ts';

const TOTAL_SUPPLY = 'function totalSupply() view returns (uint256)';
const PAUSED = 'function paused() view returns (bool)';
const NOPE = 'function nope() view returns (uint256)';
const never = new AbortController().signal;

let node: Node;
let token: Contract;
let vault: Contract;
let proxies: fault.Proxy[];
let now: number;

beforeAll(async () => {
  node = await startNode({ chainId: 1 });
  token = await node.deploy(compiled().Token, ['Six', 'SIX', 6]);
  vault = await node.deploy(compiled().Vault, [token.address, 'Vault', 'VLT']);
  await node.send(token, 'mint', [token.address, 5_000_000n]);
  await node.client.mine({ blocks: 100, interval: 12 });
});

afterAll(() => node.stop());

beforeEach(async () => {
  proxies = await Promise.all([1, 2, 3].map(async () => fault.startProxy(node.url)));
  now = 0;
});

afterEach(async () => {
  await Promise.all(proxies.map(async (proxy) => proxy.stop()));
});

function chainOf(count: number, more: Partial<ChainConfig> = {}, budgets = createBudgets()) {
  const rpc = proxies.slice(0, count).map(({ url }) => new Secret(url));
  const config: ChainConfig = { name: 'ethereum', kind: 'evm', id: 1, rpc, batchBytes: 16_384, timeout: 1000, ...more };
  return createEvmChain(config, { machineNow: () => now, budgets });
}

const supply = (reads: EvmReads) => reads.read<bigint>(token.address, TOTAL_SUPPLY);
const hostOf = (proxy: fault.Proxy) => new URL(proxy.url).host;
const errorOf = async (run: Promise<unknown>): Promise<unknown> => run.catch((error: unknown) => error);

/** Answers every multicall of one view with this instead. */
function claims(value: Hex, success = true): fault.Fault {
  const result = encodeAbiParameters([{ type: 'tuple[]', components: [{ type: 'bool' }, { type: 'bytes' }] }], [
    [[success, value]],
  ] as never);
  return fault.only('eth_call', fault.answersResult(result));
}
const uint = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value]);

const both = (reads: EvmReads) => Promise.all([supply(reads), reads.read<boolean>(vault.address, PAUSED)]);
const nope = (reads: EvmReads) => reads.read(token.address, NOPE);

/** Answers with this block, whichever was asked for. */
function answerBlock(number: bigint): fault.Fault {
  return (body, response) => {
    const ask = {
      jsonrpc: '2.0',
      id: body.id,
      method: 'eth_getBlockByNumber',
      params: [`0x${number.toString(16)}`, false],
    };
    void fetch(node.url, { method: 'POST', body: JSON.stringify(ask), headers: { 'content-type': 'application/json' } })
      .then(async (answer) => answer.text())
      .then((text) => response.setHeader('content-type', 'application/json').end(text));
    return true;
  };
}

/** Shows the chain as it stood so many blocks ago. */
const lagging = (blocks: bigint): fault.Fault => {
  return (body, response) => {
    if (body.method !== 'eth_getBlockByNumber' || body.params?.[0] !== 'latest') return false;
    void node.client.getBlockNumber().then((head) => answerBlock(head - blocks)(body, response));
    return true;
  };
};

describe('a node that fails', () => {
  it.each<[string, fault.Fault]>([
    ...[401, 403, 408, 413, 429, 500, 502, 503, 504].map((status): [string, fault.Fault] => [
      `HTTP ${status}`,
      fault.answers(status, '{"error":"no"}'),
    ]),
    ['HTML with 200', fault.answers(200, '<html>blocked</html>', 'text/html')],
    ['an empty body', fault.answers(200)],
    ['a dropped socket', fault.drops],
    ['a hang', fault.hangs],
    ...[-32_000, -32_001, -32_002, -32_005, -32_007, -32_601, -32_603, -1, 429].map((code): [string, fault.Fault] => [
      `JSON-RPC error ${code}`,
      fault.answersError(code, 'upstream does not have the requested block yet'),
    ]),
    ['-32000 header not found', fault.answersError(-32_000, 'header not found')],
    ['-32000 out of gas', fault.answersError(-32_000, 'out of gas')],
    ['execution reverted for the whole multicall', fault.answersError(3, 'execution reverted')],
    ['nothing', fault.answersResult('0x')],
    ['null', fault.answersResult(null)],
    ['half a word', fault.answersResult('0x0000000000000000000000000000000000000000000000000000000000000020')],
    ['an answer for no call', fault.answersResult(`${uint(32n)}${'0'.repeat(64)}`)],
  ])('by %s is neither a revert, nor a pause, nor a zero', async (_, broken) => {
    proxies[0]!.fault = fault.only('eth_call', broken);
    const chain = chainOf(1, { timeout: 200 });
    const error = await errorOf(chain.run(both, never));
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ retryable: true });
    expect(chain.health()[0]!.state).toBe('failing');
  });
});

async function scan(reads: EvmReads): Promise<readonly number[]> {
  const event = 'event Transfer(address indexed from, address indexed to, uint256 value)';
  const scanned = await reads.logs({ address: token.address, event, from: 0, keysOf: () => ['transfer'] });
  return [scanned.unscanned, await scanned.count('transfer')];
}

describe('a node that fails while logs are scanned', () => {
  it.each<[string, fault.Fault]>([
    ['HTTP 500', fault.answers(500)],
    ['HTTP 429', fault.answers(429)],
    ['HTML with 200', fault.answers(200, '<html>blocked</html>', 'text/html')],
    ['a dropped socket', fault.drops],
    ['a hang', fault.hangs],
    ['-32603', fault.answersError(-32_603, 'upstream does not have the requested block yet')],
    ['-32005', fault.answersError(-32_005, 'limit exceeded')],
    ['null', fault.answersResult(null)],
    ['a log of another event', fault.answersResult([{ topics: ['0x01'], data: '0x', blockNumber: '0x1' }])],
  ])('by %s has scanned nothing, and misses nothing afterwards', async (_, broken) => {
    proxies[0]!.fault = fault.only('eth_getLogs', broken);
    const chain = chainOf(1, { timeout: 200 });
    expect(await errorOf(chain.run(scan, never))).toBeInstanceOf(SourceError);
    proxies[0]!.fault = fault.healthy;
    now += 10 * 60_000;
    expect(await chain.run(scan, never)).toEqual([0, 1]);
  });
});

describe('a node that lags', () => {
  it('is passed over once another one showed a newer block', async () => {
    proxies[0]!.fault = lagging(20n);
    const chain = chainOf(2);
    const blockOf = async () => chain.run(async (reads) => reads.block.number, never);
    await blockOf();
    await expect.poll(() => chain.health()[1]!.state).toBe('ok');
    await expect.poll(async () => blockOf()).toBe(await node.client.getBlockNumber());
    expect(chain.health()[0]).toMatchObject({
      state: 'failing',
      why: expect.stringMatching(/stands at block \d+, 4m(?:\d+s)? behind another node\./),
    });
  });

  it('is good enough a few seconds behind, and when no other one answers', async () => {
    proxies[0]!.fault = lagging(3n);
    const chain = chainOf(2);
    const blockOf = async () => chain.run(async (reads) => reads.block.number, never);
    const head = await node.client.getBlockNumber();
    await blockOf();
    await expect.poll(() => chain.health()[1]!.state).toBe('ok');
    expect(await blockOf()).toBe(head - 3n);
    proxies[0]!.fault = lagging(20n);
    proxies[1]!.fault = fault.drops;
    now += 10 * 60_000;
    expect(await blockOf()).toBe(head - 20n);
  });
});

describe('a quorum', () => {
  const two = { quorum: 2 } as const;

  it('takes what two nodes say alike', async () => {
    expect(await chainOf(2).run(supply, never, two)).toBe(5_000_000n);
    expect(proxies.map(({ methods }) => methods.filter((method) => method === 'eth_call').length)).toEqual([1, 1, 0]);
  });

  it('asks the third when two disagree', async () => {
    proxies[0]!.fault = claims(uint(1n));
    expect(await chainOf(3).run(supply, never, two)).toBe(5_000_000n);
  });

  it('makes a value unknown, and no other one, when two disagree and nobody else is there', async () => {
    proxies[1]!.fault = claims(uint(0n));
    const error = await errorOf(chainOf(2).run(supply, never, two));
    expect(error).toBeInstanceOf(SourceError);
    expect((error as Error).message).toMatch(
      /^Nodes disagree about totalSupply\(\) of 0x\w+ on ethereum at block \d+ \(/,
    );
    expect((error as Error).message).toContain(`${hostOf(proxies[0]!)}: is "5000000`);
  });

  it('never takes one node’s word that a view reverts', async () => {
    proxies[0]!.fault = claims('0x', false);
    expect(await errorOf(chainOf(2).run(supply, never, two))).toMatchObject({ name: 'SourceError' });
    proxies[0]!.fault = fault.healthy;
    expect(await errorOf(chainOf(2).run(nope, never, two))).toBeInstanceOf(CallReverted);
  });

  it('replaces a node that fails, and says when too few are left', async () => {
    proxies[0]!.fault = fault.answers(500);
    const chain = chainOf(3);
    expect(await chain.run(supply, never, two)).toBe(5_000_000n);
    proxies[1]!.fault = fault.only('eth_call', fault.answersError(-32_603, 'broken'));
    expect(await errorOf(chain.run(supply, never, two))).toMatchObject({
      name: 'SourceError',
      message: expect.stringMatching(/^No RPC URL of "ethereum" is usable\. /),
    });
  });

  it('says that nodes are on different forks', async () => {
    const other = await startNode({ chainId: 1 });
    try {
      await other.client.mine({ blocks: 103, interval: 12 });
      const rpc = [proxies[0]!.url, other.url].map((url) => new Secret(url));
      const error = await errorOf(chainOf(2, { rpc }).run(supply, never, two));
      expect((error as Error).message).toMatch(
        /^Nodes of "ethereum" disagree about block \d+: .* has 0x\w+…, .* is on a fork\.$/,
      );
    } finally {
      await other.stop();
    }
  });

  it('reads at a block that all of them have', async () => {
    let asked = 0;
    proxies[1]!.fault = (body, response) => {
      return body.params?.[0] === 'latest' && asked++ <= 1 && answerBlock(0x50n)(body, response);
    };
    const chain = chainOf(2, { maxLag: 3_600_000 });
    expect(await chain.run(async (reads) => reads.block.number, never, two)).toBe(0x50n);
  });
});

describe('a block tag', () => {
  it.each([
    ['latest', 0n],
    ['safe', 32n],
    ['finalized', 64n],
  ] as const)('reads at %s', async (at, behind) => {
    const head = await node.client.getBlockNumber();
    expect(await chainOf(1).run(async (reads) => reads.block.number, never, { at })).toBe(head - behind);
  });

  it('is told when the node does not know it', async () => {
    proxies[0]!.fault = (body, response) =>
      body.params?.[0] === 'safe' && fault.answersError(-32_602, 'unknown block tag')(body, response);
    expect(await errorOf(chainOf(1).run(supply, never, { at: 'safe' }))).toMatchObject({
      message: expect.stringMatching(/refused the block tag "safe" of ethereum/),
    });
  });
});

describe('a budget', () => {
  it('holds back what is beyond the calls a second of a provider', async () => {
    const chain = chainOf(1, { callsPerSecond: 10 });
    const startedAt = performance.now();
    for (let poll = 0; poll < 12; poll++) await chain.run(supply, never);
    // 3 + 2 × 12 requests, 20 of them at once.
    expect(proxies[0]!.methods.length).toBe(27);
    expect(performance.now() - startedAt).toBeGreaterThan(500);
  });

  it('sends what would wait too long to the next node', async () => {
    const chain = chainOf(2, { callsPerSecond: 0.5, timeout: 100 });
    expect(await chain.run(supply, never).catch(() => undefined)).toBeUndefined();
    expect(chain.health()[0]!.why).toMatch(/has no call left of its 0\.5 a second\./);
    expect(proxies[1]!.methods.length).toBeGreaterThan(0);
  });

  it('leaves a provider alone for as long as it asks', async () => {
    proxies[0]!.fault = (body, response) => {
      response.writeHead(429, { 'retry-after': '30' }).end();
      return body.method !== '';
    };
    const chain = chainOf(2, { timeout: 300 });
    expect(await chain.run(supply, never)).toBe(5_000_000n);
    const asked = proxies[0]!.methods.length;
    now += 20_000;
    expect(await chain.run(supply, never)).toBe(5_000_000n);
    expect(proxies[0]!.methods.length).toBe(asked);
  });
});

describe('state beside the views', () => {
  it('reads storage and counts the slots that a view touches', async () => {
    const seen = await chainOf(1).run(
      async (reads) => ({
        supply: await reads.storage(token.address, '0x2'),
        touched: await reads.slots(token.address, TOTAL_SUPPLY),
        constant: await reads.slots(token.address, 'function decimals() view returns (uint8)'),
      }),
      never,
    );
    expect(seen).toEqual({ supply: uint(5_000_000n), touched: 1, constant: 0 });
    expect(await errorOf(chainOf(1).run((reads) => reads.slots(token.address, NOPE), never))).toBeInstanceOf(
      CallReverted,
    );
  });

  it('knows nothing of slots where the node offers no access lists', async () => {
    proxies[0]!.fault = fault.only('eth_createAccessList', fault.answersError(-32_601, 'method not found'));
    const chain = chainOf(1);
    expect(await chain.run((reads) => reads.slots(token.address, TOTAL_SUPPLY), never)).toBeUndefined();
    expect(chain.health()[0]!.state).toBe('ok');
  });
});
