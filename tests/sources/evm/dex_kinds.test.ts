import { encodeAbiParameters, maxUint256, toEventSelector, type Abi } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled, published } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import type { Asset } from '../../../src/model/rule.ts';
import type { Reading } from '../../../src/model/sample.ts';
import {
  balancer_v2_pool,
  balancer_v3_pool,
  curve_pool,
  pool_volume,
  uniswap_v2_pool,
  uniswap_v4_pool,
} from '../../../src/sources/index.ts';
import { SWAPS } from '../../../src/sources/evm/swaps.ts';
import { assetAt, chainAt, collectFrom, sourceOf, valuesOf, type TestChain } from './chain.ts';
import { standIns } from './standIns.ts';

const UNIT = 1_000_000n;
const WAD = 10n ** 18n;
const MILLION = 1_000_000n * UNIT;
const NOBODY = '0x0000000000000000000000000000000000000000';
const SPOT = 'price_usd{method=spot,quote=usdc}';
const sold = (size: number) => `executable_price_usd{quote=usdc,side=sell,size=${size}}`;
const depth = (side: string, within: string) => `depth_usd{side=${side},within=${within}}`;

let node: Node;
let chain: TestChain;
let usdc: Contract;
let xusd: Contract;
let dollar: Asset;
let asset: Asset;

beforeAll(async () => {
  node = await startNode();
  chain = chainAt(node.url);
  const { Token } = compiled();
  usdc = await node.deploy(Token, ['USD Coin', 'USDC', 6]);
  xusd = await node.deploy(Token, ['Stream USD', 'xUSD', 18]);
  await node.send(usdc, 'mint', [OWNER, 1000n * MILLION]);
  await node.send(xusd, 'mint', [OWNER, 1000n * 1_000_000n * WAD]);
  dollar = assetAt('usdc', usdc.address, 'usd');
  asset = assetAt('xusd', xusd.address, 'nav');
}, 60_000);

afterAll(() => node.stop());

/** As block explorers show them. */
const SWAP_TOPICS = {
  uniswap_v2: '0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822',
  uniswap_v3: '0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67',
  uniswap_v4: '0x40e9cecb9f5f1f1c5b9c97dec2917b7ee92e57ba5563708daca94dd84ad7112f',
  balancer_v2: '0x2170c741c41531aec20e7c107c24eecfdd15e69c9bb0a8dd37b1840b9e0b207b',
  curve: '0x8b3e96f2b889fa771c53c981b40daf005f63f637f1869f707052d15a3dd97140',
  curve_crypto: '0xb2e76ae99761dc136e598d4a629bb347eccb9532a5f8bbd72e18467c3c34cc98',
  curve_crypto_ng: '0x143f1f8e861fbdeddd5b46e844b7d3ac7b86a122f36e8c463859ee6811b1f29c',
};

const kinds = { balancer_v2_pool, balancer_v3_pool, curve_pool, uniswap_v2_pool, uniswap_v4_pool };

type Kind = keyof typeof kinds;

const source = (kind: Kind, options: object) =>
  sourceOf(kinds[kind] as never, { quote: 'usdc', ...options }, { asset, assets: [asset, dollar] });

async function read(kind: Kind, options: object): Promise<{ reading: Reading; values: Record<string, number> }> {
  const [reading] = await collectFrom(chain, [source(kind, options)]);
  const named = Object.entries(valuesOf(reading!)).map(([name, value]) => [nameWithout(name), value] as const);
  return { reading: reading!, values: Object.fromEntries(named) };
}

/** A series' name without the label that only tells pools of one venue apart. */
function nameWithout(name: string): string {
  return name.replace(/market=\w+,?/, '').replace('{}', '');
}

/** What the trader's balances change by in a trade that is undone; whole tokens. */
async function undone(trade: () => Promise<void>): Promise<{ usdc: number; xusd: number }> {
  const snapshot = await node.client.snapshot();
  const balances = () => Promise.all([usdc, xusd].map((each) => node.read<bigint>(each, 'balanceOf', [OWNER])));
  const before = await balances();
  await trade();
  const after = await balances();
  await node.client.revert({ id: snapshot });
  return { usdc: Number(after[0]! - before[0]!) / 1e6, xusd: Number(after[1]! - before[1]!) / 1e18 };
}

