import type { Labels } from '../model/labels.ts';
import { keyOf, type Column } from '../promql/index.ts';
import type { Labeller } from './labeller.ts';

/** Every label set that a rule has something to say of, at a fixed place. */
export interface Places {
  readonly labels: readonly Labels[];
  /** By place: the key of its labels. */
  readonly keys: readonly string[];
  /** By place of the column: the place here. */
  readonly of: Uint32Array;
}

/** Gives places to the label sets of a column as a rule labels them, then to those judged before. */
export function placesFor({ shape, values, present }: Column, rule: Labeller, judged: Iterable<Labels>): Places {
  const labels: Labels[] = [];
  const keys: string[] = [];
  const known = new Map<string, number>();
  const place = (set: Labels): number => {
    const key = keyOf(set);
    const at = known.get(key) ?? labels.length;
    if (at < labels.length) return at;
    known.set(key, at);
    labels.push(set);
    keys.push(key);
    return at;
  };
  const of = new Uint32Array(shape.size);
  for (let index = 0; index < shape.size; index++) {
    if (rule.isFixed || present[index] === 1) of[index] = place(rule.labelsOf(shape.labels[index]!, values[index]!));
  }
  for (const set of judged) place(set);
  return { labels, keys, of };
}
