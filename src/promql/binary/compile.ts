import { isComparison, isSetOperator, type ArithmeticOp, type Binary, type ComparisonOp } from '../ast.ts';
import { sheets, stepsOf, type Column } from '../column.ts';
import { mapper } from '../names.ts';
import { once } from '../once.ts';
import type { Compiled, Frame, Scalar, Vector } from '../value.ts';
import { ARITHMETIC_OPERATORS, COMPARISON_OPERATORS } from './operators.ts';
import { pairing, type Pairs } from './pairs.ts';
import { compileSet } from './sets.ts';

/** What an operator does with two values; a comparison without `bool` keeps or drops the element instead. */
interface Operation {
  readonly filters: boolean;
  readonly apply: (left: number, right: number) => number;
  readonly holds: (left: number, right: number) => boolean;
}

/** Compiles a binary operation. */
export function compileBinary(expr: Binary, [left, right]: readonly [Compiled, Compiled]): Compiled {
  if (isSetOperator(expr.op)) return compileSet(expr.op, expr.matching, [left as Vector, right as Vector]);
  const operation = operationOf(expr.op, expr.bool);
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', run: (frame) => operation.apply(left.run(frame), right.run(frame)) };
  }
  if (left.type === 'scalar') return vectorAndScalar(exchanged(operation), right as Vector, left);
  if (right.type === 'scalar') return vectorAndScalar(operation, left as Vector, right);
  return vectors(expr, operation, [left as Vector, right as Vector]);
}

function operationOf(op: ArithmeticOp | ComparisonOp, bool: boolean): Operation {
  if (!isComparison(op)) return { filters: false, apply: ARITHMETIC_OPERATORS[op], holds: () => true };
  const holds = COMPARISON_OPERATORS[op];
  return { filters: !bool, apply: (left, right) => (holds(left, right) ? 1 : 0), holds };
}

function exchanged({ filters, apply, holds }: Operation): Operation {
  return { filters, apply: (a, b) => apply(b, a), holds: (a, b) => holds(b, a) };
}

function vectorAndScalar({ filters, apply, holds }: Operation, left: Vector, right: Scalar): Vector {
  if (filters) return filterByScalar(holds, left, right);
  const map = mapper();
  return {
    type: 'vector',
    run: (frame) => {
      const scalar = right.run(frame);
      return map(frame, left.run(frame), (value) => apply(value, scalar));
    },
  };
}

function filterByScalar(holds: Operation['holds'], left: Vector, right: Scalar): Vector {
  const sheetFor = sheets();
  return {
    type: 'vector',
    compared: left.run,
    run: (frame) => {
      const scalar = right.run(frame);
      const { shape, values, present } = left.run(frame);
      const sheet = sheetFor(shape, values.length);
      sheet.values = values;
      for (let place = 0; place < values.length; place++)
        sheet.present[place] = present[place] === 1 && holds(values[place]!, scalar) ? 1 : 0;
      return sheet;
    },
  };
}

function vectors(expr: Binary, operation: Operation, [left, right]: readonly [Vector, Vector]): Vector {
  const pairsOf = pairing(expr.matching, operation.filters);
  const pairs = (frame: Frame): Paired => {
    const lefts = left.run(frame);
    const rights = right.run(frame);
    return { lefts, rights, pairs: pairsOf(lefts, rights), steps: stepsOf(frame) };
  };
  return operation.filters ? filterPairs(operation.holds, pairs) : applyToPairs(operation.apply, pairs);
}

interface Paired {
  readonly lefts: Column;
  readonly rights: Column;
  readonly pairs: Pairs;
  readonly steps: number;
}

function applyToPairs(apply: Operation['apply'], pair: (frame: Frame) => Paired): Vector {
  const sheetFor = sheets();
  return {
    type: 'vector',
    run: (frame) => {
      const { lefts, rights, pairs, steps } = pair(frame);
      const sheet = sheetFor(pairs.shape, pairs.left.length * steps);
      for (let place = 0, at = 0; place < pairs.left.length; place++) {
        let a = pairs.left[place]! * steps;
        let b = pairs.right[place]! * steps;
        for (const end = at + steps; at < end; at++, a++, b++) {
          sheet.present[at] = lefts.present[a]! & rights.present[b]!;
          sheet.values[at] = apply(lefts.values[a]!, rights.values[b]!);
        }
      }
      return sheet;
    },
  };
}

function filterPairs(holds: Operation['holds'], pair: (frame: Frame) => Paired): Vector {
  const both = sheets();
  const held = sheets();
  const compared = once((frame) => {
    const { lefts, rights, pairs, steps } = pair(frame);
    const sheet = both(pairs.shape, pairs.left.length * steps);
    const kept = held(pairs.shape, pairs.left.length * steps);
    kept.values = sheet.values;
    for (let place = 0, at = 0; place < pairs.left.length; place++) {
      let a = pairs.left[place]! * steps;
      let b = pairs.right[place]! * steps;
      for (const end = at + steps; at < end; at++, a++, b++) {
        sheet.present[at] = lefts.present[a]! & rights.present[b]!;
        sheet.values[at] = lefts.values[a]!;
        kept.present[at] = sheet.present[at]! & (holds(lefts.values[a]!, rights.values[b]!) ? 1 : 0);
      }
    }
    return sheet;
  });
  const run = (frame: Frame): Column => {
    const { shape, values } = compared(frame);
    return held(shape, values.length);
  };
  return { type: 'vector', compared, run };
}