/** What a scan of a pool's trades says was traded; USD. */
async function volumeOf(options: object): Promise<number | undefined> {
  const made = sourceOf(pool_volume, { quote: 'usdc', ...options }, { asset, assets: [asset, dollar] });
  const [{ samples, error } = { samples: [] }] = await collectFrom(chain, [made]);
  expect(error).toBeUndefined();
  return samples.find(({ metric }) => metric === 'volume_usd')?.value;
}

const task = (name: string, contract: string) =>
  published(`@balancer-labs/v2-deployments/dist/tasks/${name}/artifact/${contract}.json`);
const twoCoins = () => [xusd.address, usdc.address];
const stable = (balances: readonly [bigint, bigint]) =>
  node.deploy(standIns().CurvePoolStandIn, [twoCoins(), balances, [WAD, 10n ** 30n]]);

/** What a Curve pool would pay for so many of the asset. */
async function gets(pool: Contract, size: number): Promise<number> {
  return Number(await node.read<bigint>(pool, 'get_dy', [0n, 1n, BigInt(Math.round(size)) * WAD])) / 1e6;
}

describe('uniswap_v2_pool', () => {
  it('prices a sale as the pair really pays it', async () => {
    const factory = await node.deploy(published('@uniswap/v2-core/build/UniswapV2Factory.json'), [OWNER]);
    await node.send(factory, 'createPair', [usdc.address, xusd.address]);
    const address = await node.read<`0x${string}`>(factory, 'getPair', [usdc.address, xusd.address]);
    const pair = { address, abi: published('@uniswap/v2-core/build/UniswapV2Pair.json').abi };
    const empty = await read('uniswap_v2_pool', { pool: address });
    expect(empty.reading.error).toMatch(/^Pool 0x\w+ on ethereum is empty\./);

    await node.send(usdc, 'transfer', [address, 1_200_000n * UNIT]);
    await node.send(xusd, 'transfer', [address, 1_000_000n * WAD]);
    await node.send(pair, 'mint', [OWNER]);
    const { values } = await read('uniswap_v2_pool', { pool: address, sizes: [1000, 250_000] });
    expect(values[SPOT]).toBeCloseTo(1.2, 12);

    const xusdIs0 = BigInt(xusd.address) < BigInt(usdc.address);
    const fetched = await undone(async () => {
      const wanted = BigInt(Math.floor(values[sold(250_000)]! * 250_000 * 1e6));
      await node.send(xusd, 'transfer', [address, 250_000n * WAD]);
      await node.send(pair, 'swap', [xusdIs0 ? 0n : wanted, xusdIs0 ? wanted : 0n, OWNER, '0x']);
      await expect(node.send(pair, 'swap', [xusdIs0 ? 0n : UNIT, xusdIs0 ? UNIT : 0n, OWNER, '0x'])).rejects.toThrow(
        /reverted/,
      );
    });
    expect(fetched.usdc / 250_000).toBeCloseTo(values[sold(250_000)]!, 9);
    // 2 % down on x·y: the reserve of the quote falls by 1 − √0.98.
    expect(values[depth('sell', '2%')]).toBeCloseTo(1_200_000 * (1 - Math.sqrt(0.98)), 6);
    expect(values[depth('buy', '5%')]).toBeCloseTo(1_200_000 * (Math.sqrt(1.05) - 1), 6);
  });
});

