import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compiled } from '../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../demo/chain/node.ts';
import { decodeFunctionData, encodeFunctionResult, multicall3Abi, toHex } from 'viem';
import { createEvmChain } from '../../src/io/evm.ts';
import { readAll, type Connection } from '../../src/io/evmMulticall.ts';
import { Secret } from '../../src/model/secret.ts';
import { CallReverted, SourceError, type EvmReads, type Hex } from '../../src/model/source.ts';
import * as fault from './evmProxy.ts';

const REDEEM = 'function redeem(uint256 shares, address receiver, address owner) returns (uint256)';
const NOBODY = '0x00000000000000000000000000000000000000ee';
const never = new AbortController().signal;

let node: Node;
let usdc: Contract;
let vault: Contract;
let proxy: fault.Proxy;

beforeAll(async () => {
  node = await startNode({ chainId: 1 });
  const { Token, Vault } = compiled();
  usdc = await node.deploy(Token, ['USD Coin', 'USDC', 6]);
  vault = await node.deploy(Vault, [usdc.address, 'Vault', 'V']);
  await node.send(usdc, 'mint', [OWNER, 10_000_000n]);
  await node.send(usdc, 'approve', [vault.address, 10_000_000n]);
  await node.send(vault, 'deposit', [10_000_000n, OWNER]);
  proxy = await fault.startProxy(node.url);
});

afterAll(async () => {
  await proxy.stop();
  await node.stop();
});

beforeEach(() => {
  proxy.fault = fault.healthy;
});

const chainOf = () => {
  const rpc = [new Secret(proxy.url)];
  return createEvmChain(
    { name: 'ethereum', kind: 'evm', id: 1, rpc, batchBytes: 16_384, timeout: 500 },
    { machineNow: Date.now },
  );
};
const redeem = (holder: Hex) => (reads: EvmReads) =>
  reads.simulate<bigint>(holder, vault.address, REDEEM, [1_000_000n, holder, holder]);

describe('simulate', () => {
  it('runs as the holder, without its key and without a trace', async () => {
    expect(await chainOf().run(redeem(OWNER), never)).toBe(1_000_000n);
    expect(await node.read(vault, 'balanceOf', [OWNER])).toBe(10_000_000n);
  });

  it('says why the contract refused', async () => {
    const error: unknown = await chainOf()
      .run(redeem(NOBODY), never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CallReverted);
    expect((error as Error).message).toMatch(/^redeem\(\) of 0x\w+ on ethereum reverted: "0xb94abeec"\.$/);
  });

  it.each<[string, fault.Fault]>([
    ['HTTP 500', fault.answers(500)],
    ['HTTP 429', fault.answers(429)],
    ['HTML with 200', fault.answers(200, '<html></html>', 'text/html')],
    ['a dropped socket', fault.drops],
    ['a hang', fault.hangs],
    ['-32603', fault.answersError(-32_603, 'upstream does not have the requested block yet')],
    ['-32000 header not found', fault.answersError(-32_000, 'header not found')],
    ['-32000 out of gas', fault.answersError(-32_000, 'out of gas')],
    ['-32005', fault.answersError(-32_005, 'limit exceeded')],
    ['an answer of nothing', fault.answersResult('0x')],
  ])('never takes %s for a revert', async (_, broken) => {
    proxy.fault = fault.only('eth_call', broken);
    const error: unknown = await chainOf()
      .run(redeem(OWNER), never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SourceError);
  });
});

const SUPPLY = 'function totalSupply() view returns (uint256)';
const block = { number: 1n, hash: toHex(1n, { size: 32 }), timestamp: 0 };

/** A node that gives up the gas of every call of a batch, but has enough for one alone. */
function shortOfGas(sizes: number[]): Connection {
  const request = async ({ params }: { params: readonly [{ data: Hex }] }) => {
    const call = decodeFunctionData({ abi: multicall3Abi, data: params[0].data });
    const calls = call.functionName === 'aggregate3' ? call.args[0] : [];
    sizes.push(calls.length);
    const enough = calls.length === 1;
    const returnData: Hex = enough ? toHex(5n, { size: 32 }) : '0x';
    const result = calls.map(() => ({ success: enough, returnData }));
    return encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result });
  };
  const names = { host: 'h', secretUrl: 'http://h', timeout: 1 };
  const client = { request } as unknown as Connection['client'];
  return { ...names, client, chain: 'short', batchBytes: 16_384, multicallAddress: NOBODY, byHash: true };
}

const counts = async (signature: string, count: number) => {
  const sizes: number[] = [];
  const connection = shortOfGas(sizes);
  const some = Array.from({ length: count }, (_, index) => ({
    address: toHex(BigInt(index) + 1n, { size: 20 }),
    signature,
    args: [],
  }));
  await readAll(connection, block, some);
  return sizes.filter((size) => size > 1);
};

describe('readAll', () => {
  it('asks again alone before it believes in a revert without a reason', async () => {
    const sizes: number[] = [];
    const items = [usdc, vault].map(({ address }) => ({ address, signature: SUPPLY, args: [] }));
    expect(await readAll(shortOfGas(sizes), block, items)).toEqual([5n, 5n]);
    expect(sizes).toEqual([2, 1, 1]);
  });

  it('splits by bytes, by number, and by what simulated trades burn', async () => {
    expect(await counts(SUPPLY, 1200)).toEqual([500, 500, 200]);
    expect(await counts('function quote() returns (uint256)', 100)).toEqual([41, 41, 18]);
  });
});
