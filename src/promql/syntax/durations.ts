import type { SyntaxNode } from '@lezer/common';
import type { At } from '../ast.ts';
import { PromqlError, Unsupported } from '../errors.ts';
import { readNumber } from './literals.ts';
import { childrenOf, textOf, type Source } from './tree.ts';

/** Beyond this no instant is representable as ms. */
const LATEST = Number.MAX_SAFE_INTEGER;

/** A duration in a range or an offset, ms. @throws {PromqlError} */
export function readMs(source: Source, node: SyntaxNode): number {
  const [first, second, ...rest] = childrenOf(node);
  if (first?.name === 'NumberDurationLiteralInDurationContext') {
    const ms = Math.round(readNumber(textOf(source, first)) * 1000);
    if (Math.abs(ms) <= LATEST) return ms;
  }
  if (first?.name === 'UnaryOp' && second !== undefined && rest.length === 0) {
    return (textOf(source, first) === '-' ? -1 : 1) * readMs(source, second);
  }
  if (first?.name === 'NumberDurationLiteralInDurationContext') {
    throw new PromqlError(`"${textOf(source, node)}" is no duration. Write one such as 5m.`, node);
  }
  throw new Unsupported(`experimental duration arithmetic "${textOf(source, node)}"`, node);
}

/** What follows `@`. @throws {PromqlError} */
export function readInstant(source: Source, node: SyntaxNode): At {
  const text = textOf(source, node);
  if (node.name === 'AtModifierPreprocessors') return text.toLowerCase() === 'start' ? 'start' : 'end';
  const ms = Math.round(readNumber(text) * 1000);
  if (Math.abs(ms) <= LATEST) return ms;
  throw new PromqlError(`"${text}" is no instant. "@" takes seconds since 1970, start() or end().`, node);
}
