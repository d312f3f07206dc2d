import { maxUint256 } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import type { Asset } from '../../../src/model/rule.ts';
import { cooldown_vault, erc4626, erc7540_vault, stream_vault } from '../../../src/sources/index.ts';
import * as fault from '../../io/evmProxy.ts';
import { assetAt, chainAt, collectFrom, sourceOf, valuesOf, type TestChain } from './chain.ts';
import { standIns } from './standIns.ts';

const MILLION = 1_000_000n * 1_000_000n;
const SINK = '0x00000000000000000000000000000000000000dd';
const holder = OWNER.toLowerCase();

let node: Node;
let proxy: fault.Proxy;
let chain: TestChain;
let usdc: Contract;
let dollar: Asset;

beforeAll(async () => {
  node = await startNode();
  proxy = await fault.startProxy(node.url);
  chain = chainAt(proxy.url);
  usdc = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  await node.send(usdc, 'mint', [OWNER, 100n * MILLION]);
  dollar = assetAt('usdc', usdc.address, 'usd');
});

afterAll(async () => {
  await proxy.stop();
  await node.stop();
});

const collect = async (source: ReturnType<typeof sourceOf>) => (await collectFrom(chain, [source]))[0]!;

const exit = (vault: Contract, more: object = {}) =>
  sourceOf(
    erc4626,
    { holder: OWNER, underlying: 'usdc', ...more },
    { asset: assetAt('v', vault.address), assets: [dollar] },
  );

/** A vault with a million in it. */
async function filled(vault: Contract): Promise<Contract> {
  await node.send(usdc, 'approve', [vault.address, maxUint256]);
  await node.send(vault, 'deposit', [MILLION, OWNER]);
  return vault;
}

describe('erc4626', () => {
  it('reads the assets that lie idle and what a holder could take in USD', async () => {
    const vault = await filled(await node.deploy(compiled().Vault, [usdc.address, 'Vault', 'V']));
    const reading = await collect(exit(vault));
    expect(valuesOf(reading)).toMatchObject({
      liquidity_tokens: 1_000_000,
      assets_tokens: 1_000_000,
      [`withdrawable_usd{holder=${holder}}`]: 1_000_000,
      redemption_paused_bool: 0,
    });
  });

  it('believes a redemption more than a limit that is always 0', async () => {
    const vault = await filled(await node.deploy(standIns().ZeroLimitVaultStandIn, [usdc.address]));
    const open = await collect(exit(vault));
    expect(valuesOf(open)).toMatchObject({ redemption_paused_bool: 0 });
    expect(Object.keys(valuesOf(open)).filter((name) => name.startsWith('withdrawable'))).toEqual([]);
    await node.send(vault, 'lock', [true]);
    const locked = await collect(exit(vault));
    expect(valuesOf(locked)).toMatchObject({
      redemption_paused_bool: 1,
      [`withdrawable_tokens{holder=${holder}}`]: 0,
    });
    expect(locked.origin.reverted).toMatch(/^redeem\(\) of 0x\w+ on ethereum reverted: "0x\w{8}"\.$/);
  });

  it('tries a redemption at every poll when told to', async () => {
    const vault = await filled(await node.deploy(compiled().Vault, [usdc.address, 'Vault', 'V']));
    const source = exit(vault, { simulate: true });
    expect(valuesOf(await collect(source))['redemption_paused_bool']).toBe(0);
    await node.send(vault, 'pause');
    expect((await collect(source)).origin.reverted).toMatch(/^redeem\(\) .* reverted/);
    await node.send(vault, 'unpause');
  });

  it.each<[string, fault.Fault]>([
    ['HTTP 500', fault.answers(500)],
    ['a dropped socket', fault.drops],
    ['-32603', fault.answersError(-32_603, 'upstream does not have the requested block yet')],
    ['-32000', fault.answersError(-32_000, 'header not found')],
    ['nothing', fault.answersResult('0x')],
  ])('says nothing of the exit when the redemption is answered by %s', async (_, broken) => {
    const vault = await filled(await node.deploy(standIns().ZeroLimitVaultStandIn, [usdc.address]));
    proxy.fault = (body, response) => 'from' in Object(body.params?.[0]) && broken(body, response);
    const outcome = await collect(exit(vault)).catch((error: unknown) => error);
    proxy.fault = fault.healthy;
    const values = 'samples' in (outcome as object) ? valuesOf(outcome as never) : {};
    expect(values['redemption_paused_bool']).toBeUndefined();
    expect(values['call_reverted_bool']).toBeUndefined();
  });

  it('does not take the queue of an asynchronous vault for a pause', async () => {
    const vault = await filled(await node.deploy(standIns().AsyncVaultStandIn, [usdc.address]));
    const reading = await collect(exit(vault));
    expect(reading.error).toBeUndefined();
    expect(valuesOf(reading)['redemption_paused_bool']).toBeUndefined();
  });
});

