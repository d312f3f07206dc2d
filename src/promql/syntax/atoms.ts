import type { SyntaxNode } from '@lezer/common';
import type { Aggregate, Expr, Grouping } from '../ast.ts';
import { PromqlError } from '../errors.ts';
import { readLabels } from './modifiers.ts';
import { readSelector } from './selector.ts';
import { childrenOf, readQuoted, spanOf, textOf, type Source } from './tree.ts';

/** Reads an expression inside brackets. */
type ReadInner = (node: SyntaxNode) => Expr;

/** Reads an operand: a selector, a text, a call, an aggregation or an expression in brackets. */
export function readAtom(source: Source, node: SyntaxNode, inner: ReadInner): Expr {
  const span = spanOf(node);
  switch (node.name) {
    case 'VectorSelector':
      return { kind: 'selector', matchers: readSelector(source, node), range: 0, offset: 0, ...span };
    case 'StringLiteral':
      return { kind: 'text', value: readQuoted(source.text, node), ...span };
    case 'ParenExpr':
      return { ...inner(childrenOf(node)[0]!), ...span };
    case 'FunctionCall':
      return readCall(source, node, inner);
    case 'AggregateExpr':
      return readAggregate(source, node, inner);
    default:
      throw new TypeError(`The grammar has an operand that is not known here: ${node.name}.`);
  }
}

function readCall(source: Source, node: SyntaxNode, inner: ReadInner): Expr {
  const [name, body] = childrenOf(node);
  const written = textOf(source, name!);
  if (written !== written.toLowerCase()) {
    throw new PromqlError(`"${written}" is not a PromQL function. Write it in lower case.`, name!);
  }
  return { kind: 'call', name: written, args: childrenOf(body!).map(inner), ...spanOf(node) };
}

function readAggregate(source: Source, node: SyntaxNode, inner: ReadInner): Aggregate {
  const parts = childrenOf(node);
  const modifier = parts.find((part) => part.name === 'AggregateModifier');
  const body = parts.find((part) => part.name === 'FunctionCallBody')!;
  return {
    kind: 'aggregate',
    op: textOf(source, parts[0]!).toLowerCase(),
    args: childrenOf(body).map(inner),
    grouping: modifier && readGrouping(source, modifier),
    ...spanOf(node),
  };
}

function readGrouping(source: Source, node: SyntaxNode): Grouping {
  const [word, labels] = childrenOf(node);
  return { without: word!.name === 'Without', labels: readLabels(source, labels!), ...spanOf(node) };
}
