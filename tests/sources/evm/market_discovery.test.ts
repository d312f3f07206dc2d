import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEvmChain } from '../../../src/io/evm.ts';
import { memoryLogs } from '../../../src/io/memoryLogs.ts';
import type { LogKeeper } from '../../../src/model/logs.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { SourceIo } from '../../../src/model/source.ts';
import { market_discovery, morpho_market } from '../../../src/sources/index.ts';
import { collectBatch } from '../../../src/sources/collect.ts';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { startNode } from '../../../demo/chain/node.ts';
import { discover } from '../../bench/discovery.ts';
import { FACTORY, pairOf, startLogNode, WATCHED, type LogNode, type LogNodeOptions } from '../../bench/logNode.ts';
import { freshDatabase, freshStore, type FreshStore } from '../../support/postgres.ts';
import { assetAt, sourceOf } from './chain.ts';
import { deployMorpho } from './morphoWorld.ts';

let fresh: FreshStore;
const nodes: LogNode[] = [];

beforeAll(async () => {
  fresh = await freshStore();
});

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

afterAll(() => fresh.drop());

const nodeWith = async (options: LogNodeOptions) => {
  const node = await startLogNode(options);
  nodes.push(node);
  return node;
};

function chainOf(url: string, logs: LogKeeper = fresh.store, machineNow: () => number = Date.now) {
  const config = { name: 'ethereum', kind: 'evm', rpc: [new Secret(url)], batchBytes: 16_384, timeout: 5000 } as const;
  return createEvmChain(config, { machineNow, logs });
}

const source = (factory: string, from = 1, protocol = 'uniswap_v2') =>
  sourceOf(market_discovery, { protocol, factory, from_block: from, newest: 5 }, { asset: assetAt('xusd', WATCHED) });

async function collect(chain: ReturnType<typeof chainOf>, made = source(FACTORY)) {
  const { signal } = new AbortController();
  const readings = await chain.run(
    (evm) =>
      collectBatch([made], { now: evm.block.timestamp, signal, evm } as SourceIo, {
        seenAt: () => 1,
        machineNow: () => 0,
      }),
    signal,
  );
  const { samples, error } = readings[0]!;
  const value = (name: string) => samples.find(({ metric }) => metric === name)?.value;
  const markets = samples.filter(({ metric }) => metric === 'market_age_seconds');
  return { count: value('markets_count'), unscanned: value('unscanned_blocks_count'), markets, error };
}

/** As many runs as a slow machine needs. */
async function collectAll(chain: ReturnType<typeof chainOf>, made: ReturnType<typeof source>) {
  for (;;) {
    const read = await collect(chain, made);
    if (read.unscanned === 0 || read.error !== undefined) return read;
  }
}

const factory = (number: number) => `0x${number.toString(16).padStart(40, '0')}`;

