import { labelsKey, NAME, without, type Labels } from '../model/labels.ts';
import { EvaluationError } from './errors.ts';
import { remember } from './remember.ts';

export const EMPTY: Labels = Object.freeze({});

/** `labelsKey`, worked out once per label set. */
export const keyOf = remember((labels: Labels) => labelsKey(labels));

/** The labels without the metric's name. */
export const dropName = remember((labels: Labels): Labels => {
  if (labels[NAME] === undefined) return labels;
  return without(labels, [NAME]);
});

/** A function that keeps only these labels. */
export function keeping(names: readonly string[]): (labels: Labels) => Labels {
  return remember((labels) => {
    const kept = names.filter((name) => (labels[name] ?? '') !== '');
    return Object.fromEntries(kept.map((name) => [name, labels[name]!]));
  });
}

/** A function that drops these labels and the metric's name. */
export function dropping(names: readonly string[]): (labels: Labels) => Labels {
  if (names.length === 0) return dropName;
  const dropped = new Set([...names, NAME]);
  return remember((labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => !dropped.has(name))));
}

/** Refuses values with equal labels. @throws {EvaluationError} */
export function assertDistinct(elements: Iterable<{ readonly labels: Labels }>): void {
  const seen = new Set<string>();
  for (const { labels } of elements) {
    const key = keyOf(labels);
    if (seen.has(key)) {
      throw new EvaluationError('Two series of the result have the same labels. Aggregate them or select one metric.');
    }
    seen.add(key);
  }
}