describe('uniswap_v4_pool', () => {
  const V4 = '@uniswap/v4-core/out';
  const LIMITS = [4_295_128_740n, 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_341n];
  let manager: Contract;
  let router: Contract;
  let key: Record<string, unknown>;
  let xusdIs0: boolean;

  const artifact = (name: string): { abi: Abi; bytecode: `0x${string}` } => {
    const { abi: all, bytecode } = published(`${V4}/${name}.sol/${name}.json`);
    // viem takes the first of two overloads that could fit.
    const abi = all.filter((item) => !('inputs' in item && item.inputs.length === 5));
    return { abi, bytecode: typeof bytecode === 'string' ? bytecode : (bytecode as { object: `0x${string}` }).object };
  };
  const swap = (zeroForOne: boolean, sqrtPriceLimitX96: bigint, amount = 10_000_000n * WAD) =>
    node.send(router, 'swap', [
      key,
      { zeroForOne, amountSpecified: -amount, sqrtPriceLimitX96 },
      { takeClaims: false, settleUsingBurn: false },
      '0x',
    ]);

  beforeAll(async () => {
    manager = await node.deploy(artifact('PoolManager'), [OWNER]);
    const liquidity = await node.deploy(artifact('PoolModifyLiquidityTest'), [manager.address]);
    router = await node.deploy(artifact('PoolSwapTest'), [manager.address]);
    for (const token of [usdc, xusd]) {
      for (const { address } of [liquidity, router]) await node.send(token, 'approve', [address, maxUint256]);
    }
    xusdIs0 = BigInt(xusd.address) < BigInt(usdc.address);
    const [currency0, currency1] = xusdIs0 ? [xusd.address, usdc.address] : [usdc.address, xusd.address];
    key = { currency0, currency1, fee: 500, tickSpacing: 10, hooks: NOBODY };
    // One dollar a token: 10^(6-18) in raw units, or its inverse.
    const root = BigInt(Math.round(Math.sqrt(xusdIs0 ? 1e-12 : 1e12) * 2 ** 96));
    await node.send(manager, 'initialize', [key, root]);
    const middle = Math.round(Math.log(xusdIs0 ? 1e-12 : 1e12) / Math.log(1.0001) / 10) * 10;
    for (const [reach, amount] of [
      [4000, 10n ** 18n],
      [100, 10n ** 19n],
      [30, 10n ** 18n],
    ] as const) {
      const range = { tickLower: middle - reach, tickUpper: middle + reach, salt: `0x${'0'.repeat(64)}` };
      await node.send(liquidity, 'modifyLiquidity', [key, { ...range, liquidityDelta: amount }, '0x']);
    }
  }, 60_000);

  const options = () => ({ manager: manager.address, fee: 500, tick_spacing: 10 });

  it('measures the depth that swaps to 0.5, 2 and 5 % away really trade', async () => {
    const { values, reading } = await read('uniswap_v4_pool', options());
    expect(reading.error).toBeUndefined();
    expect(values[SPOT]).toBeCloseTo(1, 9);
    const root = Math.sqrt(xusdIs0 ? 1e-12 : 1e12) * 2 ** 96;
    for (const [within, name] of [
      [0.005, '0.5%'],
      [0.02, '2%'],
      [0.05, '5%'],
    ] as const) {
      const limit = (factor: number) => BigInt(Math.round(root * Math.sqrt(xusdIs0 ? factor : 1 / factor)));
      const down = await undone(() => swap(xusdIs0, limit(1 - within)));
      const up = await undone(() => swap(!xusdIs0, limit(1 + within)));
      expect(values[depth('sell', name)]! / down.usdc).toBeCloseTo(1, 6);
      expect(values[depth('buy', name)]! / (-up.usdc * (1 - 0.0005))).toBeCloseTo(1, 6);
    }
  });

  it('follows the price that a sale leaves', async () => {
    const { values, reading } = await read('uniswap_v4_pool', options());
    const { market } = reading.samples[0]!.labels;
    const trades = { venue: 'uniswap_v4', pool: manager.address, pool_id: market };
    let after = values[SPOT]!;
    let traded: number | undefined;
    const { usdc: fetched } = await undone(async () => {
      await swap(xusdIs0, xusdIs0 ? LIMITS[0]! : LIMITS[1]!, 200_000n * WAD);
      after = (await read('uniswap_v4_pool', options())).values[SPOT]!;
      traded = await volumeOf(trades);
    });
    expect(after).toBeLessThan(values[SPOT]!);
    expect(traded).toBeCloseTo(fetched, 6);
    await node.client.mine({ blocks: 3 });
    expect(await volumeOf(trades)).toBe(0);
  });

  it('takes a pool that does not exist for an error, not for a price of zero', async () => {
    const { reading } = await read('uniswap_v4_pool', { ...options(), fee: 3000, tick_spacing: 60 });
    expect(reading.error).toMatch(/^The PoolManager of ethereum has no pool 0x\w{64}, or none with a price\./);
  });

  it('prices nothing by storage when a hook may change what a swap pays', () => {
    const hooks = '0x0000000000000000000000000000000000000088';
    expect(() => source('uniswap_v4_pool', { ...options(), hooks })).toThrow(/needs the address of a `quoter`/);
    expect(() => source('uniswap_v4_pool', { ...options(), sizes: [1] })).toThrow(/needs the address of a `quoter`/);
    const { made } = source('uniswap_v4_pool', { ...options(), hooks, quoter: NOBODY, sizes: [10] });
    expect(made.yields.map(({ metric }) => metric)).toEqual(['executable_price_usd']);
  });
});

