import { printLabels, type Labels } from '../../model/labels.ts';
import type { Matching } from '../ast.ts';
import type { Column } from '../column.ts';
import { EvaluationError, NotAhead } from '../errors.ts';
import { dropName, dropping, keeping, keyOf } from '../labels.ts';
import { remember } from '../remember.ts';
import { Shape } from '../shape.ts';

/** Values that belong together: the places of both sides for each place of the result. */
export interface Pairs {
  readonly shape: Shape;
  readonly left: Uint32Array;
  readonly right: Uint32Array;
}

/** The places of a vector that are looked at. */
interface Side {
  readonly shape: Shape;
  readonly places: readonly number[];
}

/**
 * Pairs two vectors by their matching labels. With `many`, several values of that side may share one of the other; else each matches
 * at most once. Where that holds for all labels that could come, pairs are found once for the shapes; else among what is there.
 * @throws {EvaluationError} when a match is not unique
 */
export function pairing(matching: Matching, keepsName: boolean): (left: Column, right: Column) => Pairs {
  const match = matcher(matching, keepsName);
  let known: { readonly left: Shape; readonly right: Shape; readonly pairs: Pairs | undefined } | undefined;
  return (left, right) => {
    if (known?.left !== left.shape || known.right !== right.shape) {
      known = { left: left.shape, right: right.shape, pairs: tryMatch(match, left.shape, right.shape) };
    }
    if (known.pairs !== undefined) return known.pairs;
    if (left.present.length !== left.shape.size || right.present.length !== right.shape.size) throw new NotAhead();
    return match(presentIn(left), presentIn(right));
  };
}

function tryMatch(match: (left: Side, right: Side) => Pairs, left: Shape, right: Shape): Pairs | undefined {
  try {
    return match(wholeOf(left), wholeOf(right));
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

function wholeOf(shape: Shape): Side {
  return { shape, places: Array.from(shape.labels.keys()) };
}

function presentIn({ shape, present }: Column): Side {
  return { shape, places: Array.from(shape.labels.keys()).filter((place) => present[place] === 1) };
}

function matcher(matching: Matching, keepsName: boolean): (left: Side, right: Side) => Pairs {
  const signature = signatureOf(matching);
  const labelsOf = resultLabels(matching, keepsName);
  const swapped = matching.many === 'right';
  return (left, right) => {
    const [many, one] = swapped ? [right, left] : [left, right];
    const ones = indexOnes(one, signature, swapped ? 'left' : 'right');
    const seen = new Set<string>();
    const found: { readonly labels: Labels; readonly many: number; readonly one: number }[] = [];
    for (const place of many.places) {
      const own = many.shape.labels[place]!;
      const key = signature(own);
      const partner = ones.get(key);
      if (partner === undefined) continue;
      const labels = labelsOf(own, one.shape.labels[partner]!);
      assertUnseen(seen, matching.many === undefined ? key : keyOf(labels), own);
      found.push({ labels, many: place, one: partner });
    }
    const manyPlaces = Uint32Array.from(found, (pair) => pair.many);
    const onePlaces = Uint32Array.from(found, (pair) => pair.one);
    const nameless = keepsName
      ? found.map((pair) => left.shape.nameless?.[swapped ? pair.one : pair.many] === true)
      : undefined;
    const shape = new Shape(
      found.map(({ labels }) => labels),
      nameless,
    );
    return swapped ? { shape, left: onePlaces, right: manyPlaces } : { shape, left: manyPlaces, right: onePlaces };
  };
}

/** A text that is equal for label sets that match. */
export function signatureOf({ on, labels }: Matching): (labels: Labels) => string {
  const reduce = on ? keeping(labels) : dropping(labels);
  return (set) => keyOf(reduce(set));
}

function indexOnes({ shape, places }: Side, signature: (labels: Labels) => string, side: string): Map<string, number> {
  const ones = new Map<string, number>();
  for (const place of places) {
    const labels = shape.labels[place]!;
    const key = signature(labels);
    const other = ones.get(key);
    if (other !== undefined) {
      const both = `${printLabels(shape.labels[other]!)} and ${printLabels(labels)}`;
      throw new EvaluationError(
        `${both} on the ${side} side match the same series. Match on more labels or aggregate that side.`,
      );
    }
    ones.set(key, place);
  }
  return ones;
}

function assertUnseen(seen: Set<string>, key: string, labels: Labels): void {
  if (seen.has(key)) {
    throw new EvaluationError(
      `${printLabels(labels)} and another series match one series of the other side. Use group_left or group_right with labels that tell them apart, or match on more labels.`,
    );
  }
  seen.add(key);
}

function resultLabels(matching: Matching, keepsName: boolean): (many: Labels, one: Labels) => Labels {
  const base = keepsName ? (labels: Labels): Labels => labels : dropName;
  if (matching.many === undefined) {
    if (!matching.on && matching.labels.length === 0) return base;
    const reduce = matching.on ? keeping(matching.labels) : dropOnly(matching.labels);
    return remember((many) => reduce(base(many)));
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
  return (labels) => Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

function remember2(answer: (many: Labels, one: Labels) => Labels): (many: Labels, one: Labels) => Labels {
  const byMany = remember((many: Labels) => remember((one: Labels) => answer(many, one)));
  return (many, one) => byMany(many)(one);
}
