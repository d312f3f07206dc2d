import { didYouMean } from '../config/nearest.ts';
import { METRICS } from '../model/metric.ts';
import type { Check } from './finding.ts';
import { metricOf } from './inputs.ts';

/** A metric that is in no list and that nothing records; with levels it is an error of the configuration already. */
export const unknownMetric: Check = {
  id: 'unknown-metric',
  severity: 'warning',
  run: ({ alerts, records, inputs }) => {
    const known = [...Object.keys(METRICS), ...records.map(({ rule }) => rule.record)];
    const hints = new Map<string, string>();
    const hintOf = (metric: string): string => {
      const hint = hints.get(metric) ?? didYouMean(metric, known);
      hints.set(metric, hint);
      return hint;
    };
    return [...records, ...alerts].flatMap(({ rule, plan }) =>
      plan.leaves.flatMap(({ matchers, from }) => {
        const metric = metricOf(matchers);
        if (metric === undefined || Object.hasOwn(METRICS, metric) || inputs.isYielded(metric)) return [];
        const hint = hintOf(metric) || '; no source yields it and no rule records it.';
        const message = `Unknown metric "${metric}"${hint} The rule sees nothing of it. Correct the name, or record it.`;
        return [{ at: { rule }, path: ['expr'], span: [from, from + metric.length] as const, message }];
      }),
    );
  },
};
