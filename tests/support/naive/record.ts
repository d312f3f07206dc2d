import { NAME, without } from '../../../src/model/labels.ts';
import type { Labels } from '../../../src/model/labels.ts';
import type { RecordRule } from '../../../src/model/rule.ts';
import { isFresh, lastAt } from '../../../src/model/series.ts';
import type { SeriesView, SeriesWindow } from '../../../src/model/series.ts';
import type { OwnSample } from '../../../src/model/store.ts';
import { evaluate, leafInstant, support } from '../../../src/promql/index.ts';
import type { CompiledRecord } from '../../../src/rules/compile.ts';

/**
 * Samples of one recording rule. `at` is the oldest `at` among its inputs, and `maxAge` ends when the first of them goes stale
 * (docs/decisions/0001). A label set with a stale input, or a value that is not finite, writes nothing.
 */
export function record(compiled: CompiledRecord, view: SeriesView, now: number): readonly OwnSample[] {
  if (compiled.reading.missing === 'prometheus') return recordAll(compiled, view, now);
  const { rule, plan, reading } = compiled;
  const samples: OwnSample[] = [];
  for (const { labels, value } of evaluate(plan, view, now, reading)) {
    if (!Number.isFinite(value)) continue;
    const inputs = plan.leaves.map((leaf) => ({ leaf, series: support(leaf, view, labels) }));
    if (inputs.some(({ leaf, series }) => !leaf.exempt && series.some((one) => !isFresh(one, leafInstant(leaf, now)))))
      continue;
    const own = recordedLabels(rule, labels);
    samples.push({
      labels: own,
      value,
      ...freshness(
        inputs.flatMap(({ series }) => series),
        now,
      ),
    });
  }
  return samples;
}

/** As Prometheus: whatever there is, as a sample of now. */
function recordAll({ rule, plan, reading }: CompiledRecord, view: SeriesView, now: number): readonly OwnSample[] {
  return evaluate(plan, view, now, reading).map(({ labels, value }) => ({
    labels: recordedLabels(rule, labels),
    value,
    at: now,
    maxAge: WITHOUT_INPUTS,
  }));
}

function recordedLabels(rule: RecordRule, labels: Labels): Labels {
  return { ...without(labels, [NAME]), ...rule.labels, [NAME]: rule.record };
}

/** An expression without inputs is as true as the instant it was evaluated at. */
function freshness(inputs: readonly SeriesWindow[], now: number): { at: number; maxAge: number } {
  if (inputs.length === 0) return { at: now, maxAge: WITHOUT_INPUTS };
  const at = Math.min(now, ...inputs.map(lastAt));
  return { at, maxAge: Math.min(...inputs.map((series) => lastAt(series) + series.maxAge)) - at };
}

const WITHOUT_INPUTS = 300_000;
