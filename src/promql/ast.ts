import type { Matcher } from '../model/labels.ts';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** Offsets in the source, `[from, to)`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
}

interface TextLiteral extends Span {
  readonly kind: 'text';
  readonly value: string;
}

/** A fixed instant (unix ms), or an end of the range that is evaluated. */
export type At = number | 'start' | 'end';

/** Moves the instant at which something is looked at. */
export interface Moved {
  /** ms back; negative looks ahead. */
  readonly offset: number;
  /** Instead of the instant of the evaluation. */
  readonly at?: At | undefined;
}

/** An instant selector, or a range selector when `range` (ms) is above zero. */
export interface Selector extends Span, Moved {
  readonly kind: 'selector';
  /** The metric name is the matcher of `__name__`. */
  readonly matchers: readonly Matcher[];
  readonly range: number;
}

/** An expression evaluated at each multiple of `step` within the range; both ms. */
export interface Subquery extends Span, Moved {
  readonly kind: 'subquery';
  readonly inner: Expr;
  readonly range: number;
  readonly step: number;
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

export interface Grouping extends Span {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface Aggregate extends Span {
  readonly kind: 'aggregate';
  readonly op: string;
  readonly args: readonly Expr[];
  readonly grouping?: Grouping | undefined;
}

interface Unary extends Span {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly operand: Expr;
}

const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
const SET_OPERATORS = ['and', 'or', 'unless'] as const;

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOp = (typeof COMPARISONS)[number];
export type SetOp = (typeof SET_OPERATORS)[number];

/** How the elements of two vectors find each other. */
export interface Matching {
  /** `on` keeps only `labels`, `ignoring` drops them. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The side that may have several elements for one of the other side. */
  readonly many?: 'left' | 'right' | undefined;
  /** Labels taken over from the one side. */
  readonly include: readonly string[];
}

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly op: ArithmeticOp | ComparisonOp | SetOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  readonly matching: Matching;
  /** Where the matching modifiers stand, when written. */
  readonly modifiers?: Span | undefined;
}

export type Expr = NumberLiteral | TextLiteral | Selector | Subquery | Call | Aggregate | Unary | Binary;

/** True for a comparison operator. */
export function isComparison(op: string): op is ComparisonOp {
  return (COMPARISONS as readonly string[]).includes(op);
}

/** True for `and`, `or`, `unless`. */
export function isSetOperator(op: string): op is SetOp {
  return (SET_OPERATORS as readonly string[]).includes(op);
}

/** The expressions directly inside this one. */
export function children(expr: Expr): readonly Expr[] {
  if (expr.kind === 'call' || expr.kind === 'aggregate') return expr.args;
  if (expr.kind === 'unary') return [expr.operand];
  if (expr.kind === 'subquery') return [expr.inner];
  return expr.kind === 'binary' ? [expr.left, expr.right] : [];
}

/** The selectors of an expression, in the order in which they stand. */
export function selectorsIn(expr: Expr): readonly Selector[] {
  return expr.kind === 'selector' ? [expr] : children(expr).flatMap(selectorsIn);
}
