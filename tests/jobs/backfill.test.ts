import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../demo/chain/node.ts';
import { createEvmChain } from '../../src/io/evm.ts';
import { backfill } from '../../src/jobs/backfill.ts';
import { Secret } from '../../src/model/secret.ts';
import { erc20_supply, market_discovery } from '../../src/sources/index.ts';
import { assetAt, sourceOf } from '../sources/evm/chain.ts';
import { freshStore, type FreshStore } from '../support/postgres.ts';
import { historyOf } from '../support/historyOf.ts';

const START = 1_762_000_000;
const HOUR = 3600;

let node: Node;
let fresh: FreshStore;
let token: Contract;

beforeAll(async () => {
  node = await startNode({ timestamp: START, chainId: 1 });
  fresh = await freshStore();
  await node.mineAt(START + 600);
  await node.setTime(START + 2 * HOUR);
  token = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  for (let hour = 3; hour <= 8; hour += 1) {
    await node.setTime(START + hour * HOUR - 60);
    await node.send(token, 'mint', [OWNER, 1_000_000n]);
  }
  await node.mineAt(START + 9 * HOUR);
});

afterAll(async () => {
  await node.stop();
  await fresh.drop();
});

describe('backfill', () => {
  it('stores what was true at past instants, dated by the blocks, and nothing where there was nothing', async () => {
    const rpc = [new Secret(node.url)];
    const chain = createEvmChain(
      { name: 'ethereum', kind: 'evm', id: 1, rpc, batchBytes: 16_384, timeout: 5000 },
      { machineNow: Date.now },
    );
    const asset = assetAt('usdc', token.address);
    const supply = sourceOf(erc20_supply, {}, { asset });
    const scan = { ...sourceOf(market_discovery, { protocol: 'morpho', from_block: 0 }, { asset }), id: 'scan' };
    const progress: number[] = [];
    const filled = await backfill(
      [supply, scan],
      { from: (START + HOUR) * 1000, to: (START + 8 * HOUR) * 1000, step: HOUR * 1000 },
      {
        chain,
        store: fresh.store,
        signal: new AbortController().signal,
        machineNow: Date.now,
        onProgress: (done) => void progress.push(done),
      },
    );
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...filled.skipped]).toEqual([['scan', 'Logs are scanned by the worker, not by a backfill.']]);
    expect(filled.failures.has('scan')).toBe(false);
    const { series, samples } = await historyOf(fresh.store, new Map([['', -Infinity]]));
    const id = series.find(({ labels }) => labels['__name__'] === 'supply_tokens')!.id;
    const found = samples.filter(({ seriesId }) => seriesId === id).toSorted((one, other) => one.at - other.at);
    expect(found.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(found.slice(1).map(({ at }) => at / 1000 - START)).toEqual(
      [3, 4, 5, 6, 7, 8].map((hour) => hour * HOUR - 60),
    );
    expect(series.some(({ labels }) => labels['__name__']?.startsWith('tocsin_'))).toBe(false);
    // Before the token was there, its address had no code.
    expect(filled.failures.get('erc20_supply-1')).toMatchObject({
      count: 1,
      why: expect.stringMatching(/^No contract code at/),
    });
  });
});
