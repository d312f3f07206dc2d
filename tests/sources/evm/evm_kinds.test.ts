import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Node } from '../../../demo/chain/node.ts';
import { deployWorld, type World } from '../../../demo/chain/world.ts';
import type { Asset } from '../../../src/model/rule.ts';
import {
  chainlink_feed,
  erc20_balance,
  erc20_supply,
  erc4626,
  evm_call,
  evm_head,
} from '../../../src/sources/index.ts';
import { assetAt, chainAt, collectFrom, sourceOf, valuesOf, type TestChain } from './chain.ts';

const START = 1_762_000_000;
const NOBODY = '0x00000000000000000000000000000000000000ee';
const holder = OWNER.toLowerCase();

let node: Node;
let world: World;
let chain: TestChain;
let usdc: Asset;
let xusd: Asset;

beforeAll(async () => {
  node = await startNode({ timestamp: START });
  world = await deployWorld(node);
  chain = chainAt(node.url);
  usdc = assetAt('usdc', world.usdc.address, 'usd');
  xusd = assetAt('xusd', world.vault.address, 'nav');
});

afterAll(() => node.stop());

const call = (options: Record<string, unknown>) =>
  sourceOf(evm_call, { metric: 'parameter_value', ...options }, { asset: xusd });
const collect = async (source: ReturnType<typeof sourceOf>) => (await collectFrom(chain, [source]))[0]!;

describe('erc20_supply', () => {
  it.each([6, 18, 0])('reads a token of %i decimals in whole tokens', async (decimals) => {
    const token = await world.deployToken('ANY', decimals);
    await node.send(token, 'mint', [OWNER, 1_234_567n * 10n ** BigInt(decimals)]);
    const reading = await collect(sourceOf(erc20_supply, {}, { asset: assetAt('any', token.address) }));
    expect(valuesOf(reading)).toEqual({ supply_tokens: 1_234_567, call_reverted_bool: 0, tocsin_source_up: 1 });
  });

  it('says which address has no code, and leaves other sources alone', async () => {
    const [bad, good] = await collectFrom(chain, [
      sourceOf(erc20_supply, {}, { asset: assetAt('ghost', NOBODY) }),
      sourceOf(erc20_supply, {}, { asset: usdc }),
    ]);
    expect(bad!.error).toMatch(/^No contract code at 0x0+ee on ethereum, .* Check the address and the chain\.$/);
    expect(valuesOf(bad!)).toEqual({ tocsin_source_up: 0 });
    expect(good!.error).toBeUndefined();
  });

  it('refuses an asset without an address on the chain', () => {
    expect(() => sourceOf(erc20_supply, {}, { asset: { id: 'x', name: 'x', on: {} } })).toThrow(
      /Asset "x" has no address/,
    );
  });
});

describe('erc20_balance', () => {
  it('reads what the holder has', async () => {
    const token = await world.deployToken('SIX', 6);
    await node.send(token, 'mint', [OWNER, 1_500_001n]);
    const reading = await collect(sourceOf(erc20_balance, { holder: OWNER }, { asset: assetAt('six', token.address) }));
    expect(valuesOf(reading)[`balance_tokens{holder=${holder}}`]).toBe(1.500001);
  });
});

describe('erc4626', () => {
  it('reads the worth of a share and the NAV against a USD-pegged underlying', async () => {
    await world.setNav(1.2654);
    const reading = await collect(sourceOf(erc4626, { underlying: 'usdc' }, { asset: xusd, assets: [usdc] }));
    const held = await node.read<bigint>(world.usdc, 'balanceOf', [world.vault.address]);
    expect(valuesOf(reading)).toEqual({
      share_price_ratio: 1.2654,
      nav_per_share_usd: 1.2654,
      assets_tokens: Number(held) / 1e6,
      liquidity_tokens: Number(held) / 1e6,
      call_reverted_bool: 0,
      tocsin_source_up: 1,
    });
    expect(reading.origin).toEqual({
      chain: 'ethereum',
      block: expect.any(Number),
      hash: expect.stringMatching(/^0x/),
    });
    expect(reading.samples[0]!.at).toBe(Number((await node.client.getBlock()).timestamp) * 1000);
  });

  it('claims no NAV in USD without a USD-pegged underlying', () => {
    const { made } = sourceOf(erc4626, {}, { asset: xusd });
    expect(made.yields.map(({ metric }) => metric)).toEqual(['share_price_ratio', 'assets_tokens', 'liquidity_tokens']);
  });

  it('refuses a vault that holds something else than its underlying', async () => {
    const other = assetAt('usdc', NOBODY, 'usd');
    const reading = await collect(sourceOf(erc4626, { underlying: 'usdc' }, { asset: xusd, assets: [other] }));
    expect(reading.error).toMatch(/^Vault 0x\w+ holds 0x\w+ on ethereum, but `underlying` is 0x0+ee there\./);
  });

  it('tells when a holder cannot leave', async () => {
    const source = sourceOf(erc4626, { holder: OWNER }, { asset: xusd });
    const most = await node.read<bigint>(world.vault, 'maxWithdraw', [OWNER]);
    const withdrawable = `withdrawable_tokens{holder=${holder}}`;
    expect(valuesOf(await collect(source))).toMatchObject({
      [withdrawable]: Number(most) / 1e6,
      redemption_paused_bool: 0,
    });
    await world.setPaused(true);
    expect(valuesOf(await collect(source))).toMatchObject({ [withdrawable]: 0, redemption_paused_bool: 1 });
    await world.setPaused(false);
  });
});

