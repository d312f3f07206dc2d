import type { Matcher } from '../model/labels.ts';
import {
  children,
  isComparison,
  selectorsIn,
  type Binary,
  type ComparisonOp,
  type Expr,
  type Moved,
  type Selector,
  type Span,
  type Subquery,
  type ValueType,
} from './ast.ts';
import { MIRRORED } from './binary/operators.ts';
import { typeOf } from './check.ts';
import { asVector, compile } from './compile.ts';
import { instantOf, type Selection } from './selection.ts';
import { EVERY_LABEL, sharesOf, type Shares } from './shares.ts';
import { Sharing } from './sharing.ts';
import { parse } from './syntax/parse.ts';
import type { Compiled, Vector } from './value.ts';

/** One selector of an expression. */
export interface Leaf extends Span, Moved {
  readonly matchers: readonly Matcher[];
  /** ms; 0 for an instant selector. Those of the subqueries around it are part of it, as their offsets are of `offset`. */
  readonly range: number;
  /** Stands under a function that asks itself whether there is data. */
  readonly exempt: boolean;
  /** There can be a result without it: it is exempt, a side of `or`, or the right side of `unless`. */
  readonly optional: boolean;
  /** The labels of the expression's result that its series agree with. */
  readonly shares: Shares;
  readonly selection: Selection;
}

/** An expression that was parsed, checked and compiled once. */
export interface Plan {
  readonly source: string;
  /** Where `source` begins in the text that `plan` was given; places in `expr` and `leaves` count from that text's beginning. */
  readonly start: number;
  readonly type: ValueType;
  readonly expr: Expr;
  readonly leaves: readonly Leaf[];
  readonly compiled: Compiled;
  /** The same as a vector, when it is one or a scalar. */
  readonly vector: Vector['run'] | undefined;
  /** Present when the root is a comparison without `bool`. */
  readonly root?: Root;
}

/** A comparison at the root, its vector on the left. */
export interface Root {
  readonly op: ComparisonOp;
  /** The judged value of everything that is compared, with the labels of the whole expression, whether or not it holds. */
  readonly left: Plan;
  readonly right: Plan;
  /** The right side, when it is a number. */
  readonly threshold?: number;
}

/** ms: a fixed instant may lie anywhere in what is stored. */
const EVERYTHING = 10 * 365 * 86_400_000;

const EXEMPT = new Set(['absent', 'absent_over_time', 'present_over_time', 'count_over_time']);

/** What a selector is told by the expressions around it. */
type Asks = Pick<Leaf, 'exempt' | 'optional' | 'shares' | 'range' | 'offset' | 'at'>;

const REQUIRED: Asks = { exempt: false, optional: false, shares: EVERY_LABEL, range: 0, offset: 0 };

/** Parses, checks and compiles an expression; plans made with the same `sharing` share what they have in common. @throws {PromqlError} */
export function plan(source: string, sharing = new Sharing()): Plan {
  const expr = parse(source);
  const type = typeOf(expr);
  const inside: Inside = { leaves: new Map(leavesOf(expr, sharing)), sharing };
  const base = planOf({ source, start: 0, expr, type }, inside);
  const root = expr.kind === 'binary' && type === 'vector' ? rootOf(expr, base, inside) : undefined;
  return root === undefined ? base : { ...base, root };
}

/** ms of samples a leaf needs beyond its series' `max_age`. */
export function lookback(leaf: Leaf): number {
  return typeof leaf.at === 'number' ? EVERYTHING : Math.max(0, leaf.range + leaf.offset);
}

/** The instant that a leaf looks at when evaluated at `now`; both unix ms. */
export function leafInstant(leaf: Leaf, now: number): number {
  return instantOf(leaf)({ now, start: now, end: now });
}

/** What the parts of one expression are planned with. */
interface Inside {
  readonly leaves: ReadonlyMap<Selector, Leaf>;
  readonly sharing: Sharing;
}

function planOf(part: Pick<Plan, 'source' | 'start' | 'expr' | 'type'>, { leaves, sharing }: Inside): Plan {
  const own = selectorsIn(part.expr).map((selector) => leaves.get(selector)!);
  const compiled = compile(part.expr, sharing);
  return { ...part, leaves: own, compiled, vector: asVector(compiled) };
}

function leavesOf(expr: Expr, sharing: Sharing, asks = REQUIRED): [Selector, Leaf][] {
  if (expr.kind === 'selector') {
    const { matchers, from, to } = expr;
    return [[expr, { matchers, from, to, ...asks, ...widened(asks, expr), selection: sharing.selectionOf(expr) }]];
  }
  if (expr.kind === 'subquery') return leavesOf(expr.inner, sharing, { ...asks, ...widened(asks, expr) });
  if (expr.kind === 'call' && EXEMPT.has(expr.name)) {
    return expr.args.flatMap((arg) => leavesOf(arg, sharing, { ...asks, exempt: true, optional: true }));
  }
  return children(expr).flatMap((child) =>
    leavesOf(child, sharing, {
      ...asks,
      optional: asks.optional || isSpare(expr, child),
      shares: sharesOf(expr, child, asks.shares),
    }),
  );
}

/** What is looked back on from within a subquery adds up, up to the innermost `@`. */
function widened(asks: Asks, { range, offset, at }: Selector | Subquery): Pick<Leaf, 'range' | 'offset' | 'at'> {
  if (at !== undefined) return { range, offset, at };
  return { range: asks.range + range, offset: asks.offset + offset, at: asks.at };
}

/** True for a side of a set operator that may be empty while the whole is not. */
function isSpare(expr: Expr, child: Expr): boolean {
  if (expr.kind !== 'binary') return false;
  return expr.op === 'or' || (expr.op === 'unless' && child === expr.right);
}

function rootOf(expr: Binary, whole: Plan, inside: Inside): Root | undefined {
  if (!isComparison(expr.op) || expr.bool) return undefined;
  const [first, second] = [expr.left, expr.right].map((side) =>
    planOf(
      { source: whole.source.slice(side.from, side.to), start: side.from, expr: side, type: typeOf(side) },
      inside,
    ),
  ) as [Plan, Plan];
  const compared: Vector = { type: 'vector', run: (whole.compiled as Vector).compared! };
  const mirrored = first.type === 'scalar';
  const [left, right] = mirrored ? [second, first] : [first, second];
  return {
    op: mirrored ? MIRRORED[expr.op] : expr.op,
    left: { ...left, compiled: compared, vector: compared.run },
    right,
    ...(right.expr.kind === 'number' ? { threshold: right.expr.value } : {}),
  };
}
