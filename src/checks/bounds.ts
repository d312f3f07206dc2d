import { METRICS, type Metric } from '../model/metric.ts';
import { isComparison, type Aggregate, type Binary, type Call, type Expr } from '../promql/ast.ts';
import { metricOf, type Inputs } from './inputs.ts';

/** The values that an expression can take, both ends included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const ANY: Bounds = { min: -Infinity, max: Infinity };
const FLAG: Bounds = { min: 0, max: 1 };
const KEEPS =
  /^(?:(?:avg|min|max|last|first|quantile)_over_time|ceil|floor|round|sort\w*|label_\w+|avg|min|max|quantile|topk|bottomk|limitk)$/;
const NOT_NEGATIVE = /^(?:count|group|count_over_time|changes|resets|stddev|stdvar|stddev_over_time|stdvar_over_time)$/;

/** Bounds from what a metric means, the sane ranges of its sources, and arithmetic on them. */
export function boundsOf(expr: Expr, inputs: Inputs): Bounds {
  const inner = (child: Expr) => boundsOf(child, inputs);
  if (expr.kind === 'number') return { min: expr.value, max: expr.value };
  if (expr.kind === 'selector') return ofSelector(expr, inputs);
  if (expr.kind === 'binary') return ofBinary(expr, inner);
  if (expr.kind === 'subquery') return inner(expr.inner);
  if (expr.kind === 'call') return ofFunction(expr.name, expr, inner);
  if (expr.kind === 'aggregate') return ofFunction(expr.op, expr, inner);
  if (expr.kind === 'text') return ANY;
  const { min, max } = inner(expr.operand);
  return expr.op === '-' ? { min: -max, max: -min } : { min, max };
}

function ofSelector({ matchers }: Expr & { kind: 'selector' }, inputs: Inputs): Bounds {
  const name = metricOf(matchers) ?? '';
  const metric: Metric | undefined = Object.hasOwn(METRICS, name) ? METRICS[name as keyof typeof METRICS] : undefined;
  if (metric === undefined) return ANY;
  const known = { min: metric.nonNegative ? 0 : -Infinity, max: metric.bool ? 1 : Infinity };
  const ranges = inputs.declared(matchers).map((series) => inputs.sourceOf(series)?.range ?? {});
  if (ranges.length === 0) return known;
  return {
    min: Math.max(known.min, Math.min(...ranges.map(({ min = -Infinity }) => min))),
    max: Math.min(known.max, Math.max(...ranges.map(({ max = Infinity }) => max))),
  };
}

function ofFunction(name: string, { args }: Call | Aggregate, inner: (expr: Expr) => Bounds): Bounds {
  const of = args.at(name.startsWith('label_') || name === 'round' ? 0 : -1);
  if (of === undefined) return ANY;
  if (KEEPS.test(name)) return rounded(name, inner(of));
  if (NOT_NEGATIVE.test(name)) return { min: 0, max: Infinity };
  const { min, max } = name === 'abs' || name.startsWith('sum') ? inner(of) : ANY;
  if (name === 'abs') return { min: Math.max(0, min, -max), max: Math.max(Math.abs(min), Math.abs(max)) };
  return min >= 0 ? { min: 0, max: Infinity } : ANY;
}

/** Rounding can leave the bounds, by less than one; `round` takes any step. */
function rounded(name: string, { min, max }: Bounds): Bounds {
  if (name === 'round') return ANY;
  return { min: name === 'floor' ? Math.floor(min) : min, max: name === 'ceil' ? Math.ceil(max) : max };
}

function ofBinary(expr: Binary, inner: (expr: Expr) => Bounds): Bounds {
  const [a, b] = [inner(expr.left), inner(expr.right)];
  if (isComparison(expr.op)) return expr.bool ? FLAG : expr.left.kind === 'number' ? b : a;
  if (expr.op === 'and' || expr.op === 'unless') return a;
  if (expr.op === 'or') return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  if (expr.op === '+') return { min: a.min + b.min, max: a.max + b.max };
  if (expr.op === '-') return { min: a.min - b.max, max: a.max - b.min };
  if (expr.op === '*' || expr.op === '/') return scaled(expr.op, a, b);
  return ANY;
}

/** Exact for a positive factor; of two that are not negative only the sign is known. */
function scaled(op: '*' | '/', a: Bounds, b: Bounds): Bounds {
  const isFactor = (bounds: Bounds) => bounds.min === bounds.max && bounds.min > 0 && Number.isFinite(bounds.min);
  if (isFactor(b))
    return op === '*' ? { min: a.min * b.min, max: a.max * b.min } : { min: a.min / b.min, max: a.max / b.min };
  if (op === '*' && isFactor(a)) return scaled('*', b, a);
  return a.min >= 0 && b.min >= 0 ? { min: 0, max: Infinity } : ANY;
}
