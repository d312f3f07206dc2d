import { isSetOperator, type Aggregate, type Binary, type Call, type Expr } from './ast.ts';

/** Says of a label of a result whether the series of a selector below it carry that label with the same value. */
export type Shares = (label: string) => boolean;

export const EVERY_LABEL: Shares = () => true;
const NO_LABEL: Shares = () => false;

/** What the selectors below `child` share with the whole, given what those below `expr` share. */
export function sharesOf(expr: Expr, child: Expr, shares: Shares): Shares {
  if (expr.kind === 'aggregate') return both(shares, keptBy(expr));
  if (expr.kind === 'call') return both(shares, passedBy(expr));
  return expr.kind === 'binary' ? both(shares, matchedBy(expr, child)) : shares;
}

function both(a: Shares, b: Shares): Shares {
  return (label) => a(label) && b(label);
}

function keptBy({ op, grouping, args }: Aggregate): Shares {
  if (op === 'topk' || op === 'bottomk') return EVERY_LABEL;
  const named = new Set(grouping?.labels);
  const made = op === 'count_values' && args[0]?.kind === 'text' ? args[0].value : undefined;
  return (label) => label !== made && (grouping?.without === true ? !named.has(label) : named.has(label));
}

function passedBy({ name, args }: Call): Shares {
  if (name === 'scalar') return NO_LABEL;
  if (name !== 'label_replace' && name !== 'label_join') return EVERY_LABEL;
  const written = args[1]?.kind === 'text' ? args[1].value : undefined;
  return (label) => label !== written;
}

/** One element of the one side may serve many label sets: it agrees with them on what they were matched by, and no more. */
function matchedBy({ op, left, matching }: Binary, child: Expr): Shares {
  const { on, many, include } = matching;
  const named = new Set(matching.labels);
  const matched: Shares = (label) => named.has(label) === on;
  if (isSetOperator(op)) return op === 'or' || child === left ? EVERY_LABEL : matched;
  if (many === undefined) return matched;
  const included = new Set(include);
  const isMany = (child === left) === (many === 'left');
  return (label) => (isMany ? !included.has(label) : matched(label) || included.has(label));
}
