import { labelsKey, NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { MetricName } from '../model/metric.ts';
import type { Store } from '../model/store.ts';
import { STANDING } from '../alerts/unknown.ts';
import type { LiveWindows } from './windows.ts';

/** Writes a series about Tocsin itself when its value changes, and says under which labels. */
export type Say = (metric: MetricName, labels: Labels, value: number) => Promise<void>;

/** Tocsin's own alarms are series like any other: the shipped rule file `self` judges them. */
export function createSay(store: Store, now: () => number, onChange: (labels: Labels) => Promise<void>): Say {
  const said = new Map<string, number>();
  return async (metric, labels, value) => {
    const series = { ...labels, [NAME]: metric };
    const key = labelsKey(series);
    if (said.get(key) === value) return;
    // Whoever says the same meanwhile need not say it.
    said.set(key, value);
    const at = now();
    await store.saveOwn([{ labels: series, value, at, maxAge: STANDING }], at).catch((error: unknown) => {
      said.delete(key);
      throw error;
    });
    await onChange(series);
  };
}

/** Says which prices stand still while peers move; what was said to be frozen and is not any more is said to move again. */
export async function sayFrozen({ view, frozen }: LiveWindows, say: Say): Promise<void> {
  const still = new Map(frozen().map((labels) => [labelsKey(labels), labels]));
  for (const series of view.select([{ name: NAME, op: '=', value: 'tocsin_source_frozen' }])) {
    const labels = without(series.labels, [NAME]);
    if (!still.has(labelsKey(labels))) await say('tocsin_source_frozen', labels, 0);
  }
  for (const labels of still.values()) await say('tocsin_source_frozen', labels, 1);
}
