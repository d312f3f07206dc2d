import { labelsKey, NAME, type Labels } from '../model/labels.ts';
import { EvaluationError } from './errors.ts';
import { remember } from './remember.ts';
import type { Element, Frame } from './value.ts';

export const EMPTY: Labels = Object.freeze({});

/** `labelsKey`, worked out once per label set. */
export const keyOf = remember((labels: Labels) => labelsKey(labels));

/** The labels without the metric's name. */
export const dropName = remember((labels: Labels): Labels => {
  if (labels[NAME] === undefined) return labels;
  const { [NAME]: _, ...rest } = labels;
  return rest;
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
  const dropped = new Set([...names, NAME]);
  return remember((labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => !dropped.has(name))));
}

/** New values for the same elements, without the metric's name. @throws {EvaluationError} when two then have equal labels */
export function mapValues(
  frame: Frame,
  elements: readonly Element[],
  change: (value: number) => number,
  drop: (labels: Labels, index: number) => Labels = dropName,
): readonly Element[] {
  if (frame.options.names === 'late') {
    return elements.map(({ labels, value }) => ({ labels, value: change(value), nameless: true }));
  }
  const changed = elements.map(({ labels, value }, index) => ({ labels: drop(labels, index), value: change(value) }));
  if (haveSeveralNames(elements)) assertDistinct(changed);
  return changed;
}

/** `dropName` for lists whose labels stand at the same places most times. */
export function nameDropper(): (labels: Labels, index: number) => Labels {
  const known: Labels[] = [];
  const dropped: Labels[] = [];
  return (labels, index) => {
    if (known[index] !== labels) {
      known[index] = labels;
      dropped[index] = dropName(labels);
    }
    return dropped[index]!;
  };
}

/** The same elements without the metric's name. @throws {EvaluationError} when two then have equal labels */
export function withoutNames(frame: Frame, elements: readonly Element[]): readonly Element[] {
  return mapValues(frame, elements, (value) => value);
}

/** Takes away the names that were left to the end. @throws {EvaluationError} when two elements then have equal labels */
export function finishNames(elements: readonly Element[]): readonly Element[] {
  const finished = elements.map(({ labels, value, nameless }) => ({
    labels: nameless ? dropName(labels) : labels,
    value,
  }));
  assertDistinct(finished);
  return finished;
}

/** Label sets that were distinct stay so without the name, unless there are several names. */
export function haveSeveralNames(elements: readonly { readonly labels: Labels }[]): boolean {
  if (elements.length < 2) return false;
  const first = elements[0]!.labels[NAME];
  return elements.some(({ labels }) => labels[NAME] !== first);
}

/** @throws {EvaluationError} when two elements have equal labels */
export function assertDistinct(elements: readonly Element[]): void {
  const seen = new Set<string>();
  for (const { labels } of elements) {
    const key = keyOf(labels);
    if (seen.has(key)) {
      throw new EvaluationError('Two series of the result have the same labels. Aggregate them or select one metric.');
    }
    seen.add(key);
  }
}
