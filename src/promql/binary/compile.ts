import { isComparison, isSetOperator, type ArithmeticOp, type Binary, type ComparisonOp } from '../ast.ts';
import { mapValues, nameDropper } from '../labels.ts';
import type { Compiled, Element, Scalar, Vector } from '../value.ts';
import { ARITHMETIC_OPERATORS, COMPARISON_OPERATORS } from './operators.ts';
import { pairing } from './pairs.ts';
import { compileSet } from './sets.ts';

/** What an operator does with two values; a comparison without `bool` keeps or drops the element instead. */
interface Operation {
  readonly filters: boolean;
  readonly apply: (left: number, right: number) => number;
  readonly holds: (left: number, right: number) => boolean;
}

/** Compiles a binary operation; `everything` keeps what a comparison would drop. */
export function compileBinary(
  expr: Binary,
  [left, right]: readonly [Compiled, Compiled],
  everything = false,
): Compiled {
  if (isSetOperator(expr.op)) return compileSet(expr.op, expr.matching, [left as Vector, right as Vector]);
  const operation = operationOf(expr.op, expr.bool, everything);
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', run: (frame) => operation.apply(left.run(frame), right.run(frame)) };
  }
  if (left.type === 'scalar') return scalarAndVector(operation, left, right as Vector);
  if (right.type === 'scalar') return vectorAndScalar(operation, left as Vector, right);
  return vectors(expr, operation, [left as Vector, right as Vector]);
}

function operationOf(op: ArithmeticOp | ComparisonOp, bool: boolean, everything: boolean): Operation {
  if (!isComparison(op)) return { filters: false, apply: ARITHMETIC_OPERATORS[op], holds: () => true };
  const compare = COMPARISON_OPERATORS[op];
  const apply = (left: number, right: number): number => (compare(left, right) ? 1 : 0);
  return { filters: !bool, apply, holds: everything ? () => true : compare };
}

function vectorAndScalar({ filters, apply, holds }: Operation, left: Vector, right: Scalar): Vector {
  const drop = nameDropper();
  return {
    type: 'vector',
    run: (frame) => {
      const scalar = right.run(frame);
      const elements = left.run(frame);
      if (filters) return elements.filter(({ value }) => holds(value, scalar));
      return mapValues(frame, elements, (value) => apply(value, scalar), drop);
    },
  };
}

function scalarAndVector(operation: Operation, left: Scalar, right: Vector): Vector {
  const { filters, apply, holds } = operation;
  const exchanged: Operation = { filters, apply: (a, b) => apply(b, a), holds: (a, b) => holds(b, a) };
  return vectorAndScalar(exchanged, right, left);
}

function vectors(expr: Binary, operation: Operation, [left, right]: readonly [Vector, Vector]): Vector {
  const { filters, apply, holds } = operation;
  const pair = pairing(expr.matching, filters);
  return {
    type: 'vector',
    run: (frame) => {
      const [lefts, rights] = [left.run(frame), right.run(frame)];
      const elements: Element[] = [];
      for (const { labels, left: a, right: b } of pair(lefts, rights)) {
        const { value, nameless } = lefts[a]!;
        const other = rights[b]!.value;
        if (!filters) elements.push({ labels, value: apply(value, other) });
        else if (holds(value, other)) elements.push({ labels, value, nameless });
      }
      return elements;
    },
  };
}
