import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { published } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Node } from '../../../demo/chain/node.ts';
import { deployWorld, type World } from '../../../demo/chain/world.ts';
import type { Asset } from '../../../src/model/rule.ts';
import { uniswap_v3_pool } from '../../../src/sources/index.ts';
import { startProxy } from '../../io/evmProxy.ts';
import { assetAt, chainAt, collectFrom, sourceOf, valuesOf, type TestChain } from './chain.ts';

const START = 1_762_000_000;
const SPOT = 'price_usd{method=spot,quote=usdc}';
const TWAP = 'price_usd{method=twap,quote=usdc}';
const SELL = 'depth_usd{side=sell,within=2%}';
const BUY = 'depth_usd{side=buy,within=2%}';

let node: Node;
let world: World;
let chain: TestChain;
let usdc: Asset;
let xusd: Asset;
let time = START + 3600;

beforeAll(async () => {
  node = await startNode({ timestamp: START });
  world = await deployWorld(node, { nav: 1.26, liquidity: 20_000_000 });
  chain = chainAt(node.url);
  usdc = assetAt('usdc', world.usdc.address, 'usd');
  xusd = assetAt('xusd', world.vault.address, 'nav');
});

afterAll(() => node.stop());

/** Trades to each price, one every `step` seconds, then lets `step` seconds pass. */
async function trade(prices: readonly number[], step: number): Promise<void> {
  for (const price of prices) await world.tradeTo(price, (time += step));
  await node.mineAt((time += step));
}

async function read(options: Record<string, unknown> = {}, pair = { asset: xusd, quote: usdc }) {
  const given = { pool: world.pool.address, quote: pair.quote.id, ...options };
  const source = sourceOf(uniswap_v3_pool, given, { asset: pair.asset, assets: [pair.asset, pair.quote] });
  return (await collectFrom(chain, [source]))[0]!;
}

