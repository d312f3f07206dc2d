import { NAME, type Labels } from '../model/labels.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import type { Leaf } from './plan.ts';
import { remember } from './remember.ts';

/**
 * The known series of a leaf, fresh or not, that an element of the result with these `labels` rests on: they agree with it on
 * every label that both have and that the expression carries over from the leaf.
 */
export function support(leaf: Leaf, view: SeriesView, labels: Labels): readonly SeriesWindow[] {
  const series = leaf.selection.select(view);
  let last = finders.get(leaf);
  if (last?.series !== series) finders.set(leaf, (last = { series, find: finder(leaf, series) }));
  return last.find(labels);
}

type Find = (labels: Labels) => readonly SeriesWindow[];

/** By leaf, for what it selected last: leaves of other rules may select the same and share fewer labels with their results. */
const finders = new WeakMap<Leaf, { readonly series: readonly SeriesWindow[]; readonly find: Find }>();

function finder(leaf: Leaf, series: readonly SeriesWindow[]): Find {
  const indexesByNames = new Map<string, readonly Index[]>();
  return remember((labels) => {
    const names = Object.keys(labels).filter((name) => name !== NAME && leaf.shares(name));
    const key = names.join('\u0001');
    const indexes = indexesByNames.get(key) ?? buildIndexes(series, names);
    indexesByNames.set(key, indexes);
    return indexes.length === 1 ? lookUp(indexes[0]!, labels) : indexes.flatMap((index) => lookUp(index, labels));
  });
}

/** The series that share the same names with a kind of label set, by the values of those labels. */
interface Index {
  readonly shared: readonly string[];
  readonly series: Map<string, SeriesWindow[]>;
}

const NONE: readonly SeriesWindow[] = [];

function buildIndexes(series: readonly SeriesWindow[], names: readonly string[]): readonly Index[] {
  const indexes = new Map<string, Index>();
  for (const window of series) {
    const shared = names.filter((name) => window.labels[name] !== undefined);
    const key = shared.join('\u0001');
    const index = indexes.get(key) ?? { shared, series: new Map<string, SeriesWindow[]>() };
    indexes.set(key, index);
    const values = valuesKey(shared, window.labels);
    const bucket = index.series.get(values);
    if (bucket === undefined) index.series.set(values, [window]);
    else bucket.push(window);
  }
  return [...indexes.values()];
}

function lookUp({ shared, series }: Index, labels: Labels): readonly SeriesWindow[] {
  return series.get(valuesKey(shared, labels)) ?? NONE;
}

function valuesKey(names: readonly string[], labels: Labels): string {
  return names.map((name) => labels[name]).join('\u0001');
}
