import type { CompiledAlert } from '../rules/compile.ts';
import type { Check, Problem } from './finding.ts';

/** Levels over an expression that compares already: what the comparison drops, no level sees. */
export const comparedTwice: Check = {
  id: 'compared-twice',
  severity: 'warning',
  run: ({ alerts }) => alerts.flatMap(inRule),
};

function inRule({ rule, plan }: CompiledAlert): readonly Problem[] {
  const { expr } = plan;
  if (rule.levels.length === 0 || rule.kind !== undefined || expr.kind !== 'binary' || expr.bool) return [];
  if (!/^(?:[<>]=?|[=!]=)$/.test(expr.op)) return [];
  const message = `With levels the expression yields the value and the levels compare it; "${expr.op}" here drops the values that would tell how far away or recovered it is. Take the comparison out.`;
  return [{ at: { rule }, path: ['expr'], span: [expr.left.to, expr.to], message }];
}
