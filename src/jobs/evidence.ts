import type { Alert } from '../model/alert.ts';
import { printLabels, without } from '../model/labels.ts';
import type { Evidence, EvidenceInput } from '../model/notification.ts';
import { isFresh } from '../model/series.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import type { Store } from '../model/store.ts';
import { substitute, support } from '../promql/index.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import type { Live } from './live.ts';

/** Inputs shown of one alert; an aggregate over thousands of series is not evidence that anyone reads. */
const MOST_INPUTS = 20;

interface Input {
  readonly series: SeriesWindow;
  readonly at: number | undefined;
  readonly value: number | undefined;
  readonly fresh: boolean;
}

/** Evaluates alerts again at their last known instant and looks up where each input was read. */
export async function gatherEvidence(
  alerts: readonly Alert[],
  { live, view, store }: { readonly live: Live; readonly view: SeriesView; readonly store: Store },
): Promise<(alert: Alert) => Evidence> {
  const found = new Map<Alert, { compiled: CompiledAlert; inputs: readonly Input[] }>();
  for (const alert of alerts) {
    const compiled = compiledOf(live, alert.rule);
    if (compiled) found.set(alert, { compiled, inputs: inputsOf(compiled, view, alert) });
  }
  const samples = [...found.values()].flatMap(({ inputs }) =>
    inputs.map(({ series, at }) => ({ seriesId: series.id, at: at ?? 0 })),
  );
  const origins = (await store.origins(samples))[Symbol.iterator]();
  const evidence = new Map<Alert, Evidence>();
  for (const [alert, { compiled, inputs }] of found) {
    const shown = inputs.map((input): EvidenceInput => inputShown(input, origins.next().value));
    const labels = without(alert.labels, Object.keys(compiled.rule.labels));
    const substituted = substitute(compiled.plan, view, labels, alert.lastKnownAt);
    evidence.set(alert, { expression: compiled.rule.expr, substituted, inputs: shown });
  }
  return (alert) => evidence.get(alert) ?? { expression: '', substituted: '', inputs: [] };
}

function compiledOf(live: Live, rule: string): CompiledAlert | undefined {
  for (const group of live.groups.values()) {
    for (const compiled of group.rules) if (isAlert(compiled) && compiled.rule.alert === rule) return compiled;
  }
  return undefined;
}

function inputsOf({ plan, rule }: CompiledAlert, view: SeriesView, alert: Alert): readonly Input[] {
  const labels = without(alert.labels, Object.keys(rule.labels));
  const series = new Map<SeriesWindow, Input>();
  for (const leaf of plan.leaves) {
    for (const one of support(leaf, view, labels)) series.set(one, inputOf(one, alert.lastKnownAt - leaf.offset));
  }
  return [...series.values()].slice(0, MOST_INPUTS);
}

function inputOf(series: SeriesWindow, until: number): Input {
  let index = series.to - 1;
  while (index >= series.from && series.times[index]! > until) index--;
  const known = index >= series.from;
  const at = known ? series.times[index] : undefined;
  return { series, at, value: known ? series.values[index] : undefined, fresh: isFresh(series, until) };
}

type Found = Awaited<ReturnType<Store['origins']>>[number];

function inputShown({ series, at, value, fresh }: Input, found: Found): EvidenceInput {
  return {
    series: printLabels(series.labels),
    ...(value !== undefined && { value }),
    ...(at !== undefined && { at }),
    stale: !fresh,
    source: found?.source ?? series.labels['source'] ?? 'recorded',
    origin: found?.origin ?? {},
  };
}
