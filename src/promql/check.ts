import { AGGREGATIONS } from './aggregate.ts';
import {
  isComparison,
  isSetOperator,
  type Aggregate,
  type Binary,
  type Call,
  type Expr,
  type ValueType,
} from './ast.ts';
import { PromqlError } from './errors.ts';
import { FUNCTIONS } from './functions/index.ts';
import type { FunctionDefinition } from './functions/definition.ts';
import { suggestFunction } from './syntax/suggest.ts';

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'a scalar',
  vector: 'an instant vector',
  matrix: 'a range vector',
  string: 'a text',
};

/** The expression's type. @throws {PromqlError} where types do not fit */
export function typeOf(expr: Expr): ValueType {
  if (expr.kind === 'number') return 'scalar';
  if (expr.kind === 'text') return 'string';
  if (expr.kind === 'selector') return expr.range > 0 ? 'matrix' : 'vector';
  if (expr.kind === 'unary') return checkUnary(expr.operand);
  if (expr.kind === 'call') return checkCall(expr);
  return expr.kind === 'aggregate' ? checkAggregate(expr) : checkBinary(expr);
}

/** The type of what a function returns. */
function returnsOf(definition: FunctionDefinition): ValueType {
  return definition.kind === 'whole' ? definition.returns : 'vector';
}

function checkUnary(operand: Expr): ValueType {
  const type = typeOf(operand);
  if (type === 'scalar' || type === 'vector') return type;
  throw new PromqlError(`A sign needs a scalar or an instant vector behind it, not ${NAMES[type]}.`, operand);
}

function checkCall(call: Call): ValueType {
  const definition = FUNCTIONS.get(call.name);
  if (definition === undefined) throw unsupported(call, call.name, 'function');
  const { args, optional = 0 } = definition;
  if (call.args.length > args.length || call.args.length < args.length - optional) {
    const expected = optional === 0 ? String(args.length) : `${args.length - optional} to ${args.length}`;
    throw new PromqlError(`"${call.name}" has ${call.args.length} arguments; it takes ${expected}.`, call);
  }
  call.args.forEach((arg, index) => expectType(arg, args[index]!, `Argument ${index + 1} of "${call.name}"`));
  return returnsOf(definition);
}

function checkAggregate(expr: Aggregate): ValueType {
  const definition = AGGREGATIONS.get(expr.op);
  if (definition === undefined) throw unsupported(expr, expr.op, 'aggregation');
  const expected = definition.parameter === undefined ? 1 : 2;
  if (expr.args.length !== expected) {
    throw new PromqlError(`"${expr.op}" has ${expr.args.length} arguments; it takes ${expected}.`, expr);
  }
  if (definition.parameter !== undefined) expectType(expr.args[0]!, definition.parameter, `Argument 1 of "${expr.op}"`);
  expectType(expr.args.at(-1)!, 'vector', `"${expr.op}"`);
  return 'vector';
}

function checkBinary(expr: Binary): ValueType {
  const types = [expr.left, expr.right].map((side) => {
    const type = typeOf(side);
    if (type === 'scalar' || type === 'vector') return type;
    throw new PromqlError(`"${expr.op}" needs scalars or instant vectors, not ${NAMES[type]}.`, side);
  });
  const scalars = types.filter((type) => type === 'scalar').length;
  if (isSetOperator(expr.op)) checkSet(expr, scalars);
  if (isComparison(expr.op) && scalars === 2 && !expr.bool) {
    throw new PromqlError(`"${expr.op}" between two scalars needs "bool". Write "${expr.op} bool".`, expr);
  }
  if (expr.bool && !isComparison(expr.op))
    throw new PromqlError(`"bool" goes only with a comparison, not "${expr.op}".`, expr);
  if (expr.modifiers !== undefined) checkMatching(expr, scalars);
  return scalars === 2 ? 'scalar' : 'vector';
}

function checkSet(expr: Binary, scalars: number): void {
  if (scalars > 0) throw new PromqlError(`"${expr.op}" needs an instant vector on both sides, not a scalar.`, expr);
  if (expr.matching.many !== undefined) {
    throw new PromqlError(`"${expr.op}" matches many to many; take group_left or group_right away.`, expr.modifiers!);
  }
}

function checkMatching(expr: Binary, scalars: number): void {
  if (scalars > 0) {
    throw new PromqlError('Matching labels needs an instant vector on both sides.', expr.modifiers!);
  }
  const both = expr.matching.on
    ? expr.matching.include.find((label) => expr.matching.labels.includes(label))
    : undefined;
  if (both === undefined) return;
  throw new PromqlError(
    `The label "${both}" is matched on and taken over at once. Name it in one place.`,
    expr.modifiers!,
  );
}

function expectType(arg: Expr, expected: ValueType, what: string): void {
  const found = typeOf(arg);
  if (found === expected) return;
  const advice = expected === 'matrix' && found === 'vector' ? ' Add a range such as [5m].' : '';
  throw new PromqlError(`${what} must be ${NAMES[expected]}; this is ${NAMES[found]}.${advice}`, arg);
}

function unsupported(expr: Expr, name: string, what: string): PromqlError {
  const near = suggestFunction(name);
  const advice = near === undefined ? '' : ` Did you mean "${near}"?`;
  return new PromqlError(`The ${what} "${name}" is not supported.${advice}`, {
    from: expr.from,
    to: expr.from + name.length,
  });
}
