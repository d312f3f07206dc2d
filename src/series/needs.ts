import { NAME } from '../model/labels.ts';
import { lookback, type Plan } from '../promql/index.ts';
import { PRICE, PRICE_MEMORY } from './frozen.ts';

/** The key of a need that holds for every metric: a selector that names none exactly. */
export const EVERY_METRIC = '';

/** ms of samples to keep beyond `max_age`, by metric. */
export type Needs = ReadonlyMap<string, number>;

/** The longest look back of any selector, by metric; prices are kept long enough to tell whether they are frozen. */
export function needsOf(plans: Iterable<Plan>): Needs {
  const needs = new Map<string, number>();
  for (const plan of plans) {
    for (const leaf of plan.leaves) {
      const name = leaf.matchers.find((matcher) => matcher.name === NAME && matcher.op === '=');
      const metric = name?.value ?? EVERY_METRIC;
      needs.set(metric, Math.max(needs.get(metric) ?? 0, lookback(leaf)));
    }
  }
  if (needOf(needs, PRICE) !== undefined) needs.set(PRICE, Math.max(needs.get(PRICE) ?? 0, PRICE_MEMORY));
  return needs;
}

/** ms of samples to keep of this metric, or `undefined` when nothing asks for it. */
export function needOf(needs: Needs, metric: string): number | undefined {
  const own = needs.get(metric);
  const every = needs.get(EVERY_METRIC);
  return own === undefined || every === undefined ? (own ?? every) : Math.max(own, every);
}
