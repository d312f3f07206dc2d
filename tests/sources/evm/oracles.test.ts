import { encodeAbiParameters } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import { chainlink_feed, chainlink_reserve, oracle_class, pyth_price } from '../../../src/sources/index.ts';
import { deployAave, deployAggregator, deployFeed } from './aaveWorld.ts';
import { assetAt, chainAt, collectFrom, seriesOf, sourceOf, type TestChain } from './chain.ts';
import { compile } from './compile.ts';
import { startProxy, answersError, only } from '../../io/evmProxy.ts';

const NOBODY = '0x0000000000000000000000000000000000000000';
const FEED_ID = `0x${'ea'.repeat(32)}`;

let node: Node;
let chain: TestChain;
let usdc: Contract;
let xusd: Contract;
let feed: Awaited<ReturnType<typeof deployFeed>>;
let constant: Contract;
let deploy: (name: string, args?: readonly unknown[]) => Promise<Contract>;

beforeAll(async () => {
  node = await startNode();
  usdc = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  xusd = await node.deploy(compiled().Token, ['Stream', 'xUSD', 6]);
  feed = await deployFeed(node, 'xUSD / USD', 1.26);
  const artifacts = compile(['Oracles.sol']);
  deploy = async (name, args = []) => node.deploy(artifacts[name]!, args);
  constant = await deploy('ConstantFeed');
  chain = chainAt(node.url);
}, 180_000);

afterAll(() => node.stop());

const asset = () => assetAt('xusd', xusd.address, 'nav');
const read = async (source: ReturnType<typeof sourceOf>): Promise<Record<string, number | string | undefined>> => {
  const [reading] = await collectFrom(chain, [source]);
  return { ...seriesOf(reading!), error: reading!.error };
};
const classed = async (
  options: Record<string, unknown>,
  from = chain,
): Promise<Record<string, number | readonly (string | undefined)[]>> => {
  const [reading] = await collectFrom(from, [sourceOf(oracle_class, options, { asset: asset() })]);
  expect(reading!.error).toBeUndefined();
  const found = reading!.samples.filter(({ metric, value }) => metric === 'oracle_class_bool' && value === 1);
  return { class: found.map(({ labels }) => labels['class']), ...seriesOf(reading!) };
};

const chainlink = (more: Record<string, unknown> = {}) =>
  sourceOf(chainlink_feed, { feed: feed.feed.address, ...more }, { asset: asset() });

describe('chainlink_feed', () => {
  it('measures the age of a round against the heartbeat', async () => {
    const { timestamp } = await node.client.getBlock();
    await feed.set(1.26);
    await node.mineAt(Number(timestamp) + 36 * 3600);
    const values = await read(chainlink({ heartbeat: '24h' }));
    expect(values['oracle_overdue_ratio']).toBeCloseTo(1.5, 3);
    expect(values['oracle_age_seconds']).toBeCloseTo(36 * 3600, -2);
  });

  it('tells when the aggregator behind the proxy was exchanged', async () => {
    const before = await read(chainlink());
    const next = await deployAggregator(node, 'xUSD / USD v2');
    await node.send(next, 'submit', [1n, 125_000_000n]);
    await node.send(feed.feed, 'proposeAggregator', [next.address]);
    await node.send(feed.feed, 'confirmAggregator', [next.address]);
    const after = await read(chainlink());
    expect(before['parameter_value phase']).toBe(1);
    expect(after['parameter_value phase']).toBe(2);
    expect(after['parameter_value aggregator']).not.toBe(before['parameter_value aggregator']);
    expect(after['oracle_price_usd']).toBe(1.25);
  });

  it('takes another upstream that answers like Chainlink, and a feed without proxy', async () => {
    const [reading] = await collectFrom(chain, [
      sourceOf(chainlink_feed, { feed: constant.address, upstream: 'redstone' }, { asset: asset() }),
    ]);
    expect(reading!.samples[0]!.labels['upstream']).toBe('redstone');
    expect(seriesOf(reading!)).not.toHaveProperty('parameter_value aggregator');
    expect(seriesOf(reading!)).toMatchObject({ oracle_price_usd: 1.265, oracle_age_seconds: 0 });
  });
});

