import type { SyntaxNode } from '@lezer/common';
import type { Binary, Matching } from '../ast.ts';
import { Unsupported } from '../errors.ts';
import { childrenOf, readLabelName, spanOf, textOf, type Source } from './tree.ts';

/** Reads what stands between an operator and its right side. */
export function readModifiers(
  source: Source,
  parts: readonly SyntaxNode[],
): Pick<Binary, 'bool' | 'matching' | 'modifiers'> {
  const fill = parts.find((part) => part.name === 'FillModifier');
  if (fill !== undefined) throw new Unsupported('experimental modifier "fill"', fill);
  const clause = parts.find((part) => part.name === 'MatchingModifierClause');
  return {
    bool: parts.some((part) => part.name === 'BoolModifier'),
    matching: readMatching(source, clause),
    modifiers: clause && spanOf(clause),
  };
}

/** The label names in brackets. */
export function readLabels(source: Source, node: SyntaxNode): string[] {
  return childrenOf(node).map((label) =>
    label.name === 'LabelName' ? textOf(source, label) : readLabelName(source.text, label),
  );
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
