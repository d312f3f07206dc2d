import { labelsKey, NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Reading } from '../model/sample.ts';
import type { SeriesView } from '../model/series.ts';
import type { BlockRef, SourceIo } from '../model/source.ts';
import type { Store, Undone } from '../model/store.ts';
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
  const { chain, reads } = batch.sources[0]!;
  const before = chain === undefined || reads !== 'evm' ? [] : await store.blocksRead(chain);
  const open = before.filter(({ undone }) => !undone);
  let doubted: readonly BlockRef[] = [];
  const readings = await read(async (evm) => {
    doubted = await evm.undone(open);
  });
  const confirmed = await Promise.all(
    doubted.map(async (block) => ((await isCanonical?.(chain!, block)) === false ? [block] : [])),
  );
  const undone = [...before.filter((block) => block.undone), ...confirmed.flat()];
  if (undone.length === 0) return { readings };
  return { readings, undone: { hashes: undone.map(({ hash }) => hash), recorded: recordedOf(readings, live, view) } };
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