describe('chainlink_reserve', () => {
  it('compares reserves with supply here and elsewhere', async () => {
    await node.send(usdc, 'mint', [OWNER, 1_000_000n * 1_000_000n]);
    const reserves = await deployFeed(node, 'USDC reserves', 1_200_000);
    const source = sourceOf(
      chainlink_reserve,
      { feed: reserves.feed.address, elsewhere: 500_000 },
      { asset: assetAt('usdc', usdc.address, 'usd') },
    );
    expect((await read(source))['backing_ratio']).toBeCloseTo(0.8, 9);
    const bare = assetAt('xusd', xusd.address);
    const values = await read(sourceOf(chainlink_reserve, { feed: reserves.feed.address }, { asset: bare }));
    expect(values).not.toHaveProperty('backing_ratio');
    expect(values['attestation_age_seconds']).toBeGreaterThanOrEqual(0);
  });
});

describe('pyth_price', () => {
  it('reads price, age and confidence, and refuses what Pyth itself is unsure of', async () => {
    const { MockPyth } = compile(['@pythnetwork/pyth-sdk-solidity/MockPyth.sol']);
    const pyth = await node.deploy(MockPyth!, [60n, 0n]);
    const source = sourceOf(pyth_price, { pyth: pyth.address, feed_id: FEED_ID }, { asset: asset() });
    expect(await read(source)).toMatchObject({ call_reverted_bool: 1, tocsin_source_up: 1 });
    const update = async (conf: bigint) => {
      const { timestamp } = await node.client.getBlock();
      const price = (value: bigint) => ({ price: value, conf, expo: -8, publishTime: timestamp });
      const struct = {
        type: 'tuple',
        components: ['int64', 'uint64', 'int32', 'uint256'].map((type, index) => ({
          type,
          name: ['price', 'conf', 'expo', 'publishTime'][index]!,
        })),
      };
      const type = {
        type: 'tuple',
        components: [
          { type: 'bytes32', name: 'id' },
          { ...struct, name: 'price' },
          { ...struct, name: 'emaPrice' },
        ],
      };
      const data = encodeAbiParameters([type, { type: 'uint64' }], [
        { id: FEED_ID, price: price(99_985_000n), emaPrice: price(99_990_000n) },
        timestamp,
      ] as never);
      await node.send(pyth, 'updatePriceFeeds', [[data]]);
      return Number(timestamp);
    };
    const at = await update(50_000n);
    await node.mineAt(at + 120);
    expect(await read(source)).toMatchObject({
      oracle_price_usd: 0.99985,
      oracle_age_seconds: 120,
      oracle_confidence_ratio: expect.closeTo(50_000 / 99_985_000, 12),
    });
    await update(5_000_000n);
    expect((await read(source))['error']).toMatch(
      /^Pyth feed 0x\w+ is sure only to 0\.0500 of the price, beyond `widest` 0\.01\./,
    );
  });
});