describe('balancer_v2_pool', () => {
  let vault: Contract;
  let pool: Contract;
  let id: `0x${string}`;

  beforeAll(async () => {
    const authorizer = await node.deploy(task('20210418-authorizer', 'Authorizer'), [OWNER]);
    const terms = [authorizer.address, usdc.address, 7_776_000n, 2_592_000n];
    vault = await node.deploy(task('20210418-vault', 'Vault'), terms);
    const fees = await node.deploy(
      task('20220725-protocol-fee-percentages-provider', 'ProtocolFeePercentagesProvider'),
      [vault.address, WAD, WAD],
    );
    const factory = await node.deploy(task('20230206-composable-stable-pool-v3', 'ComposableStablePoolFactory'), [
      vault.address,
      fees.address,
      'f',
      'p',
    ]);
    const coins = [usdc, xusd].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    const args = ['S', 'S', coins.map((coin) => coin.address), 200n, [NOBODY, NOBODY], [0n, 0n], [false, false]];
    const create = [...args, 10n ** 14n, OWNER];
    const inputs = factory.abi.find((item) => item.type === 'function' && item.name === 'create') as unknown as {
      inputs: { type: string }[];
    };
    const fitted = create.map((value, index) => (inputs.inputs[index]!.type === 'bool' ? false : value));
    await node.send(factory, 'create', fitted.slice(0, inputs.inputs.length));
    const [log] = await node.client.getContractEvents({
      address: factory.address,
      abi: factory.abi,
      eventName: 'PoolCreated',
      fromBlock: 0n,
    });
    const { abi } = task('20230206-composable-stable-pool-v3', 'ComposableStablePool');
    pool = { address: (log as unknown as { args: { pool: `0x${string}` } }).args.pool, abi };
    id = await node.read(pool, 'getPoolId');
    const [all] = await node.read<readonly [readonly string[]]>(vault, 'getPoolTokens', [id]);
    for (const coin of [usdc, xusd]) await node.send(coin, 'approve', [vault.address, maxUint256]);
    const amounts = all.map((coin) => {
      if (coin === pool.address) return 0n;
      return coin === usdc.address ? MILLION : 1_000_000n * WAD;
    });
    const userData = encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256[]' }], [0n, amounts]);
    const most = all.map(() => maxUint256);
    const join = { assets: all, maxAmountsIn: most, userData, fromInternalBalance: false };
    await node.send(vault, 'joinPool', [id, OWNER, OWNER, join]);
  }, 60_000);

  const sell = (amount: bigint) =>
    node.send(vault, 'swap', [
      { poolId: id, kind: 0, assetIn: xusd.address, assetOut: usdc.address, amount, userData: '0x' },
      { sender: OWNER, fromInternalBalance: false, recipient: OWNER, toInternalBalance: false },
      0n,
      maxUint256,
    ]);

  it('prices a sale as the Vault really pays it, while getRate rises over a depeg', async () => {
    const options = { pool_id: id, vault: vault.address, sizes: [1000, 100_000] };
    const fair = await read('balancer_v2_pool', options);
    expect(fair.reading.error).toBeUndefined();
    expect(fair.values[SPOT]).toBeCloseTo(1, 3);
    expect(fair.values['pool_share_ratio']).toBeCloseTo(0.5, 12);
    const paid = await undone(() => sell(100_000n * WAD));
    expect(fair.values[sold(100_000)]! / (paid.usdc / 100_000)).toBeCloseTo(1, 6);

    const rate = await node.read<bigint>(pool, 'getRate');
    const held = async () => Number(await node.read<bigint>(usdc, 'balanceOf', [vault.address])) / 1e6;
    const before = await held();
    for (const amount of [500_000n, 400_000n, 90_000n]) await sell(amount * WAD);
    const broken = await read('balancer_v2_pool', options);
    const traded = await volumeOf({ venue: 'balancer_v2', pool: vault.address, pool_id: id });
    expect(traded).toBeCloseTo(before - (await held()), 6);
    expect(await node.read<bigint>(pool, 'getRate')).toBeGreaterThan(rate);
    expect(broken.values[SPOT]).toBeLessThan(0.7);
    expect(broken.values['pool_share_ratio']).toBeGreaterThan(0.95);
    expect(broken.values[depth('sell', '2%')]!).toBeLessThan(fair.values[depth('sell', '2%')]! / 50);
    expect(broken.values['parameter_value{parameter=paused}']).toBe(0);
  });
});

