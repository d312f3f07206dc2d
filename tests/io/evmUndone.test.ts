import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { encodeAbiParameters, parseAbiParameters, toHex } from 'viem';
import { startNode, type Node, type NodeOptions } from '../../demo/chain/node.ts';
import { createEvmChain } from '../../src/io/evm.ts';
import type { ChainConfig } from '../../src/model/config.ts';
import { Secret } from '../../src/model/secret.ts';
import type { BlockRef } from '../../src/model/source.ts';
import * as fault from './evmProxy.ts';

const never = new AbortController().signal;

let node: Node;
let proxy: fault.Proxy;

async function start(options: NodeOptions = {}) {
  node = await startNode({ chainId: 1, ...options });
  proxy = await fault.startProxy(node.url);
  const [own, between] = [node, proxy];
  onTestFinished(async () => {
    await between.stop();
    await own.stop();
  });
}

function chainOf(...urls: readonly string[]) {
  const rpc = urls.map((url) => new Secret(url));
  const config: ChainConfig = { name: 'ethereum', kind: 'evm', id: 1, rpc, batchBytes: 16_384, timeout: 2000 };
  return createEvmChain(config, { machineNow: () => 0 });
}

type Chain = ReturnType<typeof chainOf>;

const newest = async (chain: Chain): Promise<BlockRef> =>
  chain.run(async ({ block }) => ({ block: Number(block.number), hash: block.hash }), never);
const undone = async (chain: Chain, blocks: readonly BlockRef[]) =>
  chain.run(async (reads) => (await reads.undone(blocks)).map(({ block }) => block), never);

/** What a multicall answers when its calls answer these numbers. */
function answered(numbers: readonly bigint[]): string {
  const results = numbers.map((number) => ({ success: true, data: toHex(number, { size: 32 }) }));
  const [type] = parseAbiParameters(['Result[] results', 'struct Result { bool success; bytes data; }']);
  return encodeAbiParameters([type], [results]);
}

/** Reads blocks 2 and 3, lets the node replace the second of them, and gives both. */
async function reorganised(chain: Chain): Promise<readonly BlockRef[]> {
  await node.client.mine({ blocks: 2 });
  const kept = await newest(chain);
  const id = await node.client.snapshot();
  await node.client.mine({ blocks: 1 });
  const lost = await newest(chain);
  await node.client.revert({ id });
  await node.mineAt(Math.ceil(Date.now() / 1000) + 5);
  return [lost, kept];
}

describe('undone blocks', () => {
  describe.each([
    ['by the EVM', {}],
    ['by the node, on a chain without Multicall3', { multicall3: false }],
  ])('%s', (_name, options) => {
    beforeEach(async () => start(options));

    it('are those that the pinned block does not stand on', async () => {
      const chain = chainOf(proxy.url);
      const blocks = await reorganised(chain);
      expect(await undone(chain, blocks)).toEqual([blocks[0]!.block]);
      await node.client.mine({ blocks: 5 });
      expect(await undone(chain, blocks)).toEqual([blocks[0]!.block]);
      await node.client.mine({ blocks: 300 });
      expect(await undone(chain, blocks)).toEqual([blocks[0]!.block]);
    });

    it('are not those that the node does not have yet', async () => {
      const chain = chainOf(proxy.url);
      const { block, hash } = await newest(chain);
      expect(await undone(chain, [{ block: block + 1, hash }])).toEqual([]);
    });
  });

  it('cost no request while there are none, near the head', async () => {
    await start();
    const chain = chainOf(proxy.url);
    const blocks: BlockRef[] = [];
    for (let turn = 0; turn < 30; turn++) {
      await node.client.mine({ blocks: 3 });
      blocks.unshift(await newest(chain));
    }
    await node.client.mine({ blocks: 3 });
    proxy.methods.length = 0;
    expect(await undone(chain, blocks)).toEqual([]);
    expect(proxy.methods).toEqual(['eth_getBlockByNumber', 'eth_call']);
    await node.client.mine({ blocks: 300 });
    proxy.methods.length = 0;
    expect(await undone(chain, blocks)).toEqual([]);
    expect(proxy.methods).toEqual(['eth_getBlockByNumber', 'eth_getBlockByNumber']);
  });

  it('are found however deep they lie', async () => {
    await start();
    const chain = chainOf(proxy.url);
    await node.client.mine({ blocks: 1 });
    const kept = await newest(chain);
    const id = await node.client.snapshot();
    const lost: BlockRef[] = [];
    for (let turn = 0; turn < 12; turn++) {
      await node.client.mine({ blocks: 1 });
      lost.unshift(await newest(chain));
    }
    await node.client.revert({ id });
    await node.mineAt(Math.ceil(Date.now() / 1000) + 5);
    await node.client.mine({ blocks: 13 });
    proxy.methods.length = 0;
    const first = await undone(chain, [...lost, kept]);
    expect(first).toEqual(lost.slice(0, 8).map(({ block }) => block));
    expect(proxy.methods.length).toBeLessThanOrEqual(10);
    expect(await undone(chain, [...lost.slice(8), kept])).toEqual(lost.slice(8).map(({ block }) => block));
  });

  it.each<[string, (own: bigint) => bigint]>([
    ['counts other blocks than its node', () => 7n],
    ['knows hashes of its own', (own) => own],
  ])('asks the node where the EVM %s', async (_what, numberOf) => {
    await start();
    const chain = chainOf(proxy.url);
    const blocks = await reorganised(chain);
    await node.client.mine({ blocks: 3 });
    const number = numberOf(await node.client.getBlockNumber());
    const lies = (...hashes: readonly bigint[]) => {
      proxy.fault = fault.only('eth_call', fault.answersResult(answered([number, ...hashes])));
    };
    lies(0xdeadn, 0xdeadn);
    expect(await undone(chain, blocks)).toEqual([blocks[0]!.block]);
    lies(0xdeadn);
    proxy.methods.length = 0;
    await undone(chain, blocks.slice(1));
    expect(proxy.methods).toContain('eth_getBlockByNumber');
  });

  it('are undone when all nodes say so that can tell', async () => {
    await start();
    const one = node;
    const alone = chainOf(one.url);
    const blocks = await reorganised(alone);
    const [lost, kept] = blocks as [BlockRef, BlockRef];
    expect([await alone.holds(lost, never), await alone.holds(kept, never)]).toEqual([false, true]);
    // Two that begin in the same second make the same blocks.
    await start({ timestamp: Math.floor(Date.now() / 1000) - 7 });
    const both = chainOf(one.url, node.url);
    expect(await both.holds(lost, never)).toBe(false);
    await node.client.mine({ blocks: 10 });
    expect(await both.holds(kept, never)).toBeUndefined();
    expect(await both.holds({ block: 1000, hash: '0x1' }, never)).toBeUndefined();
  });
});
