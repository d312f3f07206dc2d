import { isFresh } from '../model/series.ts';
import type { OwnSample } from '../model/stored.ts';
import { leafInstant, run, support } from '../promql/index.ts';
import type { Column, Frame } from '../promql/index.ts';
import type { CompiledRecord } from './compile.ts';
import { freshnessOfAll, freshnessOfAny, WITHOUT_INPUTS } from './freshness.ts';

/**
 * Samples of one recording rule. `at` is the oldest `at` among its inputs, and `maxAge` ends when the first of them goes stale
 * (docs/decisions/0001). A label set with a stale input, or a value that is not finite, writes nothing.
 */
export function record({ rule, plan, reading, labelsOf }: CompiledRecord, frame: Frame): readonly OwnSample[] {
  const column = run(plan, frame);
  if (reading.missing === 'prometheus') return recordAll(column, labelsOf, frame.now);
  const { view, now } = frame;
  const { shape, values, present } = column;
  const areFresh = plan.leaves.map((leaf) => leaf.selection.isFresh(view, leafInstant(leaf, now)));
  const samples: OwnSample[] = [];
  for (let place = 0; place < shape.size; place++) {
    const value = values[place]!;
    if (present[place] === 0 || !Number.isFinite(value)) continue;
    const labels = shape.labels[place]!;
    const inputs = plan.leaves.map((leaf) => support(leaf, view, labels));
    const isStale = plan.leaves.some(
      (leaf, index) =>
        !leaf.exempt && !areFresh[index]! && inputs[index]!.some((series) => !isFresh(series, leafInstant(leaf, now))),
    );
    if (isStale && rule.missing !== 'drop') continue;
    const fresh = rule.missing === 'drop' ? freshnessOfAny(plan.leaves, inputs, now) : freshnessOfAll(inputs, now);
    if (fresh !== undefined) samples.push({ labels: labelsOf(labels), value, ...fresh });
  }
  return samples;
}

/** As Prometheus: whatever there is, as a sample of now. */
function recordAll({ shape, values, present }: Column, labelsOf: CompiledRecord['labelsOf'], now: number): OwnSample[] {
  return shape.labels.flatMap((labels, place) =>
    present[place] === 0 ? [] : [{ labels: labelsOf(labels), value: values[place]!, at: now, maxAge: WITHOUT_INPUTS }],
  );
}
