import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startNode, type Contract, type Node } from '../../demo/chain/node.ts';
import { compiled } from '../../demo/chain/artifacts.ts';
import { createEvmChain, type RpcRequest } from '../../src/io/evm.ts';
import type { ChainConfig } from '../../src/model/config.ts';
import { Secret } from '../../src/model/secret.ts';
import { CallReverted, SourceError, type EvmReads, type Hex } from '../../src/model/source.ts';
import * as fault from './evmProxy.ts';

const TOTAL_SUPPLY = 'function totalSupply() view returns (uint256)';
const BALANCE_OF = 'function balanceOf(address) view returns (uint256)';
const DECIMALS = 'function decimals() view returns (uint8)';
const KEY = 'k3y-0123456789abcdef';
const never = new AbortController().signal;

let node: Node;
let token: Contract;
let first: fault.Proxy;
let second: fault.Proxy;
let now: number;

beforeAll(async () => {
  node = await startNode({ chainId: 1 });
  token = await node.deploy(compiled().Token, ['Six', 'SIX', 6]);
  await node.send(token, 'mint', [token.address, 5_000_000n]);
});

afterAll(() => node.stop());

beforeEach(async () => {
  [first, second] = await Promise.all([fault.startProxy(node.url), fault.startProxy(node.url)]);
  now = 0;
});

afterEach(async () => {
  await Promise.all([first.stop(), second.stop()]);
});

function chainOf(urls: readonly string[], more: Partial<ChainConfig> = {}, onRequest?: (request: RpcRequest) => void) {
  const rpc = urls.map((url) => new Secret(url));
  const config: ChainConfig = { name: 'ethereum', kind: 'evm', id: 1, rpc, batchBytes: 16_384, timeout: 300, ...more };
  return createEvmChain(config, { machineNow: () => now, ...(onRequest && { onRequest }) });
}

const supply = (reads: EvmReads) => reads.read<bigint>(token.address, TOTAL_SUPPLY);
const withoutHashes: fault.Fault = (body, response) =>
  JSON.stringify(body.params ?? []).includes('blockHash') && fault.answersError(-32_602, 'invalid')(body, response);
const decimals = (reads: EvmReads) => reads.fact<number>(token.address, DECIMALS);
const missing = (reads: EvmReads) => reads.fact<number>(token.address, 'function nope() view returns (uint8)');
const keyed = (proxy: fault.Proxy) => `${proxy.url}/v2/${KEY}?token=${KEY}`;
const hostOf = (proxy: fault.Proxy) => new URL(proxy.url).host;

