import { NAME, type Labels } from '../../model/labels.ts';
import type { Call, Expr } from '../ast.ts';
import { countOf, elementsOf, sheets } from '../column.ts';
import { EMPTY } from '../labels.ts';
import { listed } from '../listed.ts';
import { mapper } from '../names.ts';
import type { Compiled, Element, Frame, Matrix, Scalar, Vector } from '../value.ts';
import { ofFrame, type FunctionTable } from './definition.ts';

/** Functions that make, count or reshape whole vectors. */
export const VECTORS: FunctionTable = {
  time: ofFrame((frame) => frame.now / 1000),
  vector: {
    kind: 'whole',
    args: ['scalar'],
    returns: 'vector',
    compile: ([scalar]) => listed((frame) => [{ labels: EMPTY, value: (scalar as Scalar).run(frame) }]),
  },
  scalar: {
    kind: 'whole',
    args: ['vector'],
    returns: 'scalar',
    compile: ([input]) => ({ type: 'scalar', run: (frame) => only(elementsOf((input as Vector).run(frame))) }),
  },
  absent: { kind: 'whole', args: ['vector'], returns: 'vector', compile: absent },
  absent_over_time: { kind: 'whole', args: ['matrix'], returns: 'vector', compile: absent },
  clamp: {
    kind: 'whole',
    args: ['vector', 'scalar', 'scalar'],
    returns: 'vector',
    compile: clamp,
  },
  timestamp: { kind: 'whole', args: ['vector'], returns: 'vector', compile: timestamp },
  sort: { kind: 'whole', args: ['vector'], returns: 'vector', compile: ([input]) => sorted(input as Vector, 1) },
  sort_desc: { kind: 'whole', args: ['vector'], returns: 'vector', compile: ([input]) => sorted(input as Vector, -1) },
};

function only(elements: readonly Element[]): number {
  return elements.length === 1 ? elements[0]!.value : NaN;
}

function absent([input]: readonly Compiled[], { args }: Call): Compiled {
  const element = { labels: impliedLabels(args[0]!), value: 1 };
  return listed((frame) => (isEmpty(input as Vector | Matrix, frame) ? [element] : []));
}

function isEmpty(input: Vector | Matrix, frame: Frame): boolean {
  return input.type === 'vector' ? countOf(input.run(frame)) === 0 : input.run(frame).length === 0;
}

/** The labels that a selector's series would surely have. */
function impliedLabels(expr: Expr): Labels {
  if (expr.kind !== 'selector') return EMPTY;
  const named = expr.matchers.filter(({ name }) => name !== NAME);
  const sure = named.filter(({ name, op }) => op === '=' && named.filter((other) => other.name === name).length === 1);
  return Object.fromEntries(sure.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]));
}

function clamp([input, low, high]: readonly Compiled[]): Compiled {
  const map = mapper();
  const none = listed(() => []);
  return {
    type: 'vector',
    run: (frame) => {
      const min = (low as Scalar).run(frame);
      const max = (high as Scalar).run(frame);
      if (min > max) return none.run(frame);
      return map(frame, (input as Vector).run(frame), (value) => Math.max(min, Math.min(max, value)));
    },
  };
}

/** A selector's samples have their own times; any other value is as old as the evaluation. Unix seconds. */
function timestamp([input]: readonly Compiled[], { args }: Call): Compiled {
  const { run, times } = input as Vector;
  const timesOf = args[0]!.kind === 'selector' ? times! : instantsOf(run);
  const map = mapper();
  return { type: 'vector', run: (frame) => map(frame, timesOf(frame), (at) => at / 1000) };
}

function instantsOf(run: Vector['run']): Vector['run'] {
  const sheetFor = sheets();
  return (frame) => {
    const { shape, present } = run(frame);
    const sheet = sheetFor(shape);
    sheet.present = present;
    sheet.values.fill(frame.now);
    return sheet;
  };
}

function sorted(input: Vector, direction: 1 | -1): Vector {
  return listed((frame) => elementsOf(input.run(frame)).toSorted((a, b) => nanLast(a.value, b.value, direction)));
}

function nanLast(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a === b ? 0 : direction * (a < b ? -1 : 1);
}
