import type { Check } from './finding.ts';
import { isReachable, printBounds, stepsOf } from './steps.ts';

/** A threshold that no value of the expression can cross. */
export const neverCrossed: Check = {
  id: 'never-crossed',
  severity: 'error',
  run: (world) =>
    stepsOf(world)
      .filter((step) => !isReachable(step, step.crosses))
      .map(({ rule, path, span, shown, bounds }) => ({
        at: { rule },
        path,
        ...(span && { span }),
        message: `"${shown}" can never hold: the expression yields ${printBounds(bounds)}. The alert stays silent for ever. Write a threshold inside that, or widen the "range" of its source.`,
      })),
};
