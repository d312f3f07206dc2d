import { unitHint } from '../dispatch/render-threshold.ts';
import { printValue } from '../dispatch/render-value.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { AlertHistory, Store } from '../model/store.ts';
import type { Chart, Evidence } from '../model/notification.ts';
import type { Story } from '../model/story.ts';
import { gatherCharts } from './chart.ts';
import { gatherEvidence } from './evidence.ts';
import type { Runtime } from './runtime.ts';

/** One alert, whether it fires or has ended: its last episode, why it says what it says, and how the value came to be. */
export interface AlertDetail extends AlertHistory {
  readonly id: string;
  readonly story: Story | undefined;
  readonly evidence: Evidence | undefined;
  readonly chart: Chart | undefined;
  /** Prints a judged value with its unit. */
  readonly print: (value: number) => string;
}

export interface DetailDeps {
  readonly store: Pick<Store, 'alertHistory' | 'story' | 'alerts' | 'origins' | 'samplesSince'>;
  readonly runtime: Runtime;
  /** Unix ms, judging clock. */
  readonly now: number;
  readonly timezone: string;
}

/** Transitions of earlier episodes that are shown. */
const HISTORY = 100;

/** Undefined when there never was an alert of this id. */
export async function gatherDetail(id: string, deps: DetailDeps): Promise<AlertDetail | undefined> {
  const { store, runtime } = deps;
  const [history, story] = await Promise.all([store.alertHistory(id, HISTORY), store.story(id)]);
  if (history === undefined) return undefined;
  const alert = (await store.alerts([history.rule])).find((one) => alertId(one) === id);
  const rule = runtime.live.alertRules.get(history.rule);
  const seen = alert && !alert.posted ? await lookInto(alert, deps) : { evidence: undefined, chart: undefined };
  return { id, ...history, story, ...seen, print: (value) => printValue(value, rule && unitHint(rule)) };
}

/** A picture of what has ended shows how it ended. */
async function lookInto(
  alert: Alert,
  { store, runtime, now, timezone }: DetailDeps,
): Promise<Pick<AlertDetail, 'evidence' | 'chart'>> {
  const shown: Alert = { ...alert, state: 'firing' };
  const reading = { live: runtime.live, view: runtime.windows.view, store };
  const [evidenceOf, chartOf] = await Promise.all([
    gatherEvidence([shown], reading),
    gatherCharts([shown], { ...reading, now, timezone }),
  ]);
  const evidence = evidenceOf(shown);
  return { evidence: evidence.expression === '' ? undefined : evidence, chart: chartOf(shown) };
}