describe('uniswap_v3_pool', () => {
  it.each([1.26, 0.17, 1, 0.999_999, 3.5])('reads the spot price %d that the pool was traded to', async (price) => {
    await trade([price], 60);
    expect(valuesOf(await read())[SPOT]).toBeCloseTo(price, 12);
  });

  it('weights prices by the time they stood', async () => {
    await trade([1.2, 0.6, 0.3], 600);
    const mean = Math.exp((Math.log(1.2) + Math.log(0.6) + Math.log(0.3)) / 3);
    expect(valuesOf(await read())[TWAP]! / mean).toBeCloseTo(1, 3);
    expect(valuesOf(await read({ twap: '10m' }))[TWAP]! / 0.3).toBeCloseTo(1, 3);
  });

  it('takes the longest window it remembers when the pool is younger than asked', async () => {
    await trade([0.5], 1000);
    const reading = await read({ twap: '365d' });
    expect(reading.error).toBeUndefined();
    const { timestamp } = await node.client.getBlock();
    const [oldest] = await node.read<readonly [number]>(world.pool, 'observations', [0n]);
    const window = Number(timestamp) - oldest;
    const [ticks] = await node.read<readonly [readonly [bigint, bigint]]>(world.pool, 'observe', [[window, 0]]);
    const mean = 1.0001 ** (Number(ticks[1] - ticks[0]) / window);
    const token0 = await node.read<string>(world.pool, 'token0');
    expect(valuesOf(reading)[TWAP]).toBeCloseTo(token0 === world.vault.address ? mean : 1 / mean, 9);
  });

  it('is a ratio without depth in a quote that is not worth a dollar', async () => {
    await trade([0.8], 60);
    const reading = await read({}, { asset: usdc, quote: xusd });
    expect(reading.error).toBeUndefined();
    const values = valuesOf(reading);
    expect(values['price_ratio{method=spot,quote=xusd}']).toBeCloseTo(1 / 0.8, 12);
    expect(Object.keys(values).filter((series) => /usd\{|depth/.test(series))).toEqual([]);
  });

  it('measures the depth that swaps to 2 % away really trade', async () => {
    await trade([1], 60);
    for (const [lower, upper] of [
      [-100, 100],
      [-50, 200],
      [30, 60],
    ] as const) {
      await world.addLiquidity({ lower, upper }, { shares: 400_000, usdc: 400_000 });
    }
    const fee = 1 - 0.0005;
    const down = await swapped(0.98);
    const up = await swapped(1.02);
    const values = valuesOf(await read());
    expect(values[SELL]! / down.usdc).toBeCloseTo(1, 6);
    expect(values[BUY]! / (-up.usdc * fee)).toBeCloseTo(1, 6);

    const [lower, higher] = [await swapped(1 / 1.02), await swapped(1 / 0.98)];
    const pegged = { asset: usdc, quote: assetAt('xusd', world.vault.address, 'usd') };
    const mirrored = valuesOf(await read({}, pegged));
    expect(mirrored[SELL]! / higher.shares).toBeCloseTo(1, 6);
    expect(mirrored[BUY]! / (-lower.shares * fee)).toBeCloseTo(1, 6);
  });

  it('asks for all of it with one call while the price stays near', async () => {
    const proxy = await startProxy(node.url);
    try {
      const given = { pool: world.pool.address, quote: 'usdc' };
      const source = sourceOf(uniswap_v3_pool, given, { asset: xusd, assets: [xusd, usdc] });
      const proxied = chainAt(proxy.url);
      const calls: number[] = [];
      for (const price of [1, 1.0001]) {
        await trade([price], 60);
        proxy.methods.length = 0;
        const [reading] = await collectFrom(proxied, [source]);
        calls.push(proxy.methods.filter((method) => method === 'eth_call').length);
        expect(valuesOf(reading!)[SELL]).toBe(valuesOf(await read())[SELL]);
      }
      expect(calls[1]).toBe(1);
      expect(calls[0]).toBeGreaterThan(1);
    } finally {
      await proxy.stop();
    }
  });

  it('prices a sale by the quoter, and has no price for one that the pool cannot take', async () => {
    await trade([1], 60);
    const factory = await node.read<string>(world.pool, 'factory');
    const nobody = `0x${'0'.repeat(40)}`;
    const path = '@uniswap/v3-periphery/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json';
    const quoter = await node.deploy(published(path), [factory, nobody]);
    await expect(read({ sizes: [1] })).rejects.toThrow(/needs the address of a `quoter`/);
    const values = valuesOf(await read({ quoter: quoter.address, sizes: [10, 5_000_000] }));
    const sold = (size: number) => values[`executable_price_usd{quote=usdc,side=sell,size=${size}}`]!;
    expect(sold(10)).toBeCloseTo(0.9995, 4);
    expect(sold(5_000_000)).toBeLessThan(0.9);
  });

  it('names both tokens when the pool trades something else', async () => {
    const other = await world.deployToken('OTHER', 18);
    const reading = await read({}, { asset: assetAt('other', other.address), quote: usdc });
    expect(reading.error).toMatch(/^Pool 0x\w+ on ethereum trades 0x\w+ and 0x\w+, and not the asset 0x\w+\./);
  });

  it('takes an address that is no pool for a fact about it', async () => {
    const reading = await read({ pool: world.usdc.address });
    expect(valuesOf(reading)).toEqual({ call_reverted_bool: 1, tocsin_source_up: 1 });
  });

  it('refuses a quote that is no asset', () => {
    expect(() => sourceOf(uniswap_v3_pool, { pool: world.pool.address, quote: 'usdt' }, { asset: xusd })).toThrow(
      '`quote` is "usdt", which is no asset.',
    );
  });
});

/** What the trader's balances change by when the pool is traded to `price`; the trade is undone. */
async function swapped(price: number): Promise<{ usdc: number; shares: number }> {
  const snapshot = await node.client.snapshot();
  const balances = () =>
    Promise.all([world.usdc, world.vault].map((token) => node.read<bigint>(token, 'balanceOf', [OWNER])));
  const before = await balances();
  await world.tradeTo(price);
  const [usdcChange, sharesChange] = (await balances()).map((after, index) => Number(after - before[index]!) / 1e6);
  await node.client.revert({ id: snapshot });
  return { usdc: usdcChange!, shares: sharesChange! };
}
