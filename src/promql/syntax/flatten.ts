import type { SyntaxNode } from '@lezer/common';
import { childrenOf } from './tree.ts';

/** A piece of an expression between operators, in the order of the source. */
export type Item =
  | { readonly kind: 'atom'; readonly node: SyntaxNode }
  | { readonly kind: 'number'; readonly from: number; readonly to: number }
  | { readonly kind: 'sign'; readonly op: '+' | '-'; readonly from: number }
  | { readonly kind: 'postfix'; readonly node: SyntaxNode }
  | { readonly kind: 'operator'; readonly node: SyntaxNode; readonly modifiers: readonly SyntaxNode[] };

const POSTFIXES = new Set([
  'MatrixSelector',
  'OffsetExpr',
  'SubqueryExpr',
  'StepInvariantExpr',
  'AnchoredExpr',
  'SmoothedExpr',
]);

/**
 * Undoes the tree's nesting. The grammar is made for editors: it lets `offset`, `@` and brackets take the whole
 * of `a + b`, and a sign the number of `-2 ^ 2`. The order of the pieces is right, so nesting starts again from there.
 */
export function flatten(text: string, node: SyntaxNode): Item[] {
  const parts = childrenOf(node);
  if (node.name === 'BinaryExpr') {
    const [left, op, ...modifiers] = parts;
    const right = modifiers.pop()!;
    return [...flatten(text, left!), { kind: 'operator', node: op!, modifiers }, ...flatten(text, right)];
  }
  if (node.name === 'UnaryExpr') {
    return [{ kind: 'sign', op: signAt(text, node.from)!, from: node.from }, ...flatten(text, parts[1]!)];
  }
  if (POSTFIXES.has(node.name)) return [...flatten(text, parts[0]!), { kind: 'postfix', node }];
  return node.name === 'NumberDurationLiteral' ? flattenNumber(text, node) : [{ kind: 'atom', node }];
}

function flattenNumber(text: string, { from, to }: SyntaxNode): Item[] {
  const op = signAt(text, from);
  if (op === undefined) return [{ kind: 'number', from, to }];
  const digits = to - text.slice(from + 1, to).trimStart().length;
  return [
    { kind: 'sign', op, from },
    { kind: 'number', from: digits, to },
  ];
}

function signAt(text: string, at: number): '+' | '-' | undefined {
  const sign = text[at];
  return sign === '+' || sign === '-' ? sign : undefined;
}