describe('erc4626 without a pause flag', () => {
  it('takes a holder that has something and may take nothing for locked in', async () => {
    const vault = await node.deploy(compiled().SilentVault, [world.usdc.address]);
    const source = sourceOf(erc4626, { holder: OWNER }, { asset: assetAt('silent', vault.address) });
    const paused = async () => valuesOf(await collect(source))['redemption_paused_bool'];
    expect(await paused()).toBeUndefined();
    await node.send(world.usdc, 'approve', [vault.address, 1_000_000n]);
    await node.send(vault, 'deposit', [1_000_000n, OWNER]);
    expect(await paused()).toBe(0);
    await node.send(vault, 'lock', [true]);
    expect(await paused()).toBe(1);
  });
});

describe('chainlink_feed', () => {
  it('reads the price and the age of its round at the block', async () => {
    const at = Number((await node.client.getBlock()).timestamp) + 100;
    await world.setAnswer(1.26, at);
    await node.mineAt(at + 3600);
    const reading = await collect(sourceOf(chainlink_feed, { feed: world.feed.address }, { asset: xusd }));
    expect(valuesOf(reading)).toEqual({
      oracle_price_usd: 1.26,
      oracle_age_seconds: 3600,
      'parameter_value{parameter=phase}': 1,
      'parameter_value{parameter=aggregator}': expect.any(Number),
      call_reverted_bool: 0,
      tocsin_source_up: 1,
    });
  });

  it('takes a feed without any round for a revert, not for an outage', async () => {
    const empty = await world.deployEmptyFeed();
    const reading = await collect(sourceOf(chainlink_feed, { feed: empty.address }, { asset: xusd }));
    expect(valuesOf(reading)).toEqual({ call_reverted_bool: 1, tocsin_source_up: 1 });
    expect(reading.error).toBeUndefined();
  });

  it.each([0n, -5n])('refuses an answer of %s', async (answer) => {
    const mock = await world.deployMockFeed(answer);
    const reading = await collect(sourceOf(chainlink_feed, { feed: mock.address }, { asset: xusd }));
    expect(reading.error).toMatch(new RegExp(`^Chainlink feed 0x\\w+ answered ${answer}; a price must be positive\\.`));
    expect(valuesOf(reading)).toEqual({ tocsin_source_up: 0 });
  });
});

describe('evm_call', () => {
  it('divides by the decimals of the contract', async () => {
    await world.setNav(1.1);
    const source = call({
      function: 'function convertToAssets(uint256) view returns (uint256)',
      args: ['1000000'],
      decimals: 'auto',
    });
    expect(valuesOf(await collect(source))['parameter_value']).toBe(1.1);
  });

  it('takes one of several outputs, below zero too, and names it by its labels', async () => {
    const slot0 = 'function slot0() view returns (uint160, int24, uint16, uint16, uint16, uint8, bool)';
    const source = call({ address: world.pool.address, function: slot0, output: 1, labels: { parameter: 'tick' } });
    const [, tick] = await node.read<readonly [bigint, number]>(world.pool, 'slot0');
    expect(valuesOf(await collect(source))['parameter_value{parameter=tick}']).toBe(tick);
  });

  it('reads a boolean as 0 or 1', async () => {
    const source = call({ function: 'function paused() view returns (bool)', metric: 'redemption_paused_bool' });
    expect(valuesOf(await collect(source))['redemption_paused_bool']).toBe(0);
  });

  it('takes a reverting view for a fact, not for an outage', async () => {
    const source = call({ function: 'function nope() view returns (uint256)' });
    expect(valuesOf(await collect(source))).toEqual({ call_reverted_bool: 1, tocsin_source_up: 1 });
  });

  it('reads past 2^53 without losing digits before the division', async () => {
    const token = await world.deployToken('BIG', 18);
    await node.send(token, 'mint', [OWNER, 12_345_678_901_234_567_890_123_456n]);
    const source = call({
      address: token.address,
      function: 'function totalSupply() view returns (uint256)',
      decimals: 18,
    });
    expect(valuesOf(await collect(source))['parameter_value']).toBe(Number('12345678.901234567890123456'));
  });

  it.each([
    [{ function: 'rate()' }, /"rate\(\)" is no function signature\. Expected one such as/],
    [{ function: 'function mint(address,uint256)' }, /is no view function/],
    [{ function: 'function f() view returns (uint256, uint256)' }, /has 2 outputs\. Say which one with `output`/],
    [{ function: 'function f() view returns (uint256)', output: 3 }, /has no output 3; it has 1\./],
    [{ function: 'function name() view returns (string)' }, /Output 0 is of type "string"\. Expected a whole number/],
    [{ function: 'function f(uint256) view returns (uint256)' }, /f\(\) takes 1 arguments; 0 are given/],
    [{ function: 'function f(uint256) view returns (uint256)', args: [1.5] }, /Argument "1\.5" is no whole number/],
    [{ function: 'function f(address) view returns (uint256)', args: ['0x12'] }, /do not fit its types \(address\)/],
  ])('refuses %j', (options, message) => {
    expect(() => call(options)).toThrow(message);
  });
});

describe('evm_head', () => {
  it('measures both tags against the clock, at the time of the clock', async () => {
    await node.client.mine({ blocks: 70 });
    const source = sourceOf(evm_head, {});
    const [latest, final] = await Promise.all(
      (['latest', 'finalized'] as const).map((blockTag) => node.client.getBlock({ blockTag })),
    );
    const now = Number(latest!.timestamp) * 1000 + 90_000;
    const [reading] = await collectFrom(chain, [source], now);
    expect(valuesOf(reading!)).toMatchObject({
      'chain_lag_seconds{tag=latest}': 90,
      'chain_lag_seconds{tag=finalized}': 90 + Number(latest!.timestamp - final!.timestamp),
    });
    expect(reading!.samples[0]!.at).toBe(now);
    expect(final!.number).toBeLessThan(latest!.number);
  });
});
