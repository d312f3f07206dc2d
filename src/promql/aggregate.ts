import { NAME, type Labels } from '../model/labels.ts';
import type { Aggregate, Grouping, ValueType } from './ast.ts';
import { elementsOf, sheets, stepsOf, type Column } from './column.ts';
import { EvaluationError } from './errors.ts';
import { assertDistinct, dropping, EMPTY, keeping, keyOf } from './labels.ts';
import { listed } from './listed.ts';
import { remember } from './remember.ts';
import { Shape } from './shape.ts';
import { Mean, quantile, Sum, Variance } from './sums.ts';
import type { Compiled, Element, Scalar, Vector } from './value.ts';

/** Makes one value of the values of a group; `parameter` is the aggregation's first argument, when it takes one. */
type ToOne = (values: Float64Array, parameter: number) => number;

/** Makes elements of the members of a group. */
type ToMany = (group: Group, parameter: number | string) => readonly Element[];

interface Group {
  readonly labels: Labels;
  readonly members: Element[];
}

interface AggregationDefinition {
  readonly parameter?: ValueType;
  readonly toOne?: ToOne;
  readonly toMany?: ToMany;
}

/** Every aggregation by name. */
export const AGGREGATIONS: ReadonlyMap<string, AggregationDefinition> = new Map<string, AggregationDefinition>([
  ['sum', { toOne: (values) => fold(values, new Sum()) }],
  ['avg', { toOne: (values) => fold(values, new Mean()) }],
  ['count', { toOne: (values) => values.length }],
  ['group', { toOne: () => 1 }],
  ['min', { toOne: (values) => extreme(values, (value, best) => value < best) }],
  ['max', { toOne: (values) => extreme(values, (value, best) => value > best) }],
  ['stdvar', { toOne: (values) => fold(values, new Variance()) }],
  ['stddev', { toOne: (values) => Math.sqrt(fold(values, new Variance())) }],
  ['quantile', { parameter: 'scalar', toOne: (values, phi) => quantile(phi, values) }],
  ['topk', { parameter: 'scalar', toMany: (group, count) => first(group, Number(count), -1) }],
  ['bottomk', { parameter: 'scalar', toMany: (group, count) => first(group, Number(count), 1) }],
  ['count_values', { parameter: 'string', toMany: countValues }],
]);

/** Compiles an aggregation over its last argument. */
export function compileAggregate(expr: Aggregate, args: readonly Compiled[]): Vector {
  const { toOne, toMany } = AGGREGATIONS.get(expr.op)!;
  const input = args.at(-1) as Vector;
  const parameter = args.length > 1 ? (args[0] as Scalar) : undefined;
  const groupOf = grouper(expr.grouping);
  if (toOne !== undefined) return compileToOne(toOne, input, { parameter, groupOf });
  const counts = expr.op !== 'count_values';
  return listed((frame) => {
    const chosen = parameter === undefined ? NaN : parameter.run(frame);
    if (counts && Number.isNaN(chosen))
      throw new EvaluationError(`The count of "${expr.op}" is NaN. It must be a number.`);
    const groups = new Map<string, Group>();
    for (const element of elementsOf(input.run(frame))) {
      const { key, labels } = groupOf(element.labels);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { labels, members: [element] });
      else group.members.push(element);
    }
    const made = [...groups.values()].flatMap((group) => toMany!(group, chosen));
    if (!counts) assertDistinct(made);
    return made;
  });
}

type GroupOf = (labels: Labels) => { readonly key: string; readonly labels: Labels };

interface Grouped {
  readonly parameter: Scalar | undefined;
  readonly groupOf: GroupOf;
}

/** The members of each group stand at known places, so that only values are looked at. */
function compileToOne(toOne: ToOne, input: Vector, { parameter, groupOf }: Grouped): Vector {
  const layoutOf = remember((shape: Shape) => layoutFor(shape, groupOf));
  const sheetFor = sheets();
  return {
    type: 'vector',
    run: (frame) => {
      const chosen = parameter === undefined ? NaN : parameter.run(frame);
      const { shape, values, present } = input.run(frame);
      const { groups, members, gathered } = layoutOf(shape);
      const steps = stepsOf(frame);
      const sheet = sheetFor(groups, groups.size * steps);
      for (let group = 0, at = 0; group < members.length; group++) {
        for (let step = 0; step < steps; step++, at++) {
          const count = gather(members[group]!, { values, present, steps, step }, gathered);
          sheet.present[at] = count > 0 ? 1 : 0;
          if (count > 0) sheet.values[at] = toOne(gathered.subarray(0, count), chosen);
        }
      }
      return sheet;
    },
  };
}

interface AtStep extends Pick<Column, 'values' | 'present'> {
  readonly steps: number;
  readonly step: number;
}

/** Writes the values that are there of these places. Returns how many. */
function gather(places: Uint32Array, { values, present, steps, step }: AtStep, into: Float64Array): number {
  let count = 0;
  for (const place of places) {
    const at = place * steps + step;
    if (present[at] === 1) into[count++] = values[at]!;
  }
  return count;
}

interface Layout {
  readonly groups: Shape;
  /** Places of the members, by group. */
  readonly members: readonly Uint32Array[];
  /** Room for the values of the largest group. */
  readonly gathered: Float64Array;
}

function layoutFor({ labels, nameless }: Shape, groupOf: GroupOf): Layout {
  const groups = new Map<string, { readonly labels: Labels; readonly places: number[] }>();
  for (const [place, set] of labels.entries()) {
    const { key, labels: kept } = groupOf(set);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: kept, places: [place] });
    else group.places.push(place);
  }
  const all = [...groups.values()];
  return {
    groups: new Shape(
      all.map((group) => group.labels),
      all.map((group) => group.labels[NAME] !== undefined && group.places.some((place) => nameless?.[place])),
    ),
    members: all.map(({ places }) => Uint32Array.from(places)),
    gathered: new Float64Array(Math.max(0, ...all.map(({ places }) => places.length))),
  };
}

function grouper(grouping: Grouping | undefined): GroupOf {
  if (grouping === undefined) return () => ({ key: '', labels: EMPTY });
  const reduce = grouping.without ? dropping(grouping.labels) : keeping(grouping.labels);
  return remember((labels) => ({ key: keyOf(reduce(labels)), labels: reduce(labels) }));
}

function fold(values: Float64Array, running: { add: (value: number) => void; readonly value: number }): number {
  for (let index = 0; index < values.length; index++) running.add(values[index]!);
  return running.value;
}

function extreme(values: Float64Array, better: (value: number, best: number) => boolean): number {
  let best = NaN;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (better(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

/** The `count` first members by value, with their own labels; NaN comes last. */
function first({ members }: Group, count: number, direction: 1 | -1): readonly Element[] {
  const rank = (value: number): number => (Number.isNaN(value) ? Infinity : direction * value);
  const ordered = [...members].sort((a, b) => order(rank(a.value), rank(b.value)));
  return ordered.slice(0, Math.max(0, Math.trunc(count)));
}

function order(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A group by the metric's name loses it at the end when one of its members does. */
function countValues({ labels, members }: Group, label: number | string): readonly Element[] {
  const counts = new Map<number, number>();
  for (const { value } of members) counts.set(value, (counts.get(value) ?? 0) + 1);
  const nameless = labels[NAME] !== undefined && members.some((member) => member.nameless) ? true : undefined;
  return [...counts].map(([value, count]) => ({
    labels: { ...labels, [label]: printValue(value) },
    value: count,
    nameless,
  }));
}

function printValue(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
