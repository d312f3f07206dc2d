import type { SyntaxNode } from '@lezer/common';
import type { Aggregate, Binary, Expr, Grouping, Matching, Selector, Span } from '../ast.ts';
import { PromqlError } from '../errors.ts';
import { readNumber } from './literals.ts';
import { readSelector } from './selector.ts';
import { childrenOf, readQuoted, readTree, textOf, type Source } from './tree.ts';

/** Reads an expression; types are not checked here. @throws {PromqlError} */
export function parse(text: string): Expr {
  const source = readTree(text);
  return read(source, source.root);
}

const READERS: Readonly<Record<string, (source: Source, node: SyntaxNode) => Expr>> = {
  NumberDurationLiteral: (source, node) => ({ kind: 'number', value: readNumber(textOf(source, node)), ...span(node) }),
  StringLiteral: (source, node) => ({ kind: 'text', value: readQuoted(source, node), ...span(node) }),
  VectorSelector: (source, node) => ({
    kind: 'selector',
    matchers: readSelector(source, node),
    range: 0,
    offset: 0,
    ...span(node),
  }),
  ParenExpr: (source, node) => read(source, childrenOf(node)[0]!),
  UnaryExpr: readUnary,
  MatrixSelector: readRange,
  OffsetExpr: readOffset,
  FunctionCall: readCall,
  AggregateExpr: readAggregate,
  BinaryExpr: readBinary,
};

const UNSUPPORTED: Readonly<Record<string, string>> = {
  SubqueryExpr: 'A subquery',
  StepInvariantExpr: 'The @ modifier',
  SmoothedExpr: 'The experimental modifier "smoothed"',
  AnchoredExpr: 'The experimental modifier "anchored"',
};

function read(source: Source, node: SyntaxNode): Expr {
  const reader = READERS[node.name];
  if (reader !== undefined) return reader(source, node);
  const what = UNSUPPORTED[node.name] ?? `"${textOf(source, node)}"`;
  throw new PromqlError(`${what} is not supported. Write the expression without it.`, node);
}

function readUnary(source: Source, node: SyntaxNode): Expr {
  const [op, operand] = childrenOf(node);
  return { kind: 'unary', op: textOf(source, op!) as '+' | '-', operand: read(source, operand!), ...span(node) };
}

function readRange(source: Source, node: SyntaxNode): Selector {
  const [inner, range] = childrenOf(node);
  if (inner!.name !== 'VectorSelector') {
    throw new PromqlError('A range in brackets follows only a selector. Put it directly behind one.', node);
  }
  const ms = readMs(source, range!);
  if (!(ms > 0)) throw new PromqlError(`The range "${textOf(source, range!)}" must be longer than zero.`, range!);
  return { ...(read(source, inner!) as Selector), range: ms, ...span(node) };
}

function readOffset(source: Source, node: SyntaxNode): Selector {
  const [inner, , duration] = childrenOf(node);
  if (inner!.name !== 'VectorSelector' && inner!.name !== 'MatrixSelector') {
    throw new PromqlError('"offset" follows only a selector. Put it directly behind one.', node);
  }
  return { ...(read(source, inner!) as Selector), offset: readMs(source, duration!), ...span(node) };
}

/** A duration in a range or an offset, ms. */
function readMs(source: Source, node: SyntaxNode): number {
  const [first, second, ...rest] = childrenOf(node);
  if (first?.name === 'NumberDurationLiteralInDurationContext') {
    return Math.round(readNumber(textOf(source, first)) * 1000);
  }
  if (first?.name === 'UnaryOp' && second !== undefined && rest.length === 0) {
    return (textOf(source, first) === '-' ? -1 : 1) * readMs(source, second);
  }
  throw new PromqlError(
    `"${textOf(source, node)}" is duration arithmetic, which is not supported. Write a duration.`,
    node,
  );
}

function readCall(source: Source, node: SyntaxNode): Expr {
  const [name, body] = childrenOf(node);
  const args = childrenOf(body!).map((arg) => read(source, arg));
  return { kind: 'call', name: textOf(source, name!).toLowerCase(), args, ...span(node) };
}

function readAggregate(source: Source, node: SyntaxNode): Aggregate {
  const parts = childrenOf(node);
  const modifier = parts.find((part) => part.name === 'AggregateModifier');
  const body = parts.find((part) => part.name === 'FunctionCallBody')!;
  return {
    kind: 'aggregate',
    op: textOf(source, parts[0]!).toLowerCase(),
    args: childrenOf(body).map((arg) => read(source, arg)),
    grouping: modifier && readGrouping(source, modifier),
    ...span(node),
  };
}

function readGrouping(source: Source, node: SyntaxNode): Grouping {
  const [word, labels] = childrenOf(node);
  return { without: word!.name === 'Without', labels: readLabels(source, labels!), ...span(node) };
}

function readBinary(source: Source, node: SyntaxNode): Expr {
  const [left, op, ...rest] = childrenOf(node);
  const right = rest.at(-1)!;
  const fill = rest.find((part) => part.name === 'FillModifier');
  if (fill !== undefined) throw new PromqlError('The experimental modifier "fill" is not supported.', fill);
  const clause = rest.find((part) => part.name === 'MatchingModifierClause');
  const binary: Binary = {
    kind: 'binary',
    op: textOf(source, op!).toLowerCase() as Binary['op'],
    left: read(source, left!),
    right: read(source, right),
    bool: rest.some((part) => part.name === 'BoolModifier'),
    matching: readMatching(source, clause),
    modifiers: clause && span(clause),
    ...span(node),
  };
  return hoistSign(binary, left!.name);
}

/** The grammar reads the sign of `-2 ^ 2` into the number, while PromQL's `^` binds tighter than a sign. */
function hoistSign(binary: Binary, leftName: string): Expr {
  const { left, op } = binary;
  if (op !== '^' || leftName !== 'NumberDurationLiteral' || left.kind !== 'number') return binary;
  const negative = left.value < 0 || Object.is(left.value, -0);
  if (!negative) return binary;
  return { kind: 'unary', op: '-', operand: { ...binary, left: { ...left, value: -left.value } }, ...span(binary) };
}

function readMatching(source: Source, clause: SyntaxNode | undefined): Matching {
  if (clause === undefined) return { on: false, labels: [], include: [] };
  const [word, labels, group, include] = childrenOf(clause);
  return {
    on: word!.name === 'On',
    labels: readLabels(source, labels!),
    many: group && (group.name === 'GroupLeft' ? 'left' : 'right'),
    include: include === undefined ? [] : readLabels(source, include),
  };
}

function readLabels(source: Source, node: SyntaxNode): string[] {
  return childrenOf(node).map((label) =>
    label.name === 'LabelName' ? textOf(source, label) : readQuoted(source, label),
  );
}

function span(node: Span): Span {
  return { from: node.from, to: node.to };
}