describe('curve_pool', () => {
  it('quotes, weighs and measures a stable pool, by its own arithmetic', async () => {
    const pool = await stable([1_000_000n * WAD, 1_000_000n * UNIT]);
    const options = { pool: pool.address, sizes: [250_000], math: 'stable-ng' };
    const fair = (await read('curve_pool', options)).values;
    expect(fair[SPOT]).toBeCloseTo(0.9996, 4);
    expect(fair['pool_share_ratio']).toBeCloseTo(0.5, 12);
    const paid = await node.read<bigint>(pool, 'get_dy', [0n, 1n, 250_000n * WAD]);
    expect(fair[sold(250_000)]! / (Number(paid) / 1e6 / 250_000)).toBeCloseTo(1, 9);

    const virtual = await node.read<bigint>(pool, 'get_virtual_price');
    await node.send(pool, 'exchange', [0n, 1n, 990_000n * WAD]);
    const broken = (await read('curve_pool', options)).values;
    expect(await node.read<bigint>(pool, 'get_virtual_price')).toBeGreaterThan(virtual);
    expect(broken[SPOT]).toBeLessThan(0.8);
    expect(broken['pool_share_ratio']).toBeGreaterThan(0.95);
  });

  it.each([
    [1_000_000n, 1_000_000n],
    [1_500_000n, 500_000n],
    [100_000n, 1_900_000n],
  ])('measures the depth of a sale to within a tenth, from %s and %s', async (base, money) => {
    const pool = await stable([base * WAD, money * UNIT]);
    const { values } = await read('curve_pool', { pool: pool.address });
    const price = async (paid: number) => ((await gets(pool, paid + 500)) - (await gets(pool, paid))) / 500;
    const floor = values[SPOT]! * 0.98;
    let [low, high] = [1, Number(money) * 1.2];
    for (let step = 0; step < 18; step++) {
      const middle = (low + high) / 2;
      if ((await price(middle)) > floor) low = middle;
      else high = middle;
    }
    const got = await gets(pool, low);
    expect(values[depth('sell', '2%')]! / got).toBeGreaterThan(0.9);
    expect(values[depth('sell', '2%')]! / got).toBeLessThan(1.1);
  });

  it('asks a crypto pool by its own kind of index, and a wrong kind is a revert and not a price', async () => {
    const pool = await node.deploy(standIns().CurveCryptoPoolStandIn, [twoCoins(), [1000n * WAD, 3_000_000n * UNIT]]);
    const { values } = await read('curve_pool', { pool: pool.address, math: 'crypto', sizes: [500] });
    expect(values[SPOT]).toBeCloseTo(3000, 0);
    expect(values[sold(500)]).toBeCloseTo(2000, 6);
    expect(values['pool_share_ratio']).toBeUndefined();
    const wrong = await read('curve_pool', { pool: pool.address, math: 'stable' });
    expect(wrong.values).toEqual({ call_reverted_bool: 1, tocsin_source_up: 1 });
  });

  it('adds up what was sold and bought for the quote, both ways, and nothing before a trade', async () => {
    const pool = await stable([1_000_000n * WAD, 1_000_000n * UNIT]);
    const options = { venue: 'curve', pool: pool.address };
    expect(await volumeOf(options)).toBe(0);
    const got = await node.read<bigint>(pool, 'get_dy', [0n, 1n, 250_000n * WAD]);
    await node.send(pool, 'exchange', [0n, 1n, 250_000n * WAD]);
    expect(await volumeOf(options)).toBeCloseTo(Number(got) / 1e6, 6);
    await node.send(pool, 'exchange', [1n, 0n, 70_000n * UNIT]);
    expect(await volumeOf(options)).toBeCloseTo(Number(got) / 1e6 + 70_000, 6);
  });

  it.each([
    ['curve_crypto', false],
    ['curve_crypto_ng', true],
  ])('adds up the trades of a pool of %s, whose event is its own', async (venue, ng) => {
    const pool = await node.deploy(standIns().CurveCryptoPoolStandIn, [twoCoins(), [1000n * WAD, 3_000_000n * UNIT]]);
    await node.send(pool, 'exchange', [0n, 1n, 500n * WAD, ng]);
    await node.send(pool, 'exchange', [0n, 1n, 100n * WAD, !ng]);
    expect(await volumeOf({ venue, pool: pool.address })).toBeCloseTo(1_000_000, 6);
  });

  it('knows the events by which the real pools tell of trades', () => {
    expect(SWAP_TOPICS).toEqual(
      Object.fromEntries(Object.entries(SWAPS).map(([venue, { event }]) => [venue, toEventSelector(event)])),
    );
  });

  it('names what a pool trades when the pair is not in it', async () => {
    const pool = await stable([WAD, UNIT]);
    const other = assetAt('other', OWNER);
    const made = sourceOf(curve_pool, { pool: pool.address, quote: 'usdc' }, { asset: other, assets: [dollar] });
    const [reading] = await collectFrom(chain, [made]);
    expect(reading!.error).toMatch(/^Pool 0x\w+ on ethereum trades 0x\w+ and 0x\w+, and not the asset 0x\w+\./);
  });
});

describe('balancer_v3_pool', () => {
  it('quotes by the Router, weighs live balances, and prices nothing while paused', async () => {
    const balances = [1_000_000n * WAD, 1_000_000n * UNIT];
    const live = [1_000_000n * WAD, 3_000_000n * WAD];
    const both = await node.deploy(standIns().BalancerV3StandIn, [[xusd.address, usdc.address], balances, live]);
    const options = { pool: OWNER, router: both.address, vault: both.address, sizes: [1_000_000] };
    const { values } = await read('balancer_v3_pool', options);
    expect(values[SPOT]).toBeCloseTo(1, 4);
    expect(values[sold(1_000_000)]).toBeCloseTo(0.5, 12);
    expect(values['pool_share_ratio']).toBe(0.25);
    expect(values[depth('sell', '5%')]! / (1_000_000 * (1 - Math.sqrt(0.95)))).toBeCloseTo(1, 1);
    await node.send(both, 'pause', [true]);
    expect((await read('balancer_v3_pool', options)).values).toEqual({
      'parameter_value{parameter=paused}': 1,
      pool_share_ratio: 0.25,
      call_reverted_bool: 0,
      tocsin_source_up: 1,
    });
  });
});
