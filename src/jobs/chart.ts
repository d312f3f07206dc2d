import { printThreshold, unitHint } from '../dispatch/render-threshold.ts';
import type { Alert } from '../model/alert.ts';
import { groupBy } from '../model/group.ts';
import { labelsKey } from '../model/labels.ts';
import type { Chart } from '../model/notification.ts';
import type { AlertRule } from '../model/rule.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import type { Store } from '../model/store.ts';
import type { StoredSample } from '../model/stored.ts';
import { compileMatchers, evaluate, lookback, plan, support } from '../promql/index.ts';
import type { Plan } from '../promql/index.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import type { Live } from './live.ts';

/** ms: shown at least, and at most. */
const SHORTEST = 6 * 3_600_000;
const LONGEST = 7 * 86_400_000;
const POINTS = 120;
/** Pictures of one message; more than a few are not looked at. */
const MOST_CHARTS = 3;
/** An expression over more series is no picture that is quickly made. */
const MOST_SERIES = 20;
const MOST_SAMPLES = 100_000;

export interface ChartDeps {
  readonly live: Live;
  readonly view: SeriesView;
  readonly store: Pick<Store, 'samplesSince'>;
  readonly now: number;
  readonly timezone: string;
}

/** Works out how the judged values of the first alerts came to be. What cannot be drawn is left out; nothing is thrown. */
export async function gatherCharts(
  alerts: readonly Alert[],
  deps: ChartDeps,
): Promise<(alert: Alert) => Chart | undefined> {
  const drawn = alerts.filter(({ state }) => state === 'firing').slice(0, MOST_CHARTS);
  const charts = await Promise.all(
    drawn.map(async (alert) => [alert, await chartOf(alert, deps).catch(() => undefined)] as const),
  );
  const known = new Map(charts);
  return (alert) => known.get(alert);
}

async function chartOf(alert: Alert, deps: ChartDeps): Promise<Chart | undefined> {
  const { live, view, store, now, timezone } = deps;
  const compiled = live.alertPlans.get(alert.rule);
  if (compiled === undefined) return undefined;
  const { rule } = compiled;
  const judged = rule.levels.length > 0 ? rule.expr : compiled.judged?.source;
  if (judged === undefined) return undefined;
  const series = inputsOf(compiled, alert, view);
  if (series.length === 0 || series.length > MOST_SERIES) return undefined;
  const from = now - spanOf(series);
  const samples = await store.samplesSince(
    series.map(({ id }) => id),
    from - Math.max(...compiled.plan.leaves.map(lookback), 0) - Math.max(...series.map(({ maxAge }) => maxAge)),
  );
  if (samples.length > MOST_SAMPLES) return undefined;
  const points = pointsOf(plan(judged), { compiled, alert, view: viewOf(series, samples), from, now });
  if (points.filter(({ value }) => value !== null).length < 2) return undefined;
  const asset = live.rules.assets[alert.labels['asset'] ?? '']?.name ?? alert.labels['asset'];
  const title = [alert.rule, asset, alert.labels['chain']].filter((part) => part !== undefined).join(' · ');
  return { title, from, to: now, points, thresholds: thresholdsOf(compiled), unit: unitHint(rule), timezone };
}

function inputsOf({ plan: { leaves }, inputLabels }: CompiledAlert, alert: Alert, view: SeriesView) {
  const labels = inputLabels(alert.labels);
  const all = leaves.flatMap((leaf) => support(leaf, view, labels));
  return [...new Map(all.filter(({ id }) => id >= 0).map((series) => [series.id, series])).values()];
}

/** Six hours, or as many of a slow series' steps as show something. */
function spanOf(series: readonly SeriesWindow[]): number {
  const slowest = Math.max(...series.map(({ maxAge }) => maxAge));
  return Math.min(LONGEST, Math.max(SHORTEST, 8 * slowest));
}

/** The inputs alone, so that evaluating a hundred instants looks at nothing else. */
function viewOf(series: readonly SeriesWindow[], samples: readonly StoredSample[]): SeriesView {
  const bySeries = groupBy(samples, ({ seriesId }) => seriesId);
  const windows = series.map(({ id, labels, maxAge }): SeriesWindow => {
    const own = bySeries.get(id) ?? [];
    const times = Float64Array.from(own, ({ at }) => at);
    return { id, labels, maxAge, times, values: Float64Array.from(own, ({ value }) => value), from: 0, to: own.length };
  });
  return {
    generation: 0,
    select: (matchers) => {
      const matches = compileMatchers(matchers);
      return windows.filter(({ labels }) => matches(labels));
    },
  };
}

interface Sampling {
  readonly compiled: CompiledAlert;
  readonly alert: Alert;
  readonly view: SeriesView;
  readonly from: number;
  readonly now: number;
}

function pointsOf(judged: Plan, { compiled, alert, view, from, now }: Sampling): Chart['points'] {
  const key = labelsKey(alert.labels);
  return Array.from({ length: POINTS + 1 }, (_, index) => {
    const at = Math.round(from + ((now - from) * index) / POINTS);
    const found = evaluate(judged, view, at, compiled.reading).find(
      ({ labels, value }) => labelsKey(compiled.labels.labelsOf(labels, value)) === key,
    );
    return { at, value: found !== undefined && Number.isFinite(found.value) ? found.value : null };
  });
}

function thresholdsOf({ rule, plan: { root } }: CompiledAlert): Chart['thresholds'] {
  if (rule.levels.length === 0) {
    const value = root?.threshold;
    return value === undefined ? [] : [{ level: null, value, text: limitText(rule) }];
  }
  return rule.levels.map(({ name, above, below }) => ({
    level: name,
    value: above ?? below!,
    text: `${name} ${printThreshold(rule, name) ?? ''}`.trim(),
  }));
}

function limitText(rule: AlertRule): string {
  return printThreshold(rule, null) ?? 'threshold';
}