describe('oracle_class', () => {
  it('knows a feed from a number in code that dresses as one', async () => {
    expect(await classed({ feed: feed.feed.address })).toMatchObject({ class: ['feed'], oracle_leaves_count: 1 });
    expect((await classed({ feed: feed.feed.address }))['oracle_slots_count']).toBeGreaterThan(0);
    expect(await classed({ feed: constant.address })).toMatchObject({ class: ['constant'], oracle_slots_count: 0 });
  });

  it.each<[string, () => readonly string[], string]>([
    ['feeds', () => [feed.feed.address, NOBODY, NOBODY], 'feed'],
    ['a feed and a vault', () => [feed.feed.address, NOBODY, usdc.address], 'feed_rate'],
    ['a vault alone', () => [NOBODY, NOBODY, usdc.address], 'vault_rate'],
    ['nothing', () => [NOBODY, NOBODY, NOBODY], 'constant'],
    ['a hard-coded feed', () => [constant.address, NOBODY, NOBODY], 'constant'],
    ['a contract that is no feed', () => [usdc.address, NOBODY, NOBODY], 'unknown'],
  ])('follows a Morpho oracle to %s', async (_, parts, found) => {
    const oracle = await deploy('MorphoOracleStandIn', parts());
    const world = await morphoWith(oracle);
    expect((await classed(world))['class']).toEqual([found]);
  });

  it('calls a Morpho oracle without parts a constant by the storage it does not touch', async () => {
    const world = await morphoWith(await deploy('BareConstantOracle'));
    expect(await classed(world)).toMatchObject({ class: ['constant'], oracle_slots_count: 0 });
  });

  it.each<[string, () => Promise<Contract>, string, string]>([
    ['a fixed rate', async () => deploy('FixedRateStandIn'), NOBODY, 'constant'],
    ['a feed', async () => deploy('ChainlinkAdapterStandIn', [feed.feed.address]), NOBODY, 'feed'],
    [
      'a feed of what is inside',
      async () => deploy('ChainlinkAdapterStandIn', [feed.feed.address]),
      FEED_ID.slice(0, 42),
      'feed_rate',
    ],
    [
      'a cross of two',
      async () =>
        deploy('CrossStandIn', [
          (await deploy('FixedRateStandIn')).address,
          (await deploy('ChainlinkAdapterStandIn', [feed.feed.address])).address,
        ]),
      NOBODY,
      'feed',
    ],
  ])('follows an Euler router to %s', async (_, adapter, unwrapped, found) => {
    const router = await deploy('EulerRouterStandIn');
    await node.send(router, 'use', [(await adapter()).address, unwrapped]);
    const seen = await classed({ euler_vault: router.address, collateral: xusd.address });
    expect(seen['class']).toEqual([found]);
    if (found !== 'constant') expect(seen['oracle_age_seconds']).toBeGreaterThanOrEqual(0);
  });

  it('follows a real Aave oracle to its source, an adapter with a cap included', async () => {
    const capped = await deploy('CappedStandIn', [constant.address]);
    const aave = await deployAave(node, [
      { token: usdc, feed: capped },
      { token: xusd, feed: feed.feed },
    ]);
    expect((await classed({ aave_provider: aave.provider.address }))['class']).toEqual(['feed']);
    const [reading] = await collectFrom(chain, [
      sourceOf(oracle_class, { aave_provider: aave.provider.address }, { asset: assetAt('usdc', usdc.address) }),
    ]);
    expect(seriesOf(reading!)['oracle_slots_count']).toBeGreaterThan(0);
  });

  it('calls nothing a constant by its storage where the node lists no accesses', async () => {
    const proxy = await startProxy(node.url);
    proxy.fault = only('eth_createAccessList', answersError(-32_601, 'method not found'));
    const seen = await classed({ feed: constant.address }, chainAt(proxy.url));
    expect(seen['class']).toEqual(['feed']);
    expect(seen).not.toHaveProperty('oracle_slots_count');
    await proxy.stop();
  });

  it.each([
    [{}, /Found 0 of feed, morpho_market, euler_vault, silo, aave_provider\. Name exactly one\./],
    [{ feed: NOBODY, silo: NOBODY }, /Found 2 of/],
    [{ euler_vault: NOBODY }, /`euler_vault` without `collateral`/],
  ])('refuses %j', (options, message) => {
    expect(() => sourceOf(oracle_class, options, { asset: asset() })).toThrow(message);
  });
});

/** A stand-in for Morpho that knows one market, whose oracle is this. */
async function morphoWith(oracle: Contract) {
  const morpho = await deploy('MorphoRegistryStandIn', [oracle.address]);
  return { morpho: morpho.address, morpho_market: FEED_ID };
}
