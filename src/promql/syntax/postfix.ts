import type { SyntaxNode } from '@lezer/common';
import type { Expr, Moved, Selector, Subquery } from '../ast.ts';
import { PromqlError, Unsupported } from '../errors.ts';
import { readInstant, readMs } from './durations.ts';
import { childrenOf, textOf, type Source } from './tree.ts';

/** The step of a subquery that names none, ms. */
const DEFAULT_STEP = 60_000;

type Postfix = (source: Source, operand: Expr, node: SyntaxNode) => Expr;

const POSTFIXES: Readonly<Record<string, Postfix>> = {
  MatrixSelector: range,
  SubqueryExpr: subquery,
  OffsetExpr: offset,
  StepInvariantExpr: at,
  SmoothedExpr: experimental('smoothed'),
  AnchoredExpr: experimental('anchored'),
};

/** Applies a range, a subquery, `offset` or `@` to the operand before it. @throws {PromqlError} where it does not fit */
export function applyPostfix(source: Source, operand: Expr, node: SyntaxNode): Expr {
  return POSTFIXES[node.name]!(source, operand, node);
}

function experimental(word: string): Postfix {
  return (_, operand, { to }) => {
    throw new Unsupported(`experimental modifier "${word}"`, { from: operand.from, to });
  };
}

function range(source: Source, operand: Expr, node: SyntaxNode): Selector {
  const span = { from: operand.from, to: node.to };
  if (operand.kind !== 'selector' || isInBrackets(source, operand)) {
    throw new PromqlError(
      'A range in brackets follows only a selector. Put it directly behind one, or write a subquery such as [5m:1m].',
      span,
    );
  }
  if (operand.range > 0 || isMoved(operand)) {
    throw new PromqlError('A range stands directly behind its selector, once and before "offset" and "@".', span);
  }
  return { ...operand, ...span, range: readRange(source, childrenOf(node).at(-1)!) };
}

function subquery(source: Source, operand: Expr, node: SyntaxNode): Subquery {
  const [length, step] = childrenOf(node).filter(({ name }) => name === 'DurationExpr') as [SyntaxNode, SyntaxNode?];
  return {
    kind: 'subquery',
    inner: operand,
    range: readRange(source, length),
    step: step === undefined ? DEFAULT_STEP : readRange(source, step),
    offset: 0,
    from: operand.from,
    to: node.to,
  };
}

function readRange(source: Source, node: SyntaxNode): number {
  const ms = readMs(source, node);
  if (ms > 0) return ms;
  throw new PromqlError(`The range "${textOf(source, node)}" must be longer than zero.`, node);
}

function offset(source: Source, operand: Expr, node: SyntaxNode): Expr {
  const span = { from: operand.from, to: node.to };
  const movable = expectMovable(source, operand, { word: 'offset', span });
  if (movable.offset !== 0) throw new PromqlError('The selector has two offsets. Write their sum.', span);
  return { ...movable, ...span, offset: readMs(source, childrenOf(node).at(-1)!) };
}

function at(source: Source, operand: Expr, node: SyntaxNode): Expr {
  const span = { from: operand.from, to: node.to };
  const movable = expectMovable(source, operand, { word: '@', span });
  if (movable.at !== undefined) throw new PromqlError('The selector has two "@". Write one.', span);
  return { ...movable, ...span, at: readInstant(source, childrenOf(node).at(-1)!) };
}

function expectMovable(
  source: Source,
  operand: Expr,
  { word, span }: { word: string; span: { from: number; to: number } },
): Selector | Subquery {
  const movable = operand.kind === 'selector' || operand.kind === 'subquery';
  if (movable && !isInBrackets(source, operand)) return operand;
  throw new PromqlError(`"${word}" follows only a selector or a subquery. Put it directly behind one.`, span);
}

function isMoved({ offset: back, at: fixed }: Moved): boolean {
  return back !== 0 || fixed !== undefined;
}

/** A subquery begins with its operand, whose own brackets say nothing. */
function isInBrackets(source: Source, { kind, from, to }: Expr): boolean {
  return source.text[from] === '(' && (kind !== 'subquery' || source.text[to - 1] === ')');
}
