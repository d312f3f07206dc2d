import { createEvmChain } from '../../../src/io/evm.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { Asset } from '../../../src/model/rule.ts';
import type { Reading } from '../../../src/model/sample.ts';
import type { Source, SourceIo, SourceKind } from '../../../src/model/source.ts';
import { collectBatch } from '../../../src/sources/collect.ts';

const CHAIN = 'ethereum';

/** An asset that stands on the test chain. */
export function assetAt(id: string, address: string, peg?: string): Asset {
  return { id, name: id, on: { [CHAIN]: address }, ...(peg && { peg }) };
}

/** Makes a source as the configuration would. */
export function sourceOf<Options>(
  kind: SourceKind<Options>,
  options: Record<string, unknown>,
  { asset, assets = [] }: { readonly asset?: Asset; readonly assets?: readonly Asset[] } = {},
): Source {
  const made = kind.make(kind.options.parse(options), {
    assets: Object.fromEntries(assets.map((each) => [each.id, each])),
    chain: CHAIN,
    folder: '',
    ...(asset && { asset }),
    ...(asset?.on[CHAIN] && { address: asset.on[CHAIN] }),
  });
  const id = `${kind.kind}-1`;
  const labels = { chain: CHAIN, source: id, ...(asset && { asset: asset.id }), ...made.labels };
  const shares = kind.shares ?? false;
  return { id, kind: kind.kind, reads: kind.reads, chain: CHAIN, shares, every: 60_000, maxAge: 180_000, made, labels };
}

export function chainAt(url: string) {
  const rpc = [new Secret(url)];
  const config = { name: CHAIN, kind: 'evm', rpc, batchBytes: 16_384, timeout: 5000 } as const;
  return createEvmChain(config, { machineNow: Date.now });
}

export type TestChain = ReturnType<typeof chainAt>;

/** Runs sources once; `now` is the time of the newest block unless given. */
export function collectFrom(chain: TestChain, sources: readonly Source[], now?: number): Promise<readonly Reading[]> {
  const { signal } = new AbortController();
  const deps = { seenAt: () => 1, machineNow: () => 0 };
  return chain.run((evm) => {
    const io = { now: now ?? evm.block.timestamp, signal, evm } as SourceIo;
    return collectBatch(sources, io, deps);
  }, signal);
}

/** Values of one reading: by metric, with the labels that are not common ones. */
export function valuesOf(reading: Reading): Record<string, number> {
  const common = new Set(['chain', 'source', 'asset', 'venue', 'upstream', 'kind']);
  return Object.fromEntries(
    reading.samples.map(({ metric, labels, value }) => {
      const own = Object.entries(labels).filter(([name]) => !common.has(name));
      const inner = own.map(([name, text]) => `${name}=${text}`).sort();
      return [inner.length === 0 ? metric : `${metric}{${inner.join(',')}}`, value];
    }),
  );
}

/** Values of one reading by metric, told apart by the labels that tell more than where the source reads. */
export function seriesOf(reading: Reading): Record<string, number> {
  const telling = ['at', 'side', 'parameter', 'holder'];
  return Object.fromEntries(
    reading.samples.map(({ metric, labels, value }) => {
      const own = telling.flatMap((name) => (labels[name] === undefined ? [] : [labels[name]]));
      return [[metric, ...own].join(' '), value];
    }),
  );
}
