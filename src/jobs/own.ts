import { labelsKey, NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { MetricName } from '../model/metric.ts';
import type { Store } from '../model/store.ts';
import { STANDING } from '../alerts/unknown.ts';

/** Writes a series about Tocsin itself when its value changes, and says under which labels. */
export type Say = (metric: MetricName, labels: Labels, value: number) => Promise<void>;

/** Tocsin's own alarms are series like any other: the shipped rule file `self` judges them. */
export function createSay(store: Store, now: () => number, onChange: (labels: Labels) => Promise<void>): Say {
  const said = new Map<string, number>();
  return async (metric, labels, value) => {
    const series = { ...labels, [NAME]: metric };
    const key = labelsKey(series);
    if (said.get(key) === value) return;
    const at = now();
    await store.saveOwn([{ labels: series, value, at, maxAge: STANDING }], at);
    said.set(key, value);
    await onChange(series);
  };
}
