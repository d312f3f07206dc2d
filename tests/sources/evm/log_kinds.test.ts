import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled, published } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import { deployWorld, type World } from '../../../demo/chain/world.ts';
import type { Asset } from '../../../src/model/rule.ts';
import { net_mint, pool_volume, token_holders } from '../../../src/sources/index.ts';
import { assetAt, chainAt, collectFrom, sourceOf, valuesOf, type TestChain } from './chain.ts';

const START = 1_762_000_000;
const HOUR = 3600;
const UNIT = 1_000_000n;

let node: Node;
let chain: TestChain;
let token: Contract;
let asset: Asset;
let world: World;

const holder = (number: number) => `0x${number.toString(16).padStart(40, '0')}` as const;

beforeAll(async () => {
  node = await startNode({ timestamp: START });
  chain = chainAt(node.url);
  world = await deployWorld(node, { nav: 1.26, liquidity: 20_000_000 });
  token = await node.deploy(compiled().Token, ['Stream', 'xUSD', 6]);
  asset = assetAt('xusd', token.address);
}, 60_000);

afterAll(() => node.stop());

const read = async (source: ReturnType<typeof sourceOf>) => {
  const [reading] = await collectFrom(chain, [source]);
  expect(reading!.error).toBeUndefined();
  return valuesOf(reading!);
};

const now = async () => Number((await node.client.getBlock()).timestamp);

const share = (values: Record<string, number>, top: number) => values[`top_holder_ratio{side=hold,top=${top}}`];

describe('token_holders', () => {
  it('follows balances through transfers, mints and burns, and names the largest', async () => {
    const source = sourceOf(token_holders, { from_block: 0, top: [1, 2], named: 2 }, { asset });
    const empty = await read(source);
    expect(empty).toMatchObject({ holders_count: 0, unscanned_blocks_count: 0 });
    expect(share(empty, 1)).toBeUndefined();

    await node.send(token, 'mint', [OWNER, 100n * UNIT]);
    for (const number of [1, 2, 3]) await node.send(token, 'mint', [holder(number), BigInt(number) * 100n * UNIT]);
    await node.send(token, 'transfer', [holder(1), 60n * UNIT]);
    const values = await read(source);
    expect(values['holders_count']).toBe(4);
    expect(share(values, 1)).toBeCloseTo(300 / 700, 12);
    expect(share(values, 2)).toBeCloseTo(500 / 700, 12);
    expect(values[`balance_tokens{holder=${holder(3)}}`]).toBe(300);
    expect(values[`balance_tokens{holder=${holder(2)}}`]).toBe(200);

    await node.send(token, 'transfer', [holder(2), 40n * UNIT]);
    expect(await read(source)).toMatchObject({ holders_count: 3, [`balance_tokens{holder=${holder(2)}}`]: 240 });
  });

  it('leaves out those that hold for many', async () => {
    const source = sourceOf(token_holders, { from_block: 0, top: [1], except: [holder(3)] }, { asset });
    expect(share(await read(source), 1)).toBeCloseTo(240 / 700, 12);
  });

  it('takes back what a reorganisation undid', async () => {
    const source = sourceOf(token_holders, { from_block: 0, top: [1] }, { asset });
    const snapshot = await node.client.snapshot();
    await node.send(token, 'mint', [holder(9), 9000n * UNIT]);
    expect(await read(source)).toMatchObject({ holders_count: 4, [`balance_tokens{holder=${holder(9)}}`]: 9000 });
    await node.client.revert({ id: snapshot });
    await node.client.mine({ blocks: 2 });
    const values = await read(source);
    expect(values).toMatchObject({ holders_count: 3 });
    expect(share(values, 1)).toBeCloseTo(300 / 700, 12);
  });
});

