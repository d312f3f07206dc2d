import { AGGREGATIONS } from './aggregate.ts';
import type { Aggregate, Call, Expr, Subquery, ValueType } from './ast.ts';
import { checkBinary } from './binary/check.ts';
import { PromqlError } from './errors.ts';
import type { FunctionDefinition } from './functions/definition.ts';
import { FUNCTIONS } from './functions/index.ts';
import { assertLabelName } from './labelName.ts';
import { refusalOf } from './refused.ts';
import { TYPE_NAMES } from './typeNames.ts';

/** The expression's type. @throws {PromqlError} where types do not fit */
export function typeOf(expr: Expr): ValueType {
  if (expr.kind === 'number') return 'scalar';
  if (expr.kind === 'text') return 'string';
  if (expr.kind === 'selector') return expr.range > 0 ? 'matrix' : 'vector';
  if (expr.kind === 'subquery') return checkSubquery(expr);
  if (expr.kind === 'unary') return checkUnary(expr.operand);
  if (expr.kind === 'call') return checkCall(expr);
  return expr.kind === 'aggregate' ? checkAggregate(expr) : checkBinary(expr, [typeOf(expr.left), typeOf(expr.right)]);
}

function checkSubquery({ inner }: Subquery): ValueType {
  const type = typeOf(inner);
  if (type === 'vector') return 'matrix';
  throw new PromqlError(`A subquery needs an instant vector before it, not ${TYPE_NAMES[type]}.`, inner);
}

function checkUnary(operand: Expr): ValueType {
  const type = typeOf(operand);
  if (type === 'scalar' || type === 'vector') return type;
  throw new PromqlError(`A sign needs a scalar or an instant vector behind it, not ${TYPE_NAMES[type]}.`, operand);
}

function checkCall(call: Call): ValueType {
  const definition = FUNCTIONS.get(call.name);
  if (definition === undefined) throw refusalOf(call.name, call.from) ?? new TypeError(`No function "${call.name}".`);
  checkCount(call, definition);
  const { args } = definition;
  call.args.forEach((arg, index) =>
    expectType(arg, args[index] ?? args.at(-1)!, `Argument ${index + 1} of "${call.name}"`),
  );
  return definition.kind === 'whole' ? definition.returns : 'vector';
}

function checkCount(call: Call, { args, optional = 0, variadic }: FunctionDefinition): void {
  const least = args.length - optional;
  const most = variadic ? Infinity : args.length;
  if (call.args.length >= least && call.args.length <= most) return;
  const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
  throw new PromqlError(
    `"${call.name}" has ${call.args.length} arguments; it takes ${least === most ? least : range}.`,
    call,
  );
}

function checkAggregate(expr: Aggregate): ValueType {
  const definition = AGGREGATIONS.get(expr.op);
  if (definition === undefined) throw refusalOf(expr.op, expr.from) ?? new TypeError(`No aggregation "${expr.op}".`);
  const expected = definition.parameter === undefined ? 1 : 2;
  if (expr.args.length !== expected) {
    throw new PromqlError(`"${expr.op}" has ${expr.args.length} arguments; it takes ${expected}.`, expr);
  }
  if (definition.parameter !== undefined) expectType(expr.args[0]!, definition.parameter, `Argument 1 of "${expr.op}"`);
  expectType(expr.args.at(-1)!, 'vector', `"${expr.op}"`);
  if (expr.args[0]!.kind === 'text') assertLabelName(expr.args[0]!.value, expr.args[0]!);
  return 'vector';
}

function expectType(arg: Expr, expected: ValueType, what: string): void {
  const found = typeOf(arg);
  if (found === expected) return;
  const advice = expected === 'matrix' && found === 'vector' ? ' Add a range such as [5m].' : '';
  throw new PromqlError(`${what} must be ${TYPE_NAMES[expected]}; this is ${TYPE_NAMES[found]}.${advice}`, arg);
}