describe('createEvmChain', () => {
  it('reads everything asked in one turn with one call, at one block', async () => {
    const chain = chainOf([first.url]);
    const seen = await chain.run(async (reads) => {
      const values = await Promise.all([
        supply(reads),
        reads.read<number>(token.address, DECIMALS),
        reads.read<bigint>(token.address, BALANCE_OF, [token.address]),
        supply(reads),
      ]);
      return { values, block: reads.block };
    }, never);
    const newest = await node.client.getBlock();
    expect(seen.values).toEqual([5_000_000n, 6, 5_000_000n, 5_000_000n]);
    expect(seen.block).toEqual({
      number: newest.number,
      hash: newest.hash,
      timestamp: Number(newest.timestamp) * 1000,
    });
    expect(first.methods).toEqual([
      'eth_chainId',
      'eth_getBlockByNumber',
      'eth_getCode',
      'eth_getBlockByNumber',
      'eth_call',
    ]);
  });

  it('does not probe a good URL at every poll', async () => {
    const chain = chainOf([first.url]);
    await chain.run(supply, never);
    first.methods.length = 0;
    await chain.run(supply, never);
    expect(first.methods).toEqual(['eth_getBlockByNumber', 'eth_call']);
    now += 10 * 60_000;
    await chain.run(supply, never);
    expect(first.methods).toContain('eth_chainId');
  });

  it('asks for facts once in the life of the process, but again after a failure', async () => {
    const chain = chainOf([first.url]);
    await chain.run(decimals, never);
    await expect(chain.run(missing, never)).rejects.toThrow(CallReverted);
    await expect(chain.run(missing, never)).rejects.toThrow(CallReverted);
    first.methods.length = 0;
    expect(await chain.run(decimals, never)).toBe(6);
    expect(first.methods).toEqual(['eth_getBlockByNumber']);
  });

  it('counts requests with their method and outcome', async () => {
    const told: RpcRequest[] = [];
    await chainOf([first.url], {}, (request) => told.push(request)).run(supply, never);
    expect(told.map(({ chain, host, method, ok }) => ({ chain, host, method, ok }))).toContainEqual({
      chain: 'ethereum',
      host: hostOf(first),
      method: 'eth_call',
      ok: true,
    });
  });

  it.each<[string, fault.Fault, RegExp]>([
    ['HTTP 500', fault.answers(500), /answered HTTP 500/],
    ['HTTP 429', fault.answers(429), /answered HTTP 429/],
    ['HTML with 200', fault.answers(200, '<html>blocked</html>', 'text/html'), /did not answer JSON/],
    [
      'a JSON-RPC error in 200',
      fault.answersError(-32_005, 'limit exceeded'),
      /JSON-RPC error -32005: "limit exceeded"/,
    ],
    ['-32603', fault.answersError(-32_603, 'upstream does not have the requested block yet'), /error -32603/],
    ['-32000', fault.answersError(-32_000, 'header not found'), /error -32000/],
    ['an answer of nothing', fault.answersResult('0x'), /answered nothing that could be read/],
    ['a hang', fault.hangs, /did not answer within 300ms/],
    ['an answer without an end', fault.dribbles, /did not answer within 300ms/],
    ['a dropped socket', fault.drops, /could not be reached \(\w+\)/],
    ['a flood', fault.floods, /answered more than 16 MB|did not answer within/],
  ])('goes on with the next URL after %s in the middle of a run', async (_, broken, why) => {
    first.fault = fault.only('eth_call', broken);
    const chain = chainOf([first.url, second.url]);
    expect(await chain.run(supply, never)).toBe(5_000_000n);
    const [bad, good] = chain.health();
    expect(bad).toMatchObject({ host: hostOf(first), state: 'failing', why: expect.stringMatching(why) });
    expect(good).toMatchObject({ state: 'ok', head: Number(await node.client.getBlockNumber()) });
  });

  it('reads less than 20 MB of a flood', async () => {
    first.fault = fault.floods;
    const chain = chainOf([first.url, second.url], { timeout: 5000 });
    expect(await chain.run(supply, never)).toBe(5_000_000n);
    expect(chain.health()[0]!.why).toContain('answered more than 16 MB');
  });

  it('repeats the whole work, so that no result mixes two URLs', async () => {
    first.fault = fault.only(
      'eth_call',
      (body, response) =>
        first.methods.filter((method) => method === 'eth_call').length > 1 && fault.answers(500)(body, response),
    );
    const rounds: EvmReads[] = [];
    const value = await chainOf([first.url, second.url]).run(async (reads) => {
      rounds.push(reads);
      const one = await supply(reads);
      return [one, await reads.read<bigint>(token.address, BALANCE_OF, [token.address])];
    }, never);
    expect(value).toEqual([5_000_000n, 5_000_000n]);
    expect(rounds).toHaveLength(2);
  });

  it('discards a result whose work hid the failure of the URL', async () => {
    first.fault = fault.only('eth_call', fault.answers(500));
    const chain = chainOf([first.url, second.url]);
    const settled = await chain.run(async (reads) => Promise.allSettled([supply(reads)]), never);
    expect(settled).toEqual([{ status: 'fulfilled', value: 5_000_000n }]);
  });

  it('leaves a failing URL alone for a while, then takes it back', async () => {
    first.fault = fault.answers(500);
    const chain = chainOf([first.url, second.url]);
    await chain.run(supply, never);
    first.fault = fault.healthy;
    first.methods.length = 0;
    await chain.run(supply, never);
    expect(first.methods).toEqual([]);
    now += 60_000;
    await chain.run(supply, never);
    expect(chain.health()[0]!.state).toBe('ok');
  });

  it('quarantines a URL of another chain and asks it again minutes later', async () => {
    first.fault = fault.only('eth_chainId', fault.answersResult('0xa'));
    const chain = chainOf([keyed(first), second.url]);
    expect(await chain.run(supply, never)).toBe(5_000_000n);
    expect(chain.health()[0]).toMatchObject({
      state: 'quarantined',
      why: expect.stringContaining(`${hostOf(first)} answered chain id 10; ethereum must be 1.`),
    });
    first.fault = fault.healthy;
    first.methods.length = 0;
    await chain.run(supply, never);
    expect(first.methods).toEqual([]);
    now += 5 * 60_000;
    await chain.run(supply, never);
    expect(chain.health()[0]!.state).toBe('ok');
  });

  it('fails every source of a chain without a usable URL, naming the chain and no secret', async () => {
    first.fault = fault.answersError(-32_001, `project ${KEY} has no access to ${keyed(first)}`);
    second.fault = fault.only('eth_chainId', fault.answersResult('0x89'));
    const chain = chainOf([keyed(first), keyed(second)]);
    const error: unknown = await chain.run(supply, never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SourceError);
    const { message, retryable, cause } = error as SourceError;
    expect(retryable).toBe(true);
    expect(cause).toBeUndefined();
    expect(message).toMatch(/^No RPC URL of "ethereum" is usable\. .*answered chain id 137; ethereum must be 1\./);
    expect(message + JSON.stringify(chain.health())).not.toContain(KEY);
  });

  it('tries a lone URL twice', async () => {
    first.fault = (body, response) => first.methods.length === 1 && fault.drops(body, response);
    expect(await chainOf([first.url]).run(supply, never)).toBe(5_000_000n);
  });

  it('tells a revert, missing code and a wrong signature from an outage', async () => {
    const chain = chainOf([first.url]);
    const failure = (address: Hex, signature: string) =>
      chain.run((reads) => reads.read(address, signature), never).catch((error: unknown) => error);
    expect(await failure(token.address, 'function nope() view returns (uint256)')).toBeInstanceOf(CallReverted);
    expect(await failure('0x00000000000000000000000000000000000000EE', TOTAL_SUPPLY)).toMatchObject({
      name: 'SourceError',
      retryable: false,
      message: expect.stringMatching(
        /^No contract code at 0x0{38}EE on ethereum, .*Check the address and the chain\.$/,
      ),
    });
    expect(await failure(token.address, 'function totalSupply() view returns (string)')).toMatchObject({
      name: 'SourceError',
      retryable: false,
    });
    expect(chain.health()[0]!.state).toBe('ok');
  });

  it('carries Multicall3 along where the chain has none', async () => {
    const bare = await startNode({ chainId: 1, multicall3: false });
    try {
      const six = await bare.deploy(compiled().Token, ['Six', 'SIX', 6]);
      const read = (reads: EvmReads) => reads.read(six.address, DECIMALS);
      expect(await chainOf([bare.url]).run(read, never)).toBe(6);
      const nope = (reads: EvmReads) => reads.read(six.address, 'function nope() view returns (uint256)');
      await expect(chainOf([bare.url]).run(nope, never)).rejects.toThrow(CallReverted);
    } finally {
      await bare.stop();
    }
  });

  it('reads by block number where the node cannot read by hash', async () => {
    first.fault = withoutHashes;
    expect(await chainOf([first.url]).run(supply, never)).toBe(5_000_000n);
  });

  it.each([
    ['by hash', fault.healthy],
    ['by number', withoutHashes],
  ])('never mixes two versions of a block after a reorganisation, read %s', async (_, how) => {
    first.fault = how;
    await node.client.mine({ blocks: 1 });
    let runs = 0;
    const seen = await chainOf([first.url]).run(async (reads) => {
      const { hash } = reads.block;
      if (runs++ === 0) await node.client.request({ method: 'anvil_reorg' as never, params: [1, []] as never });
      await supply(reads);
      return hash;
    }, never);
    const newest = await node.client.getBlock();
    expect(runs).toBe(2);
    expect(seen).toBe(newest.hash);
  });

  it('says when the node refuses the final block, without giving up the URL', async () => {
    first.fault = (body, response) =>
      body.params?.[0] === 'finalized' && fault.answersError(-32_602, 'unknown block tag')(body, response);
    const chain = chainOf([first.url]);
    await expect(chain.run((reads) => reads.finalized(), never)).rejects.toThrow(/refused the block tag "finalized"/);
    expect(chain.health()[0]!.state).toBe('ok');
  });

  it('ends with its signal, which is no fault of the URL', async () => {
    first.fault = fault.only('eth_call', fault.hangs);
    const chain = chainOf([first.url], { timeout: 5000 });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('shutting down')), 50);
    const error: unknown = await chain.run(supply, stop.signal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'SourceError',
      retryable: true,
      message: expect.stringMatching(/stopped before it was done/),
    });
    expect(chain.health()[0]!.state).toBe('waiting');
  });

  it('moves on at the next run when the time of a run went by at one URL', async () => {
    first.fault = fault.only('eth_call', fault.hangs);
    const chain = chainOf([first.url, second.url], { timeout: 5000 });
    await expect(chain.run(supply, AbortSignal.timeout(150))).rejects.toThrow(SourceError);
    expect(chain.health()[0]).toMatchObject({ state: 'failing', why: expect.stringMatching(/did not answer/) });
    expect(await chain.run(supply, never)).toBe(5_000_000n);
  });
});
