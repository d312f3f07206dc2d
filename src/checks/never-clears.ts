import type { Check } from './finding.ts';
import { isReachable, printBounds, stepsOf } from './steps.ts';

/** A limit that, once crossed, no value of the expression can get back from. */
export const neverClears: Check = {
  id: 'never-clears',
  severity: 'error',
  run: (world) =>
    stepsOf(world)
      .filter((step) => !isReachable(step, step.clears))
      .map(({ rule, clearPath, span, shown, bounds }) => ({
        at: { rule },
        path: clearPath,
        ...(span && { span }),
        message: `Once "${shown}" fires nothing clears it: the expression yields ${printBounds(bounds)}. It would stay firing for ever. Write a "clear" (or a threshold) inside that.`,
      })),
};
