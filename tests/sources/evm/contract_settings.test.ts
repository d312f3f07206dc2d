import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import { contract_settings } from '../../../src/sources/index.ts';
import { chainAt, collectFrom, seriesOf, sourceOf, type TestChain } from './chain.ts';

const OTHER = '0x00000000000000000000000000000000000000bb';
const IMPLEMENTATION = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';

let node: Node;
let chain: TestChain;
let vault: Contract;

beforeAll(async () => {
  node = await startNode();
  const token = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  vault = await node.deploy(compiled().Vault, [token.address, 'Vault', 'VLT']);
  chain = chainAt(node.url);
});

afterAll(() => node.stop());

const settings = (more: Record<string, unknown>) => sourceOf(contract_settings, { address: vault.address, ...more });
const collect = async (more: Record<string, unknown>) => (await collectFrom(chain, [settings(more)]))[0]!;

describe('contract_settings', () => {
  const views = {
    owner: 'function owner() view returns (address)',
    paused: 'function paused() view returns (bool)',
    places: 'function decimals() view returns (uint8)',
  };

  it('tells settings as numbers that change with them', async () => {
    expect(seriesOf(await collect({ views }))).toMatchObject({
      'parameter_value paused': 0,
      'parameter_value places': 6,
      'parameter_value owner': Number(BigInt(OWNER) % 9_007_199_254_740_881n),
    });
    await node.send(vault, 'pause');
    expect(seriesOf(await collect({ views }))).toMatchObject({ 'parameter_value paused': 1 });
  });

  it('sees the code behind a proxy exchanged, and a contract that is none', async () => {
    expect(seriesOf(await collect({ proxy: true }))).toMatchObject({ 'parameter_value implementation': 0 });
    const slot = {
      address: vault.address,
      index: IMPLEMENTATION,
      value: `0x${'0'.repeat(24)}${OTHER.slice(2)}`,
    } as const;
    await node.client.setStorageAt(slot);
    expect(seriesOf(await collect({ proxy: true }))).toMatchObject({
      'parameter_value implementation': 0xbb,
      'parameter_value admin': 0,
    });
  });

  it('says who changed what, in which transaction and how long ago', async () => {
    const hash = await node.client.writeContract({
      ...vault,
      functionName: 'transferOwnership',
      args: [OTHER],
      chain: null,
    });
    await expect
      .poll(async () =>
        node.client.getTransactionReceipt({ hash }).then(
          ({ status }) => status,
          () => '',
        ),
      )
      .toBe('success');
    const { timestamp } = await node.client.getBlock();
    await node.mineAt(Number(timestamp) + 600);
    const { samples, error } = await collect({ changes_from: 0 });
    expect(error).toBeUndefined();
    const changes = samples.filter(({ metric }) => metric === 'parameter_change_age_seconds');
    const newest = changes.find(({ labels }) => labels['transaction'] === hash);
    expect(newest).toMatchObject({
      value: 600,
      labels: { parameter: 'ownership_transferred', by: OWNER.toLowerCase() },
    });
    expect(changes.map(({ labels }) => labels['parameter'])).toContain('paused');
  });

  it('takes a view that reverts for a revert', async () => {
    const reading = await collect({ views: { cap: 'function cap() view returns (uint256)' } });
    expect(seriesOf(reading)).toEqual({ call_reverted_bool: 1, tocsin_source_up: 1 });
  });

  it.each([
    [{}, /Nothing is watched\./],
    [{ views: { owner: 'owner()' } }, /expected a view without arguments/],
  ])('refuses %j', (options, message) => {
    expect(() => settings(options)).toThrow(message);
  });
});
