import type { SyntaxNode } from '@lezer/common';
import { NAME, type Matcher } from '../../model/labels.ts';
import { PromqlError } from '../errors.ts';
import { compileMatcher } from '../match.ts';
import { childrenOf, readLabelName, readQuoted, textOf, type Source } from './tree.ts';

/** The matchers of a selector, the metric name among them. @throws {PromqlError} */
export function readSelector(source: Source, node: SyntaxNode): readonly Matcher[] {
  const parts = childrenOf(node).flatMap((part) => (part.name === 'LabelMatchers' ? childrenOf(part) : part));
  const matchers = parts.map((part) => readMatcher(source, part));
  const named = parts.some(({ name }) => name === 'Identifier' || name === 'QuotedLabelName');
  if (named && matchers.filter(({ name }) => name === NAME).length > 1) {
    throw new PromqlError('The selector names its metric twice. Name it once.', node);
  }
  if (matchers.every(matchesEmpty)) {
    throw new PromqlError('The selector selects every series. Name a metric or a label that must not be empty.', node);
  }
  return matchers;
}

function readMatcher(source: Source, node: SyntaxNode): Matcher {
  if (node.name === 'Identifier') return { name: NAME, op: '=', value: textOf(source, node) };
  if (node.name === 'QuotedLabelName') return { name: NAME, op: '=', value: readQuoted(source.text, node) };
  const [label, op, value] = childrenOf(node);
  const matcher: Matcher = {
    name: label!.name === 'LabelName' ? textOf(source, label!) : readLabelName(source.text, label!),
    op: textOf(source, op!) as Matcher['op'],
    value: readQuoted(source.text, value!),
  };
  try {
    compileMatcher(matcher);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PromqlError(`"${matcher.value}" is not a regular expression in RE2 syntax: ${reason}.`, value!);
  }
  return matcher;
}

function matchesEmpty(matcher: Matcher): boolean {
  return compileMatcher(matcher)('');
}
