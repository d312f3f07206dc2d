import { routesFor } from '../dispatch/route.ts';
import type { Route } from '../model/config.ts';
import { labelsKey, type Labels } from '../model/labels.ts';
import type { AlertRule } from '../model/rule.ts';
import type { Plan } from '../promql/index.ts';
import { keep, type Inputs } from './inputs.ts';

/** The label `severity` at each level; of a plain rule what it says itself. */
export function severitiesOf({ levels }: AlertRule): readonly Labels[] {
  return levels.length === 0 ? [{}] : levels.map(({ name }) => ({ severity: name }));
}

/** Names of the receivers that a label set reaches. */
export function takers(route: Route, labels: Labels): readonly string[] {
  return [...new Set(routesFor(route, labels).flatMap((taken) => taken.route.receivers))];
}

/** Label sets that the expression can yield, as far as declared series tell; the selector that says most decides. */
export function expectedLabels(plan: Plan, inputs: Inputs): readonly Labels[] {
  const candidates = plan.leaves
    .filter(({ optional }) => !optional)
    .map(({ matchers, shares }) => {
      const kept = inputs.labelsOf(matchers).map((labels) => keep(labels, shares));
      return [...new Map(kept.map((labels) => [labelsKey(labels), labels])).values()];
    });
  const richest = candidates.toSorted((a, b) => widthOf(b) - widthOf(a))[0] ?? [];
  return richest.length === 0 ? [{}] : richest;
}

function widthOf(sets: readonly Labels[]): number {
  return Math.max(0, ...sets.map((labels) => Object.keys(labels).length));
}