describe('erc7540_vault', () => {
  it('follows shares from the request to the claim, without its previews', async () => {
    const vault = await filled(await node.deploy(standIns().AsyncVaultStandIn, [usdc.address]));
    const source = sourceOf(erc7540_vault, { controllers: [OWNER] }, { asset: assetAt('v', vault.address) });
    const queue = async () => {
      const values = valuesOf(await collect(source));
      const at = (metric: string) => values[`${metric}{holder=${holder},unit=shares}`];
      return [
        values['share_price_ratio'],
        at('redemption_queue_tokens'),
        at('redemption_claimable_tokens'),
        values['call_reverted_bool'],
      ];
    };
    expect(await queue()).toEqual([1, 0, 0, 0]);
    await node.send(vault, 'requestRedeem', [250_000n * 1_000_000n, OWNER, OWNER]);
    expect(await queue()).toEqual([1, 250_000, 0, 0]);
    await node.send(vault, 'serve', [OWNER, 100_000n * 1_000_000n]);
    expect(await queue()).toEqual([1, 150_000, 100_000, 0]);
    await node.send(vault, 'redeem', [100_000n * 1_000_000n, OWNER, OWNER]);
    expect(await queue()).toEqual([1, 150_000, 0, 0]);
  });

  it('finds everybody’s requests in the logs, and the age of the oldest that still waits', async () => {
    const vault = await filled(await node.deploy(standIns().AsyncVaultStandIn, [usdc.address]));
    const source = sourceOf(erc7540_vault, { requests_from: 0 }, { asset: assetAt('v', vault.address) });
    const waits = async () => {
      const values = valuesOf(await collect(source));
      return [values['redemption_queue_tokens{unit=shares}'], values['redemption_wait_seconds']];
    };
    const later = async (seconds: number) => node.mineAt(Number((await node.client.getBlock()).timestamp) + seconds);
    const request = (shares: bigint, controller: string) =>
      node.send(vault, 'requestRedeem', [shares * 1_000_000n, controller, OWNER]);
    expect(await waits()).toEqual([0, 0]);
    await request(100n, OWNER);
    const madeAt = Number((await node.client.getBlock()).timestamp);
    await later(1000);
    await request(50n, SINK);
    const secondAt = Number((await node.client.getBlock()).timestamp);
    await later(500);
    const now = Number((await node.client.getBlock()).timestamp);
    expect(await waits()).toEqual([150, now - madeAt]);
    await node.send(vault, 'serve', [OWNER, 99n * 1_000_000n]);
    expect((await waits())[0]).toBe(51);
    expect((await waits())[1]).toBeGreaterThanOrEqual(now - madeAt);
    await node.send(vault, 'serve', [OWNER, 1_000_000n]);
    const end = Number((await node.client.getBlock()).timestamp);
    expect(await waits()).toEqual([50, end - secondAt]);
  });

  it('needs somebody whose requests it may look at', () => {
    expect(() => sourceOf(erc7540_vault, {}, { asset: assetAt('v', SINK) })).toThrow(/Name `controllers`/);
  });
});

describe('cooldown_vault', () => {
  it('tells a cooldown from a stop', async () => {
    const vault = await filled(await node.deploy(standIns().CooldownVaultStandIn, [usdc.address]));
    const source = sourceOf(cooldown_vault, { holder: OWNER }, { asset: assetAt('v', vault.address) });
    const own = `redemption_queue_tokens{holder=${holder},unit=asset}`;
    const all = 'redemption_queue_tokens{unit=asset}';
    expect(valuesOf(await collect(source))).toMatchObject({
      redemption_cooldown_seconds: 604_800,
      redemption_paused_bool: 0,
      [all]: 0,
      [own]: 0,
    });
    await node.send(vault, 'cooldownShares', [300_000n * 1_000_000n]);
    expect(valuesOf(await collect(source))).toMatchObject({ [all]: 300_000, [own]: 300_000 });
    await node.send(vault, 'stop', [true]);
    const stopped = await collect(source);
    expect(valuesOf(stopped)).toMatchObject({ redemption_paused_bool: 1 });
    expect(stopped.origin.reverted).toMatch(/^cooldownShares\(\) of/);
    await node.send(vault, 'stop', [false]);
    await node.send(vault, 'setCooldownDuration', [0]);
    expect(valuesOf(await collect(source))).toMatchObject({
      redemption_cooldown_seconds: 0,
      redemption_paused_bool: 0,
    });
  });
});

describe('stream_vault', () => {
  it('shows the typed price, what backs it, and an epoch that stands still under a queue', async () => {
    const { StreamWrapperStandIn, StreamVaultStandIn } = standIns();
    const wrapper = await node.deploy(StreamWrapperStandIn, [usdc.address]);
    const vault = await node.deploy(StreamVaultStandIn, [wrapper.address]);
    await node.send(usdc, 'approve', [wrapper.address, maxUint256]);
    await node.send(wrapper, 'deposit', [MILLION]);
    const source = sourceOf(
      stream_vault,
      { underlying: 'usdc' },
      { asset: assetAt('xusd', vault.address, 'nav'), assets: [dollar] },
    );
    const first = valuesOf(await collect(source));
    expect(first).toMatchObject({ 'parameter_value{parameter=round}': 1, backing_ratio: 1, liquidity_tokens: 1e6 });
    expect(first['share_price_ratio']).toBeUndefined();

    await node.send(wrapper, 'transferAsset', [SINK, (9n * MILLION) / 10n]);
    await node.send(vault, 'rollToNextRound', [1_265_000n, MILLION, 5n * MILLION]);
    await node.send(wrapper, 'initiateWithdrawal', [MILLION / 5n]);
    expect(valuesOf(await collect(source))).toEqual({
      share_price_ratio: 1.265,
      nav_per_share_usd: 1.265,
      'supply_tokens{scope=all}': 5_000_000,
      assets_tokens: 1_000_000,
      liquidity_tokens: 100_000,
      backing_ratio: 0.125,
      'redemption_queue_tokens{unit=asset}': 200_000,
      'parameter_value{parameter=round}': 2,
      'parameter_value{parameter=epoch}': 1,
      call_reverted_bool: 0,
      tocsin_source_up: 1,
    });
    await node.send(wrapper, 'advanceEpoch');
    expect(valuesOf(await collect(source))).toMatchObject({
      'redemption_queue_tokens{unit=asset}': 0,
      'parameter_value{parameter=epoch}': 2,
    });
  });
});
