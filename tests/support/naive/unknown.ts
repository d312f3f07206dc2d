import { lastAt } from '../../../src/model/series.ts';
import type { SeriesView } from '../../../src/model/series.ts';
import type { OwnSample } from '../../../src/model/stored.ts';
import { STANDING } from '../../../src/alerts/unknown.ts';
import type { RuleOutcome } from './group.ts';

/** How many label sets of a rule cannot be judged, as a series of its own; written when it changes, and never while it was always 0. */
export function countUnknown(outcome: RuleOutcome, group: string, view: SeriesView, now: number): readonly OwnSample[] {
  const count = outcome.verdicts.filter(({ status }) => status === 'unknown').length + (outcome.blind ? 1 : 0);
  const labels = { __name__: 'tocsin_unknown_count', rule: outcome.rule, group };
  const matchers = Object.entries(labels).map(([name, value]) => ({ name, op: '=' as const, value }));
  const [series] = view.select(matchers);
  const last = series && lastAt(series) > -Infinity ? series.values[series.to - 1] : 0;
  return last === count ? [] : [{ labels, value: count, at: now, maxAge: STANDING }];
}
