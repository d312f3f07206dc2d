import { compileAggregate } from './aggregate.ts';
import type { Call, Expr, Selector } from './ast.ts';
import { compileBinary } from './binary/compile.ts';
import { EMPTY, mapValues, withoutNames } from './labels.ts';
import type { EachFunction, OverFunction } from './functions/definition.ts';
import { FUNCTIONS } from './functions/index.ts';
import { compileSubquery } from './subquery.ts';
import { compileInstant, compileRange, type Selection } from './selection.ts';
import type { Compiled, Element, Matrix, Scalar, Vector } from './value.ts';

/** Finds the selection of a selector, shared with the plan's leaves. */
export type SelectionOf = (selector: Selector) => Selection;

/** Compiles a checked expression to a function of one evaluation. */
export function compile(expr: Expr, selectionOf: SelectionOf): Compiled {
  const inner = (child: Expr): Compiled => compile(child, selectionOf);
  if (expr.kind === 'number') return { type: 'scalar', run: () => expr.value };
  if (expr.kind === 'text') return { type: 'string', run: () => expr.value };
  if (expr.kind === 'selector') {
    return expr.range > 0 ? compileRange(expr, selectionOf(expr)) : compileInstant(expr, selectionOf(expr));
  }
  if (expr.kind === 'subquery') return compileSubquery(expr, inner(expr.inner) as Vector);
  if (expr.kind === 'unary') return expr.op === '+' ? inner(expr.operand) : negate(inner(expr.operand));
  if (expr.kind === 'call') return compileCall(expr, expr.args.map(inner));
  if (expr.kind === 'aggregate') return compileAggregate(expr, expr.args.map(inner));
  return compileBinary(expr, [inner(expr.left), inner(expr.right)]);
}

function negate(operand: Compiled): Compiled {
  if (operand.type === 'scalar') return { type: 'scalar', run: (frame) => -operand.run(frame) };
  const vector = operand as Vector;
  return { type: 'vector', run: (frame) => mapValues(frame, vector.run(frame), (value) => -value) };
}

function compileCall(call: Call, args: readonly Compiled[]): Compiled {
  const definition = FUNCTIONS.get(call.name)!;
  if (definition.kind === 'whole') return definition.compile(args, call);
  return definition.kind === 'each' ? compileEach(definition, args) : compileOver(definition, args);
}

function compileEach({ apply }: EachFunction, [input, ...rest]: readonly Compiled[]): Vector {
  return {
    type: 'vector',
    run: (frame) => {
      const scalars = rest.map((arg) => (arg as Scalar).run(frame));
      return mapValues(frame, (input as Vector).run(frame), (value) => apply(value, ...scalars));
    },
  };
}

function compileOver({ apply, range, keepsName }: OverFunction, args: readonly Compiled[]): Vector {
  const input = args[range] as Matrix;
  const rest = args.filter((_, index) => index !== range);
  return {
    type: 'vector',
    run: (frame) => {
      const scalars = rest.map((arg) => (arg as Scalar).run(frame));
      const elements: Element[] = [];
      for (const samples of input.run(frame)) {
        const value = apply(samples, ...scalars);
        if (value !== undefined) elements.push({ labels: samples.labels, value, nameless: samples.nameless });
      }
      return keepsName ? elements : withoutNames(frame, elements);
    },
  };
}

/** Runs a compiled expression as a vector; a scalar is one element without labels. */
export function asElements(compiled: Compiled): Vector['run'] {
  if (compiled.type === 'vector') return compiled.run;
  return (frame) => [{ labels: EMPTY, value: (compiled as Scalar).run(frame) }];
}