describe('net_mint', () => {
  it('tells what came and what left within the window, and forgets what is older', async () => {
    const coin = await node.deploy(compiled().Token, ['Coin', 'C', 6]);
    const source = sourceOf(net_mint, { window: '24h' }, { asset: assetAt('coin', coin.address) });
    const told = async () => {
      const values = await read(source);
      return ['net_mint', 'minted', 'burnt'].map((name) => values[`${name}_tokens{window=24h}`]);
    };
    expect(await told()).toEqual([0, 0, 0]);
    await node.send(coin, 'mint', [OWNER, 500n * UNIT]);
    expect(await told()).toEqual([500, 500, 0]);
    await node.mineAt((await now()) + 20 * HOUR);
    await node.send(coin, 'mint', [OWNER, 70n * UNIT]);
    await node.send(coin, 'burn', [OWNER, 200n * UNIT]);
    expect(await told()).toEqual([370, 570, 200]);
    await node.mineAt((await now()) + 5 * HOUR);
    expect(await told()).toEqual([-130, 70, 200]);
    await node.mineAt((await now()) + 25 * HOUR);
    expect(await told()).toEqual([0, 0, 0]);
  });
});

describe('pool_volume', () => {
  const volume = 'volume_usd{market=…,quote=usdc,window=24h}';
  const told = async (source: ReturnType<typeof sourceOf>) => {
    const entries = Object.entries(await read(source)).map(([name, value]) => [name.replace(/0x\w+/, '…'), value]);
    return (Object.fromEntries(entries) as Record<string, number>)[volume];
  };

  it('counts what a real Uniswap v3 pool traded in the quote, for as long as the window', async () => {
    const pair = { asset: assetAt('xusd', world.vault.address), assets: [assetAt('usdc', world.usdc.address, 'usd')] };
    const source = sourceOf(pool_volume, { venue: 'uniswap_v3', pool: world.pool.address, quote: 'usdc' }, pair);
    await node.mineAt((await now()) + 30 * HOUR);
    expect(await told(source)).toBe(0);
    let traded = 0;
    for (const price of [1.2, 1.25, 1.1]) {
      const before = await node.read<bigint>(world.usdc, 'balanceOf', [world.pool.address]);
      await world.tradeTo(price, (await now()) + HOUR);
      const after = await node.read<bigint>(world.usdc, 'balanceOf', [world.pool.address]);
      traded += Math.abs(Number(after - before)) / 1e6;
    }
    expect(traded).toBeGreaterThan(1000);
    expect(await told(source)).toBeCloseTo(traded, 5);
    await node.mineAt((await now()) + 25 * HOUR);
    expect(await told(source)).toBe(0);
  });

  it('counts both ways through a real Uniswap v2 pair', async () => {
    const usdc = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
    const factory = await node.deploy(published('@uniswap/v2-core/build/UniswapV2Factory.json'), [OWNER]);
    await node.send(factory, 'createPair', [usdc.address, token.address]);
    const address = await node.read<`0x${string}`>(factory, 'getPair', [usdc.address, token.address]);
    const pair = { address, abi: published('@uniswap/v2-core/build/UniswapV2Pair.json').abi };
    for (const each of [usdc, token]) await node.send(each, 'mint', [address, 1_000_000n * UNIT]);
    await node.send(pair, 'mint', [OWNER]);
    const usdcIs0 = BigInt(usdc.address) < BigInt(token.address);
    const swap = async (paid: Contract, out: bigint) => {
      await node.send(paid, 'mint', [address, 1000n * UNIT]);
      const takes0 = (paid === usdc) !== usdcIs0;
      await node.send(pair, 'swap', [takes0 ? out : 0n, takes0 ? 0n : out, OWNER, '0x']);
    };
    await swap(usdc, 900n * UNIT);
    await swap(token, 950n * UNIT);
    const source = sourceOf(
      pool_volume,
      { venue: 'uniswap_v2', pool: address, quote: 'usdc' },
      { asset, assets: [assetAt('usdc', usdc.address, 'usd')] },
    );
    expect(await told(source)).toBe(1950);
  });

  it.each([
    [{ venue: 'balancer_v2' }, /`venue: balancer_v2` needs `pool_id`/],
    [{ venue: 'curve', pool_id: `0x${'1'.repeat(64)}` }, /`venue: curve` has no `pool_id`/],
  ])('refuses %j', (options, why) => {
    const assets = [assetAt('usdc', OWNER, 'usd')];
    expect(() => sourceOf(pool_volume, { pool: OWNER, quote: 'usdc', ...options }, { asset, assets })).toThrow(why);
  });
});
