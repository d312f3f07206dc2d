import { NAME } from '../../model/labels.ts';
import { children, selectorsIn, type Aggregate, type Binary, type Expr, type Selector } from '../ast.ts';
import { typeOf } from '../check.ts';
import { FUNCTIONS } from '../functions/index.ts';
import { ownText } from '../sharing.ts';

/** How an expression is told from others that say the same of other series. */
export interface Division {
  /** The labels that divide it: every selector asks for one value of each, and no two values ever meet in the result. */
  readonly names: readonly string[];
  /** The values, in the order of the names. */
  readonly values: readonly string[];
  /** Equal for expressions that differ in the values alone. */
  readonly key: string;
}

/**
 * Finds the labels by which an expression can be evaluated for many values at once: `price{g="1"} / nav{g="1"}` for every `g` is
 * `price / nav` cut by `g`, because what differs in `g` is never matched or summed up. Nothing when there is no such label.
 */
export function divide(expr: Expr): Division | undefined {
  const [first, ...rest] = selectorsIn(expr).map(equalities);
  const common = [...(first ?? [])].filter(([name, value]) => rest.every((other) => other.get(name) === value));
  const names = common.map(([name]) => name).filter((name) => divides(expr, name));
  if (names.length === 0) return undefined;
  return { names, values: names.map((name) => first!.get(name)!), key: textOf(expr, new Set(names)) };
}

/** What a selector asks of labels by a single `=`. */
function equalities({ matchers }: Selector): ReadonlyMap<string, string> {
  const alone = matchers.filter(({ name }) => matchers.filter((other) => other.name === name).length === 1);
  const equal = alone.filter(({ name, op, value }) => op === '=' && value !== '' && name !== NAME);
  return new Map(equal.map(({ name, value }) => [name, value]));
}

/** True when every part keeps the label and brings only together what agrees on it. */
function divides(expr: Expr, label: string): boolean {
  if (isScalar(expr)) return selectorsIn(expr).length === 0;
  if (expr.kind === 'call' && FUNCTIONS.get(expr.name)?.kind === 'whole') return false;
  if (expr.kind === 'aggregate' && !keeps(expr, label)) return false;
  if (expr.kind === 'binary' && !matchesOn(expr, label)) return false;
  return children(expr).every((child) => divides(child, label));
}

function isScalar(expr: Expr): boolean {
  const type = typeOf(expr);
  return type === 'scalar' || type === 'string';
}

function keeps({ op, grouping }: Aggregate, label: string): boolean {
  if (op === 'count_values') return false;
  return (grouping?.labels.includes(label) ?? false) !== (grouping?.without ?? false);
}

function matchesOn({ left, right, matching }: Binary, label: string): boolean {
  if (isScalar(left) || isScalar(right)) return true;
  return matching.labels.includes(label) === matching.on && !matching.include.includes(label);
}

function textOf(expr: Expr, without: ReadonlySet<string>): string {
  const own = expr.kind !== 'selector' ? expr : { ...expr, matchers: expr.matchers.map(blank) };
  return `${ownText(own)}(${children(expr)
    .map((child) => textOf(child, without))
    .join()})`;

  function blank(matcher: Selector['matchers'][number]): Selector['matchers'][number] {
    return without.has(matcher.name) ? { ...matcher, value: '' } : matcher;
  }
}