describe('market_discovery', () => {
  it('counts the markets of an asset, and tells the newest with their age', async () => {
    const node = await nodeWith({ logs: 1000, blocks: 500 });
    const { count, unscanned, markets } = await collect(chainOf(node.url), source(factory(1)));
    expect([count, unscanned]).toEqual([100, 0]);
    expect(markets.map(({ labels }) => labels['market'])).toEqual([990, 980, 970, 960, 950].map(pairOf));
    // Two logs a block, twelve seconds each.
    expect(markets.map(({ value }) => value)).toEqual([48, 108, 168, 228, 288]);
    expect(markets[0]!.labels).toMatchObject({
      venue: `uniswap_v2:${pairOf(990)}`,
      protocol: 'uniswap_v2',
      side: 'quote',
    });
  });

  it.each<[string, Partial<LogNodeOptions>]>([
    ['few blocks a request', { mostBlocks: 100 }],
    ['few logs an answer', { mostLogs: 60 }],
    ['answers that are cut off in silence', { mostLogs: 1000, cutsOff: true }],
    ['answers that are cut off within a block', { logs: 2500, blocks: 100, mostLogs: 1000, cutsOff: true }],
  ])('adapts to a provider with %s', async (_, limits) => {
    const node = await nodeWith({ logs: 2500, blocks: 1000, ...limits });
    const place = factory(100 + Object.keys(limits).length + (limits.mostLogs ?? 0));
    const { count, unscanned } = await collectAll(chainOf(node.url), source(place));
    expect([count, unscanned]).toEqual([250, 0]);
  });

  it('goes on where it stopped, and says what is not scanned yet', async () => {
    const node = await nodeWith({ logs: 2000, blocks: 4000, mostBlocks: 250 });
    let now = 0;
    // Each look at the clock is two seconds later: a run has time for a few steps.
    const impatient = () => (now += 2000);
    const place = source(factory(3));
    const first = await collect(chainOf(node.url, fresh.store, impatient), place);
    expect(first.unscanned).toBeGreaterThan(1000);
    expect(first.count).toBeLessThan(150);
    let last = first;
    for (let run = 0; run < 12 && last.unscanned! > 0; run++)
      last = await collect(chainOf(node.url, fresh.store, impatient), place);
    expect([last.count, last.unscanned]).toEqual([200, 0]);
  });

  it('takes back what a reorganisation undid', async () => {
    const node = await nodeWith({ logs: 500, blocks: 500 });
    const place = source(factory(4));
    node.head = 495;
    expect((await collect(chainOf(node.url), place)).count).toBe(50);
    node.forkedFrom = 480;
    node.head = 500;
    const { markets, count } = await collect(chainOf(node.url), place);
    expect(count).toBe(50);
    expect(markets).toHaveLength(5);
    const scan = await fresh.store.logKeys('none', 5);
    expect(scan).toEqual([]);
  });

  it('takes back a reorganisation of thousands of blocks, and reads no more than it undid', async () => {
    const node = await nodeWith({ logs: 6000, blocks: 6000 });
    const place = source(factory(7));
    const chain = chainOf(node.url);
    for (const head of [1500, 3000, 4500, 6000]) {
      node.head = head;
      await collectAll(chain, place);
    }
    node.forkedFrom = 3500;
    node.logsFrom = [];
    expect((await collectAll(chain, place)).count).toBe(600);
    expect(node.logsFrom[0]).toBe(3001);
  });

  it('says so, and begins anew, when a reorganisation goes deeper than it can tell', async () => {
    const node = await nodeWith({ logs: 6000, blocks: 6000 });
    const place = source(factory(8));
    const chain = chainOf(node.url);
    for (const head of [1500, 3000, 4500, 6000]) {
      node.head = head;
      await collectAll(chain, place);
    }
    node.forkedFrom = 1000;
    const told = await collect(chain, place);
    expect(told.count).toBeUndefined();
    expect(told.error).toMatch(
      /^A reorganisation of ethereum deeper than the scan of 0x0*8 looks back undid it up to block 6000\. It begins anew at block 1;/,
    );
    expect((await collectAll(chain, place)).count).toBe(600);
  });

  it('keeps a sum over logs that are dropped right through a deep reorganisation, and through one too deep', async () => {
    const node = await nodeWith({ logs: 6000, blocks: 6000 });
    const chain = chainOf(node.url, memoryLogs());
    const query = {
      address: FACTORY as `0x${string}`,
      event: 'event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)',
      from: 1,
      keysOf: () => [],
      sums: { of: 'pairs', alone: true, amountsOf: () => [['pairs', 1n] as const] },
    };
    const { signal } = new AbortController();
    const sum = async () => {
      for (;;) {
        const { unscanned, found } = await chain.run(async ({ logs }) => {
          const scanned = await logs(query);
          return { unscanned: scanned.unscanned, found: await scanned.largest(2) };
        }, signal);
        if (unscanned === 0) return found;
      }
    };
    for (const head of [1500, 3000, 4500, 6000]) {
      node.head = head;
      expect(await sum()).toEqual([{ name: 'pairs', amount: BigInt(head) }]);
    }
    for (const forkedFrom of [3500, Infinity]) {
      node.forkedFrom = forkedFrom;
      expect(await sum()).toEqual([{ name: 'pairs', amount: 6000n }]);
    }
    node.forkedFrom = 1000;
    await expect(sum()).rejects.toThrow(/It begins anew at block 1;/);
    expect(await sum()).toEqual([{ name: 'pairs', amount: 6000n }]);
  });

  it('leaves what it knows alone while a node lags behind it', async () => {
    const node = await nodeWith({ logs: 500, blocks: 500 });
    const place = source(factory(5));
    const chain = chainOf(node.url);
    expect((await collect(chain, place)).count).toBe(50);
    node.head = 300;
    expect(await collect(chain, place)).toMatchObject({ count: 50, unscanned: 0 });
  });

  it('is a failure of the node when even one block is refused', async () => {
    const node = await nodeWith({ logs: 500, blocks: 500, mostBlocks: 0 });
    const error: unknown = await collect(chainOf(node.url), source(factory(6))).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(/refuses the logs even of block 1 of ethereum alone\./);
  });

  it('asks for the factory where no protocol has one for all chains', () => {
    const options = { protocol: 'silo', from_block: 1 };
    expect(() => sourceOf(market_discovery, options, { asset: assetAt('xusd', WATCHED) })).toThrow(
      /`protocol: silo` without `factory`/,
    );
  });

  it('finds the markets and the borrowers of a real Morpho', async () => {
    const node = await startNode();
    try {
      const usdc = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
      const xusd = await node.deploy(compiled().Token, ['Stream', 'xUSD', 6]);
      const world = await deployMorpho(node, usdc, xusd);
      const asset = assetAt('xusd', xusd.address);
      const made = sourceOf(
        market_discovery,
        { protocol: 'morpho', factory: world.morpho.address, from_block: 0 },
        { asset },
      );
      const { markets } = await collect(chainOf(node.url), made);
      expect(markets.map(({ labels }) => [labels['venue'], labels['side']])).toEqual([
        [`morpho:${world.id}`, 'collateral'],
      ]);
      const market = sourceOf(
        morpho_market,
        { id: world.id, morpho: world.morpho.address, borrowers_from: 0 },
        { asset: assetAt('usdc', usdc.address, 'usd') },
      );
      expect(market.labels['venue']).toBe(markets[0]!.labels['venue']);
    } finally {
      await node.stop();
    }
  }, 600_000);
});

describe('a scan that is killed again and again', () => {
  it('loses no log and doubles none', async () => {
    const database = await freshDatabase();
    try {
      const found = await discover({ logs: 8000, blocks: 2400, kills: 1, database: database.url.reveal() });
      expect(found).toMatchObject({ rows: 8000, distinct: 8000, watched: 800 });
      expect(found.runs).toBeGreaterThan(1);
    } finally {
      await database.drop();
    }
  }, 120_000);
});
