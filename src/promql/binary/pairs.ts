import { printLabels, type Labels } from '../../model/labels.ts';
import type { Matching } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import { dropName, dropping, keeping, keyOf } from '../labels.ts';
import { remember } from '../remember.ts';
import type { Element } from '../value.ts';

/** Two elements that belong together, by their places, and the labels of what is made of them. */
export interface Pair {
  readonly labels: Labels;
  readonly left: number;
  readonly right: number;
}

/** Pairs found before, and the labels that they were found for. */
interface Layout {
  readonly left: readonly Labels[];
  readonly right: readonly Labels[];
  readonly pairs: readonly Pair[];
}

/**
 * Pairs the elements of two vectors by their matching labels. With `many`, several elements of that side may share one of
 * the other; else each matches at most once. Nothing is matched again while the same labels stand at the same places.
 * @throws {EvaluationError} when a match is not unique
 */
export function pairing(matching: Matching, keepsName: boolean): (left: Elements, right: Elements) => readonly Pair[] {
  const signature = signatureOf(matching);
  const labelsOf = resultLabels(matching, keepsName);
  let layout: Layout | undefined;
  return (left, right) => {
    if (layout === undefined || !haveLabels(left, layout.left) || !haveLabels(right, layout.right)) {
      const pairs = match(left, right);
      layout = { left: left.map(({ labels }) => labels), right: right.map(({ labels }) => labels), pairs };
    }
    return layout.pairs;
  };

  function match(left: Elements, right: Elements): readonly Pair[] {
    const swapped = matching.many === 'right';
    const [many, one] = swapped ? [right, left] : [left, right];
    const ones = indexOnes(one, signature, swapped ? 'left' : 'right');
    const seen = new Set<string>();
    return many.flatMap((element, index) => {
      const key = signature(element.labels);
      const partner = ones.get(key);
      if (partner === undefined) return [];
      const labels = labelsOf(element.labels, one[partner]!.labels);
      assertUnseen(seen, matching.many === undefined ? key : keyOf(labels), element);
      return swapped ? { labels, left: partner, right: index } : { labels, left: index, right: partner };
    });
  }
}

function haveLabels(elements: Elements, labels: readonly Labels[]): boolean {
  return elements.length === labels.length && elements.every((element, index) => element.labels === labels[index]);
}

type Elements = readonly Element[];

/** A text that is equal for label sets that match. */
export function signatureOf({ on, labels }: Matching): (labels: Labels) => string {
  const reduce = on ? keeping(labels) : dropping(labels);
  return remember((set) => keyOf(reduce(set)));
}

function indexOnes(elements: Elements, signature: (labels: Labels) => string, side: string): Map<string, number> {
  const ones = new Map<string, number>();
  elements.forEach((element, index) => {
    const key = signature(element.labels);
    const other = ones.get(key);
    if (other !== undefined) {
      const both = `${printLabels(elements[other]!.labels)} and ${printLabels(element.labels)}`;
      throw new EvaluationError(
        `${both} on the ${side} side match the same series. Match on more labels or aggregate that side.`,
      );
    }
    ones.set(key, index);
  });
  return ones;
}

function assertUnseen(seen: Set<string>, key: string, element: Element): void {
  if (seen.has(key)) {
    throw new EvaluationError(
      `${printLabels(element.labels)} and another series match one series of the other side. Use group_left or group_right with labels that tell them apart, or match on more labels.`,
    );
  }
  seen.add(key);
}

function resultLabels(matching: Matching, keepsName: boolean): (many: Labels, one: Labels) => Labels {
  const base = keepsName ? (labels: Labels): Labels => labels : dropName;
  if (matching.many === undefined) {
    const reduce = matching.on ? keeping(matching.labels) : dropOnly(matching.labels);
    return remember2((many) => reduce(base(many)));
  }
  if (matching.include.length === 0) return (many) => base(many);
  return remember2((many, one) => include(base(many), one, matching.include));
}

function include(many: Labels, one: Labels, names: readonly string[]): Labels {
  const result: Record<string, string> = { ...many };
  for (const name of names) {
    const value = one[name] ?? '';
    if (value === '') delete result[name];
    else result[name] = value;
  }
  return result;
}

function dropOnly(names: readonly string[]): (labels: Labels) => Labels {
  if (names.length === 0) return (labels) => labels;
  return (labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

function remember2(answer: (many: Labels, one: Labels) => Labels): (many: Labels, one: Labels) => Labels {
  const byMany = remember((many: Labels) => remember((one: Labels) => answer(many, one)));
  return (many, one) => byMany(many)(one);
}
