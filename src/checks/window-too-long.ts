import { formatDuration } from '../model/duration.ts';
import { children, type Expr } from '../promql/ast.ts';
import type { Check } from './finding.ts';

/** ms: raw samples are dropped after this. */
const RETENTION = 30 * 86_400_000;

/** A window or offset that reaches back beyond what is kept: it never sees what it asks for. */
export const windowTooLong: Check = {
  id: 'window-too-long',
  severity: 'error',
  run: ({ alerts, records }) =>
    [...records, ...alerts].flatMap(({ rule, plan }) =>
      selectorsOf(plan.expr)
        .filter(({ reach }) => reach > RETENTION)
        .map(({ from, to, reach }) => ({
          at: { rule },
          path: ['expr'],
          span: [from, to] as const,
          message: `This looks back ${formatDuration(reach)}; samples are kept for ${formatDuration(RETENTION)}, so it never sees all it asks for. Use a shorter range or offset.`,
        })),
    ),
};

interface Reach {
  readonly from: number;
  readonly to: number;
  /** ms back from the evaluation, subqueries around it included. */
  readonly reach: number;
}

function selectorsOf(expr: Expr, outer = 0): readonly Reach[] {
  const moves = expr.kind === 'selector' || expr.kind === 'subquery';
  const reach = moves ? outer + expr.range + expr.offset : outer;
  if (expr.kind === 'selector') return [{ from: expr.from, to: expr.to, reach }];
  return children(expr).flatMap((child) => selectorsOf(child, reach));
}
