import type { Aggregate, Binary, Call, Expr, Selector } from '../promql/ast.ts';
import { children, isComparison } from '../promql/ast.ts';
import { metricOf } from './inputs.ts';

/**
 * What a value is measured in. `ratio` and `count` have no dimension, `number` is a literal that goes with anything;
 * `undefined` is not known, and nothing is said about it.
 */
export type Unit = 'usd' | 'tokens' | 'seconds' | 'bytes' | 'ratio' | 'count' | 'number' | undefined;

/** Two operands that do not go together. */
export interface Mixture {
  readonly expr: Binary;
  readonly left: Unit;
  readonly right: Unit;
}

const SUFFIXES: Readonly<Record<string, Unit>> = {
  usd: 'usd',
  tokens: 'tokens',
  seconds: 'seconds',
  bytes: 'bytes',
  ratio: 'ratio',
  bool: 'count',
  count: 'count',
  index: 'count',
};

/** The unit at the end of a metric's name; a counter's stands before `_total`. */
export function unitOfMetric(metric: string): Unit {
  const suffix = /_([a-z]+?)(?:_total)?$/.exec(metric)?.[1] ?? '';
  return Object.hasOwn(SUFFIXES, suffix) ? SUFFIXES[suffix] : undefined;
}

/** The unit of an expression's value, and every pair of operands in it whose units differ. */
export function unitOf(expr: Expr, onMixture: (mixture: Mixture) => void = () => undefined): Unit {
  const inner = (child: Expr) => unitOf(child, onMixture);
  if (expr.kind === 'number') return 'number';
  if (expr.kind === 'selector') return unitOfSelector(expr);
  if (expr.kind === 'call') return unitOfCall(expr, inner);
  if (expr.kind === 'aggregate') return unitOfAggregate(expr, inner);
  if (expr.kind === 'binary') return unitOfBinary(expr, inner, onMixture);
  return children(expr).map(inner)[0];
}

function unitOfSelector({ matchers }: Selector): Unit {
  return unitOfMetric(metricOf(matchers) ?? '');
}

const KEEPS =
  /^(?:(?:avg|min|max|sum|last|first|quantile|stddev|mad)_over_time|abs|ceil|floor|round|clamp(?:_min|_max)?|i?delta|increase|vector|scalar|sort\w*|label_\w+)$/;
const COUNTS = /^(?:absent|absent_over_time|changes|count_over_time|present_over_time|resets|sgn)$/;

function unitOfCall({ name, args }: Call, inner: (expr: Expr) => Unit): Unit {
  const units = args.map(inner);
  if (name === 'time' || name === 'timestamp') return 'seconds';
  if (COUNTS.test(name)) return 'count';
  if (!KEEPS.test(name)) return undefined;
  return name === 'quantile_over_time' ? units[1] : units[0];
}

function unitOfAggregate({ op, args }: Aggregate, inner: (expr: Expr) => Unit): Unit {
  const unit = args.map(inner).at(-1);
  if (op === 'count' || op === 'count_values' || op === 'group') return 'count';
  return op === 'stdvar' ? undefined : unit;
}

function unitOfBinary(expr: Binary, inner: (expr: Expr) => Unit, onMixture: (mixture: Mixture) => void): Unit {
  const { op } = expr;
  const [left, right] = [inner(expr.left), inner(expr.right)];
  const combined = COMBINED[op];
  if (combined !== undefined) return combined(left, right);
  if (differ(left, right) && !(op === '/' && isPlain(right))) onMixture({ expr, left, right });
  if (op === '/') return quotient(left, right);
  if (isComparison(op)) return expr.bool ? 'count' : left === 'number' ? right : left;
  return sum(left, right);
}

/** Operators whose sides need not be of one unit. */
const COMBINED: Partial<Record<Binary['op'], (left: Unit, right: Unit) => Unit>> = {
  '*': (left, right) => (isPlain(left) ? right : isPlain(right) ? left : undefined),
  and: (left) => left,
  unless: (left) => left,
  or: (left, right) => (left === right ? left : undefined),
  '^': () => undefined,
  atan2: () => undefined,
};

/** Dollars less one may be dollars, or the distance from a peg of one dollar: nobody can tell. */
function sum(left: Unit, right: Unit): Unit {
  const unit = left === 'number' ? right : left;
  return left === right || isPlain(unit) || (left !== 'number' && right !== 'number') ? unit : undefined;
}

function quotient(left: Unit, right: Unit): Unit {
  if (left === 'number' && right === 'number') return 'number';
  if (right === 'number') return isPlain(left) ? left : undefined;
  if (left !== undefined && left === right) return 'ratio';
  if (right === 'ratio' || right === 'count') return left;
  return undefined;
}

/** Without a dimension: a factor. */
function isPlain(unit: Unit): boolean {
  return unit === 'ratio' || unit === 'count' || unit === 'number';
}

function differ(left: Unit, right: Unit): boolean {
  if (left === undefined || right === undefined || left === 'number' || right === 'number') return false;
  return isPlain(left) && isPlain(right) ? false : left !== right;
}
