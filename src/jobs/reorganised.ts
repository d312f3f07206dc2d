import { labelsKey, NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Reading } from '../model/sample.ts';
import type { SeriesView } from '../model/series.ts';
import type { BlockRef, SourceIo } from '../model/source.ts';
import type { Store } from '../model/store.ts';
import type { Undone } from '../model/stored.ts';
import { support } from '../promql/index.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledRecord } from '../rules/compile.ts';
import type { Batch, Live } from './live.ts';
import type { IsCanonical } from './undone.ts';

interface ReorganisedDeps {
  readonly store: Pick<Store, 'blocksRead'>;
  /** Absent: no node is asked, and nothing counts as undone. */
  readonly isCanonical?: IsCanonical | undefined;
  readonly live: Live;
  readonly view: SeriesView;
}

type Read = (beside: (evm: SourceIo['evm']) => Promise<void>) => Promise<readonly Reading[]>;

/** Reads a batch, and finds out in the same requests whether a reorganisation undid blocks at which its chain was read before. */
export async function readAware(
  batch: Batch,
  read: Read,
  { store, isCanonical, live, view }: ReorganisedDeps,
): Promise<{ readonly readings: readonly Reading[]; readonly undone?: Undone }> {
  const chains = chainsOf(batch);
  const before = new Map(
    await Promise.all(chains.map(async (chain) => [chain, await store.blocksRead(chain)] as const)),
  );
  const doubted = new Map<string, readonly BlockRef[]>();
  const readings = await read(async (evm) => {
    const standing = before.get(evm.chain)?.filter(({ undone }) => !undone);
    doubted.set(evm.chain, await evm.undone(standing ?? []));
  });
  const confirmed = [...doubted].flatMap(([chain, blocks]) =>
    blocks.map(async (block) => ((await isCanonical?.(chain, block)) === false ? [block] : [])),
  );
  const known = [...before.values()].flat().filter((block) => block.undone);
  const undone = [...known, ...(await Promise.all(confirmed)).flat()];
  if (undone.length === 0) return { readings };
  return { readings, undone: { hashes: undone.map(({ hash }) => hash), recorded: recordedOf(readings, live, view) } };
}

function chainsOf({ sources }: Batch): readonly string[] {
  const { reads, chain } = sources[0]!;
  if (reads === 'chains') return [...new Set(sources.flatMap(({ made }) => made.spans ?? []))];
  return reads === 'evm' && chain !== undefined ? [chain] : [];
}

/** The series that rules record of what these readings bring, also by way of others. */
function recordedOf(
  readings: readonly Pick<Reading, 'samples'>[],
  { groups }: Pick<Live, 'groups'>,
  view: SeriesView,
): readonly Labels[] {
  const brought = readings.flatMap(({ samples }) =>
    samples.map(({ labels, metric }) => labelsKey({ ...labels, [NAME]: metric })),
  );
  const made = new Set(brought);
  const records = [...groups.values()].flatMap(({ rules }) =>
    rules.filter((rule): rule is CompiledRecord => !isAlert(rule)),
  );
  const outputs = records.flatMap((record) => outputsOf(record, view).map((labels) => ({ record, labels })));
  const found: Labels[] = [];
  for (;;) {
    const next = outputs.filter(
      ({ record, labels }) => !made.has(labelsKey(labels)) && restsOn(record, labels, { view, made }),
    );
    if (next.length === 0) return found;
    for (const { labels } of next) made.add(labelsKey(labels));
    found.push(...next.map(({ labels }) => labels));
  }
}

function outputsOf({ rule }: CompiledRecord, view: SeriesView): readonly Labels[] {
  const own = Object.entries({ ...rule.labels, [NAME]: rule.record });
  return view.select(own.map(([name, value]) => ({ name, op: '=', value }))).map(({ labels }) => labels);
}

function restsOn(
  { plan }: CompiledRecord,
  labels: Labels,
  { view, made }: { readonly view: SeriesView; readonly made: ReadonlySet<string> },
): boolean {
  return plan.leaves.some((leaf) => support(leaf, view, labels).some((series) => made.has(labelsKey(series.labels))));
}
