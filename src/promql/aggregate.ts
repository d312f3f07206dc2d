import { NAME, type Labels } from '../model/labels.ts';
import type { Aggregate, Grouping, ValueType } from './ast.ts';
import { EvaluationError } from './errors.ts';
import { assertDistinct, dropping, EMPTY, keeping, keyOf } from './labels.ts';
import { remember } from './remember.ts';
import { Mean, quantile, Sum, Variance } from './sums.ts';
import type { Compiled, Element, Scalar, Vector } from './value.ts';

/** Makes the elements of one group from its members; `parameter` is the aggregation's first argument, when it takes one. */
type Aggregation = (group: Group, parameter: number | string) => readonly Element[];

interface Group {
  readonly labels: Labels;
  readonly members: Element[];
}

interface AggregationDefinition {
  readonly parameter?: ValueType;
  readonly make: Aggregation;
}

/** Every aggregation by name. */
export const AGGREGATIONS: ReadonlyMap<string, AggregationDefinition> = new Map<string, AggregationDefinition>([
  ['sum', { make: toOne((members) => fold(members, new Sum())) }],
  ['avg', { make: toOne((members) => fold(members, new Mean())) }],
  ['count', { make: toOne((members) => members.length) }],
  ['group', { make: toOne(() => 1) }],
  ['min', { make: toOne((members) => extreme(members, (value, best) => value < best)) }],
  ['max', { make: toOne((members) => extreme(members, (value, best) => value > best)) }],
  ['stdvar', { make: toOne((members) => fold(members, new Variance())) }],
  ['stddev', { make: toOne((members) => Math.sqrt(fold(members, new Variance()))) }],
  ['quantile', { parameter: 'scalar', make: quantileOf }],
  ['topk', { parameter: 'scalar', make: (group, count) => first(group, Number(count), -1) }],
  ['bottomk', { parameter: 'scalar', make: (group, count) => first(group, Number(count), 1) }],
  ['count_values', { parameter: 'string', make: countValues }],
]);

/** Compiles an aggregation over its last argument. */
export function compileAggregate(expr: Aggregate, args: readonly Compiled[]): Vector {
  const { make } = AGGREGATIONS.get(expr.op)!;
  const input = args.at(-1) as Vector;
  const parameter = args.length > 1 ? (args[0] as Scalar) : undefined;
  const counts = expr.op === 'topk' || expr.op === 'bottomk';
  const groupOf = grouper(expr.grouping);
  return {
    type: 'vector',
    run: (frame) => {
      const chosen = parameter === undefined ? NaN : parameter.run(frame);
      if (counts && Number.isNaN(chosen))
        throw new EvaluationError(`The count of "${expr.op}" is NaN. It must be a number.`);
      const groups = new Map<string, Group>();
      for (const element of input.run(frame)) {
        const { key, labels } = groupOf(element.labels);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { labels, members: [element] });
        else group.members.push(element);
      }
      const made = [...groups.values()].flatMap((group) => {
        const elements = make(group, chosen);
        return counts ? elements : withLateNames(group, elements);
      });
      if (expr.op === 'count_values') assertDistinct(made);
      return made;
    },
  };
}

/** A group by the metric's name loses it at the end when one of its members does. */
function withLateNames({ labels, members }: Group, made: readonly Element[]): readonly Element[] {
  if (labels[NAME] === undefined || !members.some(({ nameless }) => nameless)) return made;
  return made.map((element) => ({ ...element, nameless: true }));
}

function grouper(grouping: Grouping | undefined): (labels: Labels) => { key: string; labels: Labels } {
  if (grouping === undefined) return () => ({ key: '', labels: EMPTY });
  const reduce = grouping.without ? dropping(grouping.labels) : keeping(grouping.labels);
  return remember((labels) => ({ key: keyOf(reduce(labels)), labels: reduce(labels) }));
}

function toOne(value: (members: readonly Element[]) => number): Aggregation {
  return ({ labels, members }) => [{ labels, value: value(members) }];
}

function fold(members: readonly Element[], running: { add: (value: number) => void; readonly value: number }): number {
  for (const { value } of members) running.add(value);
  return running.value;
}

function extreme(members: readonly Element[], better: (value: number, best: number) => boolean): number {
  let best = NaN;
  for (const { value } of members) if (better(value, best) || Number.isNaN(best)) best = value;
  return best;
}

function quantileOf({ labels, members }: Group, phi: number | string): readonly Element[] {
  return [
    {
      labels,
      value: quantile(
        Number(phi),
        members.map(({ value }) => value),
      ),
    },
  ];
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

function countValues({ labels, members }: Group, label: number | string): readonly Element[] {
  const counts = new Map<number, number>();
  for (const { value } of members) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ labels: { ...labels, [label]: printValue(value) }, value: count }));
}

function printValue(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
