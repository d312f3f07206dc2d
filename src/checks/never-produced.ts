import { didYouMean } from '../config/nearest.ts';
import { NAME, type Matcher } from '../model/labels.ts';
import { METRICS } from '../model/metric.ts';
import type { Leaf } from '../promql/index.ts';
import type { Check } from './finding.ts';
import { metricOf, type Inputs } from './inputs.ts';

/** A selector that no series can ever match: the rule judges nothing and stays silent for ever. */
export const neverProduced: Check = {
  id: 'never-produced',
  severity: 'error',
  run: ({ alerts, records, inputs }) =>
    [...records, ...alerts].flatMap(({ rule, plan }) =>
      plan.leaves
        .filter((leaf) => !leaf.exempt && isForUs(leaf, inputs) && !inputs.canMatch(leaf.matchers))
        .map(({ matchers, from, to }) => ({
          at: { rule },
          path: ['expr'],
          span: [from, to] as const,
          message: `${why(matchers, inputs)} A rule without its series judges nothing and never fires. Correct the selector, or add a source that yields it.`,
        })),
    ),
};

/** A metric that nobody knows is another check's. */
function isForUs({ matchers }: Leaf, inputs: Inputs): boolean {
  const metric = metricOf(matchers);
  return metric === undefined || Object.hasOwn(METRICS, metric) || inputs.isYielded(metric);
}

function why(matchers: readonly Matcher[], inputs: Inputs): string {
  const named = matchers.filter(({ name }) => name === NAME);
  const metric = metricOf(matchers);
  const what = metric === undefined ? 'a metric of such a name' : `"${metric}"`;
  if (!inputs.canMatch(named)) return `No source yields ${what}, and no rule records it.`;
  const wrong = matchers.find((matcher) => matcher.name !== NAME && !inputs.canMatch([...named, matcher]));
  if (wrong === undefined) return `No series of ${what} has all these labels at once.`;
  const values = inputs.declared(named).flatMap(({ labels }) => labels[wrong.name] ?? []);
  const hint = (wrong.op === '=' && didYouMean(wrong.value, values)) || '.';
  return `No series of ${what} has ${wrong.name}${wrong.op}"${wrong.value}"${hint}`;
}
