import { NAME, type Labels } from '../../model/labels.ts';
import type { Call, Expr } from '../ast.ts';
import { EMPTY, mapValues, withoutNames } from '../labels.ts';
import type { TimedElement } from '../selection.ts';
import type { Compiled, Element, Matrix, Scalar, Vector } from '../value.ts';
import { ofFrame, type FunctionTable } from './definition.ts';

/** Functions that make, count or reshape whole vectors. */
export const VECTORS: FunctionTable = {
  time: ofFrame((frame) => frame.now / 1000),
  vector: {
    kind: 'whole',
    args: ['scalar'],
    returns: 'vector',
    compile: ([scalar]) => vector((frame) => [{ labels: EMPTY, value: (scalar as Scalar).run(frame) }]),
  },
  scalar: {
    kind: 'whole',
    args: ['vector'],
    returns: 'scalar',
    compile: ([input]) => ({ type: 'scalar', run: (frame) => only((input as Vector).run(frame)) }),
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

function vector(run: Vector['run']): Vector {
  return { type: 'vector', run };
}

function only(elements: readonly Element[]): number {
  return elements.length === 1 ? elements[0]!.value : NaN;
}

function absent([input]: readonly Compiled[], { args }: Call): Compiled {
  const element = { labels: impliedLabels(args[0]!), value: 1 };
  return vector((frame) => ((input as Vector | Matrix).run(frame).length === 0 ? [element] : []));
}

/** The labels that a selector's series would surely have. */
function impliedLabels(expr: Expr): Labels {
  if (expr.kind !== 'selector') return EMPTY;
  const named = expr.matchers.filter(({ name }) => name !== NAME);
  const sure = named.filter(({ name, op }) => op === '=' && named.filter((other) => other.name === name).length === 1);
  return Object.fromEntries(sure.filter(({ value }) => value !== '').map(({ name, value }) => [name, value]));
}

function clamp([input, low, high]: readonly Compiled[]): Compiled {
  return vector((frame) => {
    const min = (low as Scalar).run(frame);
    const max = (high as Scalar).run(frame);
    if (min > max) return [];
    return mapValues(frame, (input as Vector).run(frame), (value) => Math.max(min, Math.min(max, value)));
  });
}

/** A selector's samples have their own times; any other value is as old as the evaluation. Unix seconds. */
function timestamp([input]: readonly Compiled[], { args }: Call): Compiled {
  const timed = args[0]!.kind === 'selector';
  return vector((frame) => {
    const elements = (input as Vector).run(frame);
    const instants = elements.map((element) => ({
      labels: element.labels,
      value: (timed ? (element as TimedElement).at : frame.now) / 1000,
    }));
    return withoutNames(frame, instants);
  });
}

function sorted(input: Vector, direction: 1 | -1): Vector {
  return vector((frame) => [...input.run(frame)].sort((a, b) => nanLast(a.value, b.value, direction)));
}

function nanLast(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a === b ? 0 : direction * (a < b ? -1 : 1);
}
