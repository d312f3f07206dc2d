import type { Alert } from '../model/alert.ts';
import { NAME, printLabels, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Evidence, EvidenceInput } from '../model/notification.ts';
import { isFresh, newestAt, valueAt } from '../model/series.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import type { Store } from '../model/store.ts';
import { leafInstant, substitute, support } from '../promql/index.ts';
import type { Plan } from '../promql/index.ts';
import type { CompiledAlert, CompiledRecord } from '../rules/compile.ts';
import type { Live } from './live.ts';

/** Inputs shown of one alert; an aggregate over thousands of series is not evidence that anyone reads. */
const MOST_INPUTS = 20;
/** Recording rules looked through; a rule on a rule on a rule is deep enough. */
const MOST_DEPTH = 3;

interface Input {
  readonly series: SeriesWindow;
  readonly at: number | undefined;
  /** Unix ms: no later sample was looked at. */
  readonly until: number;
  readonly value: number | undefined;
  readonly fresh: boolean;
}

/** An expression with its numbers, and the samples they are; recorded series are looked through to what they were made of. */
interface Traced {
  readonly substituted: string;
  readonly inputs: ReadonlyMap<SeriesWindow, Input>;
}

export interface EvidenceDeps {
  readonly live: Live;
  readonly view: SeriesView;
  readonly store: Pick<Store, 'origins'>;
}

/** Evaluates alerts again at their last known instant and looks up where each input was read. */
export async function gatherEvidence(
  alerts: readonly Alert[],
  { live, view, store }: EvidenceDeps,
): Promise<(alert: Alert) => Evidence> {
  const found = alerts.flatMap((alert) => {
    const compiled = alert.posted ? undefined : live.alertPlans.get(alert.rule);
    return compiled === undefined ? [] : [{ alert, compiled, traced: traceAlert(compiled, alert, { live, view }) }];
  });
  const inputs = found.flatMap(({ traced }) => [...traced.inputs.values()].slice(0, MOST_INPUTS));
  const origins = await store.origins(inputs.map(({ series, at }) => ({ seriesId: series.id, at: at ?? 0 })));
  const shown = new Map(inputs.map((input, index) => [input, inputShown(input, origins[index])]));
  const evidence = new Map(
    found.map(({ alert, compiled, traced }) => [
      alert,
      {
        expression: compiled.rule.expr,
        substituted: traced.substituted,
        inputs: [...traced.inputs.values()].flatMap((input) => shown.get(input) ?? []),
      },
    ]),
  );
  return (alert) =>
    evidence.get(alert) ?? {
      expression: live.alertRules.get(alert.rule)?.expr ?? '',
      substituted: '',
      inputs: [],
    };
}

interface Tracing {
  readonly live: Pick<Live, 'recordsOf'>;
  readonly view: SeriesView;
}

function traceAlert(
  { plan, rule }: CompiledAlert,
  { labels: all, lastKnownAt }: Alert,
  tracing: Tracing,
  now: number = lastKnownAt,
): Traced {
  const labels = without(all, Object.keys(rule.labels));
  return trace(plan, { labels, now, depth: 0 }, tracing);
}

/** The samples that an alert rested on at an instant, as far as they are still there. */
export function inputsAt(
  alert: Alert,
  now: number,
  { live, view }: Pick<EvidenceDeps, 'live' | 'view'>,
): readonly Pick<Input, 'series' | 'at' | 'until'>[] {
  const compiled = alert.posted ? undefined : live.alertPlans.get(alert.rule);
  if (compiled === undefined) return [];
  return [...traceAlert(compiled, alert, { live, view }, now).inputs.values()].slice(0, MOST_INPUTS);
}

interface Instance {
  readonly labels: Labels;
  readonly now: number;
  readonly depth: number;
}

function trace(plan: Plan, { labels, now, depth }: Instance, tracing: Tracing): Traced {
  const inputs = new Map<SeriesWindow, Input>();
  let substituted = substitute(plan, tracing.view, labels, now);
  for (const leaf of plan.leaves) {
    for (const series of support(leaf, tracing.view, labels)) {
      const record = depth < MOST_DEPTH ? madeBy(series, tracing) : undefined;
      if (record === undefined) {
        inputs.set(series, inputOf(series, leafInstant(leaf, now)));
        continue;
      }
      const made = trace(
        record.plan,
        { labels: series.labels, now: leafInstant(leaf, now), depth: depth + 1 },
        tracing,
      );
      substituted += `, where ${record.rule.record} = ${made.substituted}`;
      for (const [input, shown] of made.inputs) inputs.set(input, shown);
    }
  }
  return { substituted, inputs };
}

function madeBy({ labels }: SeriesWindow, { live }: Tracing): CompiledRecord | undefined {
  const records = live.recordsOf(labels[NAME] ?? '');
  return records.find(({ rule }) => Object.entries(rule.labels).every(([name, value]) => labels[name] === value));
}

function inputOf(series: SeriesWindow, until: number): Input {
  const index = newestAt(series, until);
  const known = index >= series.from;
  const at = known ? series.times[index] : undefined;
  const value = known ? valueAt(series, index) : undefined;
  return { series, at, until, value, fresh: isFresh(series, until) };
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
