import type { SyntaxNode } from '@lezer/common';
import type { Expr, Selector } from '../ast.ts';
import { PromqlError } from '../errors.ts';
import { readNumber } from './literals.ts';
import { childrenOf, textOf, type Source } from './tree.ts';

const UNSUPPORTED: Readonly<Record<string, string>> = {
  SubqueryExpr: 'A subquery',
  StepInvariantExpr: 'The modifier "@"',
  SmoothedExpr: 'The experimental modifier "smoothed"',
  AnchoredExpr: 'The experimental modifier "anchored"',
};

/** Applies a range or an offset to the operand before it. @throws {PromqlError} when that is no plain selector */
export function applyPostfix(source: Source, operand: Expr, node: SyntaxNode): Expr {
  const span = { from: operand.from, to: node.to };
  const unsupported = UNSUPPORTED[node.name];
  if (unsupported !== undefined) {
    throw new PromqlError(`${unsupported} is not supported. Write the expression without it.`, span);
  }
  const what = node.name === 'OffsetExpr' ? '"offset"' : 'A range in brackets';
  if (operand.kind !== 'selector' || source.text[operand.from] === '(') {
    throw new PromqlError(`${what} follows only a selector. Put it directly behind one.`, span);
  }
  const duration = childrenOf(node).at(-1)!;
  const selector: Selector = { ...operand, ...span };
  return node.name === 'OffsetExpr' ? offset(source, selector, duration) : range(source, selector, duration);
}

function offset(source: Source, selector: Selector, duration: SyntaxNode): Selector {
  if (selector.offset !== 0) throw new PromqlError('The selector has two offsets. Write their sum.', selector);
  return { ...selector, offset: readMs(source, duration) };
}

function range(source: Source, selector: Selector, duration: SyntaxNode): Selector {
  if (selector.range > 0 || selector.offset !== 0) {
    throw new PromqlError('A range stands directly behind its selector, once and before "offset".', selector);
  }
  const ms = readMs(source, duration);
  if (ms > 0) return { ...selector, range: ms };
  throw new PromqlError(`The range "${textOf(source, duration)}" must be longer than zero.`, duration);
}

/** A duration in a range or an offset, ms. */
function readMs(source: Source, node: SyntaxNode): number {
  const [first, second, ...rest] = childrenOf(node);
  if (first?.name === 'NumberDurationLiteralInDurationContext') {
    const ms = Math.round(readNumber(textOf(source, first)) * 1000);
    if (Number.isFinite(ms)) return ms;
  }
  if (first?.name === 'UnaryOp' && second !== undefined && rest.length === 0) {
    return (textOf(source, first) === '-' ? -1 : 1) * readMs(source, second);
  }
  throw new PromqlError(
    `"${textOf(source, node)}" is no plain duration. Write one such as 5m; arithmetic with durations is not supported.`,
    node,
  );
}
