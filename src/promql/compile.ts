import { compileAggregate } from './aggregate.ts';
import { children, type Call, type Expr } from './ast.ts';
import { compileBinary } from './binary/compile.ts';
import { EMPTY, mapValues, nameDropper, withoutNames } from './labels.ts';
import type { EachFunction, OverFunction } from './functions/definition.ts';
import { FUNCTIONS } from './functions/index.ts';
import { compileSubquery } from './subquery.ts';
import { compileInstant, compileRange } from './selection.ts';
import type { Sharing } from './sharing.ts';
import { compileWindowed } from './windowed/compile.ts';
import type { Compiled, Element, Matrix, Scalar, Vector } from './value.ts';

/** Compiles a checked expression to a function of one evaluation; what is shared is compiled once. */
export function compile(expr: Expr, sharing: Sharing): Compiled {
  const parts = children(expr).map((child) => compile(child, sharing));
  return sharing.once(expr, parts, () => build(expr, parts, sharing));
}

function build(expr: Expr, parts: readonly Compiled[], sharing: Sharing): Compiled {
  if (expr.kind === 'number') return { type: 'scalar', run: () => expr.value };
  if (expr.kind === 'text') return { type: 'string', run: () => expr.value };
  if (expr.kind === 'selector') {
    const selection = sharing.selectionOf(expr);
    return expr.range > 0 ? compileRange(expr, selection) : compileInstant(expr, selection);
  }
  if (expr.kind === 'subquery') return compileSubquery(expr, parts[0] as Vector);
  if (expr.kind === 'unary') return expr.op === '+' ? parts[0]! : negate(parts[0]!);
  if (expr.kind === 'call') return compileCall(expr, parts, sharing);
  return expr.kind === 'aggregate' ? compileAggregate(expr, parts) : compileBinary(expr, parts as [Compiled, Compiled]);
}

function negate(operand: Compiled): Compiled {
  if (operand.type === 'scalar') return { type: 'scalar', run: (frame) => -operand.run(frame) };
  const vector = operand as Vector;
  const drop = nameDropper();
  return { type: 'vector', run: (frame) => mapValues(frame, vector.run(frame), (value) => -value, drop) };
}

function compileCall(call: Call, parts: readonly Compiled[], sharing: Sharing): Compiled {
  const definition = FUNCTIONS.get(call.name)!;
  if (definition.kind === 'whole') return definition.compile(parts, call);
  if (definition.kind === 'each') return compileEach(definition, parts);
  const range = call.args[definition.range]!;
  const scalars = parts.filter((_, index) => index !== definition.range) as Scalar[];
  if (range.kind === 'selector') return compileWindowed(definition, range, sharing.selectionOf(range), scalars);
  return compileOver(definition, parts[definition.range] as Matrix, scalars);
}

function compileEach({ apply }: EachFunction, [input, ...rest]: readonly Compiled[]): Vector {
  const drop = nameDropper();
  return {
    type: 'vector',
    run: (frame) => {
      const elements = (input as Vector).run(frame);
      if (rest.length === 0) return mapValues(frame, elements, apply, drop);
      const scalars = rest.map((arg) => (arg as Scalar).run(frame));
      return mapValues(frame, elements, (value) => apply(value, ...scalars), drop);
    },
  };
}

function compileOver({ apply, keepsName }: OverFunction, input: Matrix, scalars: readonly Scalar[]): Vector {
  return {
    type: 'vector',
    run: (frame) => {
      const parameters = scalars.map((scalar) => scalar.run(frame));
      const elements: Element[] = [];
      for (const samples of input.run(frame)) {
        const value = apply(samples, ...parameters);
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
