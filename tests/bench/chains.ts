import { compiled } from '../../demo/chain/artifacts.ts';
import { startNode, type Contract } from '../../demo/chain/node.ts';
import { createEvmChain } from '../../src/io/evm.ts';
import { Secret } from '../../src/model/secret.ts';
import type { BlockRef, Source, SourceIo } from '../../src/model/source.ts';
import { collectBatch } from '../../src/sources/collect.ts';
import { erc20_balance } from '../../src/sources/index.ts';
import { figure } from './figure.ts';

const WARM = 2;
const TOKENS = 10;
/** Reads that fit into one multicall, at the least. */
const PER_CALL = 350;

/**
 * What polls of so many watched values over several local chains cost in this process, each at a new block and with a look at whether
 * those before it stand: JSON-RPC requests of all kinds, and CPU from the request to the samples. Storing and judging them is not in it.
 */
export async function measureChains({ values, chains, polls }: Record<'values' | 'chains' | 'polls', number>) {
  const each = values / chains;
  const requests: string[] = [];
  const worlds = await Promise.all(
    Array.from({ length: chains }, async (_, index) => {
      const name = `chain${index}`;
      const node = await startNode();
      const tokens: Contract[] = [];
      while (tokens.length < TOKENS) tokens.push(await node.deploy(compiled().Token, ['T', 'T', 6]));
      const sources = Array.from({ length: each }, (__, place) => balance(name, tokens[place % TOKENS]!, place));
      const config = { name, kind: 'evm', rpc: [new Secret(node.url)], batchBytes: 16_384, timeout: 10_000 } as const;
      const chain = createEvmChain(config, {
        machineNow: Date.now,
        onRequest: ({ method }) => void requests.push(method),
      });
      return { node, chain, sources, before: [] as BlockRef[] };
    }),
  );
  const { signal } = new AbortController();
  const poll = ({ chain, sources, before }: (typeof worlds)[number]) =>
    chain.run(async (evm) => {
      const io = { now: evm.block.timestamp, signal, evm } as SourceIo;
      const reading = collectBatch(sources, io, { seenAt: Date.now, machineNow: Date.now });
      const [readings, undone] = await Promise.all([reading, evm.undone(before)]);
      if (undone.length > 0) throw new Error('A block was undone that was not.');
      before.unshift({ block: Number(evm.block.number), hash: evm.block.hash });
      return readings;
    }, signal);
  try {
    let [cpu, samples] = [0, 0];
    for (let round = 0; round < WARM + polls; round++) {
      if (round === WARM) requests.length = 0;
      for (const world of worlds) {
        await world.node.client.mine({ blocks: 1 });
        const before = process.cpuUsage();
        const readings = await poll(world);
        const { user, system } = process.cpuUsage(before);
        const counts = round < WARM ? 0 : 1;
        cpu += (counts * (user + system)) / 1000;
        samples += counts * readings.filter(({ error }) => error === undefined).length;
      }
    }
    const about = { values, chains, polls };
    figure('values_read_per_poll', samples / polls, about);
    const least = (1.1 * values) / PER_CALL;
    figure('rpc_requests_per_poll', requests.length / polls, { ...about, ...(each >= 2000 && { limit: least }) });
    figure('cpu_ms_per_chain_and_poll', cpu / polls / chains, { ...about, limit: 400 });
  } finally {
    await Promise.all(worlds.map(({ node }) => node.stop()));
  }
}

function balance(chain: string, token: Contract, place: number): Source {
  const holder = `0x${(place + 1).toString(16).padStart(40, '0')}`;
  const asset = { id: 't', name: 'T', on: { [chain]: token.address } };
  const context = { asset, chain, address: token.address, assets: {}, folder: '' };
  const made = erc20_balance.make(erc20_balance.options.parse({ holder }), context);
  const id = `${chain}-${place}`;
  const labels = { asset: 't', chain, source: id };
  return {
    id,
    kind: 'erc20_balance',
    reads: 'evm',
    chain,
    shares: false,
    every: 60_000,
    maxAge: 180_000,
    made,
    labels,
  };
}
