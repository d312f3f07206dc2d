import { isComparison, isSetOperator, type Binary, type ValueType } from '../ast.ts';
import { PromqlError } from '../errors.ts';
import { TYPE_NAMES } from '../typeNames.ts';

/** The type of an operation between operands of these types. @throws {PromqlError} where they do not fit */
export function checkBinary(expr: Binary, types: readonly [ValueType, ValueType]): ValueType {
  types.forEach((type, index) => {
    if (type === 'scalar' || type === 'vector') return;
    const side = index === 0 ? expr.left : expr.right;
    throw new PromqlError(`"${expr.op}" needs scalars or instant vectors, not ${TYPE_NAMES[type]}.`, side);
  });
  const scalars = types.filter((type) => type === 'scalar').length;
  if (isSetOperator(expr.op)) checkSet(expr, scalars);
  checkBool(expr, scalars);
  checkMatching(expr, scalars);
  return scalars === 2 ? 'scalar' : 'vector';
}

function checkSet(expr: Binary, scalars: number): void {
  if (scalars > 0) throw new PromqlError(`"${expr.op}" needs an instant vector on both sides, not a scalar.`, expr);
  if (expr.matching.many !== undefined) {
    throw new PromqlError(`"${expr.op}" matches many to many; take group_left or group_right away.`, expr.modifiers!);
  }
}

function checkBool(expr: Binary, scalars: number): void {
  if (expr.bool && !isComparison(expr.op)) {
    throw new PromqlError(`"bool" goes only with a comparison, not "${expr.op}".`, expr);
  }
  if (isComparison(expr.op) && scalars === 2 && !expr.bool) {
    throw new PromqlError(`"${expr.op}" between two scalars needs "bool". Write "${expr.op} bool".`, expr);
  }
}

/** Without labels, matching with a scalar says nothing, and Prometheus lets it stand. */
function checkMatching({ matching, modifiers }: Binary, scalars: number): void {
  if (scalars > 0 && matching.labels.length > 0) {
    throw new PromqlError('Matching labels needs an instant vector on both sides.', modifiers!);
  }
  const both = matching.on ? matching.include.find((label) => matching.labels.includes(label)) : undefined;
  if (both === undefined) return;
  throw new PromqlError(`The label "${both}" is matched on and taken over at once. Name it in one place.`, modifiers!);
}
