import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import { createEvmChain } from '../../../src/io/evm.ts';
import { collect } from '../../../src/jobs/collect.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { Asset } from '../../../src/model/rule.ts';
import type { Source } from '../../../src/model/source.ts';
import { oft_bridge, total_supply } from '../../../src/sources/index.ts';
import * as fault from '../../io/evmProxy.ts';
import { valuesOf } from './chain.ts';

const ESCROW = '0x00000000000000000000000000000000000000ee';
const MILLION = 1_000_000n;

const nodes = new Map<string, Node>();
const tokens = new Map<string, Contract>();
let proxy: fault.Proxy;
let chains: Record<string, ReturnType<typeof createEvmChain>>;
let asset: Asset;

beforeAll(async () => {
  const decimals = { ethereum: 6, arbitrum: 6, plasma: 18 };
  for (const [name, places] of Object.entries(decimals)) {
    const node = await startNode();
    nodes.set(name, node);
    tokens.set(name, await node.deploy(compiled().Token, ['T', 'T', places]));
  }
  proxy = await fault.startProxy(nodes.get('plasma')!.url);
  chains = Object.fromEntries(
    [...nodes].map(([name, { url }]) => {
      const rpc = [new Secret(name === 'plasma' ? proxy.url : url)];
      const config = { name, kind: 'evm', rpc, batchBytes: 16_384, timeout: 1000 } as const;
      return [name, createEvmChain(config, { machineNow: Date.now })];
    }),
  );
  const mint = (chain: string, to: string, amount: bigint) =>
    nodes.get(chain)!.send(tokens.get(chain)!, 'mint', [to, amount]);
  await mint('ethereum', OWNER, 300n * MILLION);
  await mint('ethereum', ESCROW, 700n * MILLION);
  await mint('arbitrum', OWNER, 400n * MILLION);
  await mint('plasma', OWNER, 250n * 10n ** 18n);
  const on = Object.fromEntries([...tokens].map(([name, { address }]) => [name, address]));
  asset = { id: 'xusd', name: 'xUSD', on };
}, 60_000);

afterAll(async () => {
  await proxy.stop();
  await Promise.all([...nodes.values()].map((node) => node.stop()));
});

function sourceOf(kind: typeof total_supply | typeof oft_bridge, options: object): Source {
  const made = kind.make(kind.options.parse(options) as never, { asset, assets: { xusd: asset }, folder: '' });
  const labels = { asset: 'xusd', source: 's' };
  return { id: 's', kind: kind.kind, reads: 'chains', shares: false, every: 60_000, maxAge: 180_000, made, labels };
}

const absent = () => undefined as never;

async function read(source: Source, without: readonly string[] = []) {
  const [reading] = await collect(
    { name: 'b', every: 60_000, sources: [source] },
    {
      evm: (name) => (without.includes(name) ? absent() : chains[name]!),
      solana: absent,
      http: absent,
      file: { text: absent },
      now: Date.now,
      latest: Date.now,
      machineNow: Date.now,
      stopping: new AbortController().signal,
      onBug: (_, error) => {
        throw error;
      },
    },
  );
  return reading!;
}

describe('total_supply', () => {
  it('adds up whole tokens of every chain, as true as the oldest block', async () => {
    const reading = await read(sourceOf(total_supply, {}));
    expect(reading.error).toBeUndefined();
    expect(reading.samples[0]).toMatchObject({ labels: { asset: 'xusd', chain: 'all' }, value: 1650 });
    const blocks = await Promise.all([...nodes.values()].map(({ client }) => client.getBlock()));
    expect(reading.samples[0]!.at).toBe(Math.min(...blocks.map(({ timestamp }) => Number(timestamp) * 1000)));
    const known = [...nodes.keys()].map((chain, index) => ({
      chain,
      block: Number(blocks[index]!.number),
      hash: blocks[index]!.hash,
    }));
    expect(reading.origin).toEqual({ blocks: known });
  });

  it.each<[string, fault.Fault]>([
    ['HTTP 500', fault.answers(500)],
    ['a dropped socket', fault.drops],
    ['a hang', fault.hangs],
    ['-32603', fault.answersError(-32_603, 'upstream does not have the requested block yet')],
    ['a failing read', fault.only('eth_call', fault.answers(503))],
  ])('is missing and names the chain after %s, never too small', async (_, broken) => {
    proxy.fault = broken;
    const reading = await read(sourceOf(total_supply, {}));
    proxy.fault = fault.healthy;
    expect(reading.error).toMatch(/^Total supply of "xusd" lacks "plasma": /);
    expect(valuesOf(reading)).toEqual({ tocsin_source_up: 0 });
    expect((await read(sourceOf(total_supply, {}))).samples[0]!.value).toBe(1650);
  });

  it('names a chain that has no RPC URL', async () => {
    const reading = await read(sourceOf(total_supply, {}), ['arbitrum']);
    expect(reading.error).toMatch(/^Total supply of "xusd" lacks "arbitrum": No RPC URL for chain "arbitrum"/);
  });

  it('refuses chains that the asset is not on', () => {
    expect(() => sourceOf(total_supply, { chains: ['base'] })).toThrow(/has no EVM address on "base"/);
  });
});

describe('oft_bridge', () => {
  const bridge = () => sourceOf(oft_bridge, { home: 'ethereum', escrow: ESCROW, remotes: ['arbitrum', 'plasma'] });
  const gap = `bridge_gap_tokens{holder=${ESCROW}}`;

  it('is below 0 while tokens are under way, and above 0 when some have no lock behind them', async () => {
    expect(valuesOf(await read(bridge()))).toEqual({
      [gap]: -50,
      [`liquidity_tokens{holder=${ESCROW}}`]: 700,
      tocsin_source_up: 1,
    });
    const snapshot = await nodes.get('plasma')!.client.snapshot();
    await nodes.get('plasma')!.send(tokens.get('plasma')!, 'mint', [OWNER, 90n * 10n ** 18n]);
    expect(valuesOf(await read(bridge()))[gap]).toBe(40);
    await nodes.get('plasma')!.client.revert({ id: snapshot });
  });

  it('has no number without one of its chains', async () => {
    proxy.fault = fault.answers(500);
    const reading = await read(bridge());
    proxy.fault = fault.healthy;
    expect(reading.error).toMatch(/^The bridge of "xusd" lacks "plasma": /);
    expect(valuesOf(reading)).toEqual({ tocsin_source_up: 0 });
  });
});
