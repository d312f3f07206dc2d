import type { Level } from '../model/rule.ts';
import type { Check, Problem } from './finding.ts';

/** A higher level that is entered before a lower one: the lower one is then never seen on the way. */
export const levelOrder: Check = {
  id: 'level-order',
  severity: 'error',
  run: ({ alerts }) =>
    alerts.flatMap(({ rule }) =>
      rule.levels.slice(1).flatMap((higher, index): Problem[] => {
        const lower = rule.levels[index]!;
        if (!isLaxer(higher, lower)) return [];
        const side = higher.above === undefined ? 'below' : 'above';
        const message = `"${higher.name}" (${side} ${higher.written}) is entered before "${lower.name}" (${side} ${lower.written}). A higher level must be harder to reach. Swap the two thresholds.`;
        return [{ at: { rule }, path: ['levels', higher.name, side], message }];
      }),
    ),
};

function isLaxer(higher: Level, lower: Level): boolean {
  if (higher.above !== undefined && lower.above !== undefined) return higher.above < lower.above;
  if (higher.below !== undefined && lower.below !== undefined) return higher.below > lower.below;
  return false;
}
