import { compileAggregate } from './aggregate.ts';
import { children, type Call, type Expr } from './ast.ts';
import { compileBinary } from './binary/compile.ts';
import { compileInstant } from './instant.ts';
import { EMPTY } from './labels.ts';
import { listed } from './listed.ts';
import { mapper, unnamed } from './names.ts';
import type { EachFunction, OverFunction } from './functions/definition.ts';
import { FUNCTIONS } from './functions/index.ts';
import { compileSubquery } from './subquery.ts';
import { compileRange } from './selection.ts';
import type { Sharing } from './sharing.ts';
import { compileWindowed } from './windowed/compile.ts';
import type { Compiled, Element, Matrix, Scalar, Vector } from './value.ts';

/** Compiles a checked expression to a function of one evaluation; what is shared is compiled once. */
export function compile(expr: Expr, sharing: Sharing): Compiled {
  const below = expr.kind === 'subquery' ? sharing.inside : sharing;
  const parts = children(expr).map((child) => compile(child, below));
  return sharing.once(expr, parts, () => build(expr, parts, sharing));
}

function build(expr: Expr, parts: readonly Compiled[], sharing: Sharing): Compiled {
  if (expr.kind === 'number') return { type: 'scalar', run: () => expr.value };
  if (expr.kind === 'text') return { type: 'string', run: () => expr.value };
  if (expr.kind === 'selector') {
    const selection = sharing.selectionOf(expr);
    if (expr.range > 0) return compileRange(expr, selection);
    const vector: Vector = { ...compileInstant(expr, selection), times: compileInstant(expr, selection, 'times').run };
    return vector;
  }
  if (expr.kind === 'subquery') return compileSubquery(expr, parts[0] as Vector);
  if (expr.kind === 'unary') return expr.op === '+' ? parts[0]! : negate(parts[0]!);
  if (expr.kind === 'call') return compileCall(expr, parts, sharing);
  return expr.kind === 'aggregate' ? compileAggregate(expr, parts) : compileBinary(expr, parts as [Compiled, Compiled]);
}

function negate(operand: Compiled): Compiled {
  if (operand.type === 'scalar') return { type: 'scalar', run: (frame) => -operand.run(frame) };
  const vector = operand as Vector;
  const map = mapper();
  return { type: 'vector', run: (frame) => map(frame, vector.run(frame), (value) => -value) };
}

function compileCall(call: Call, parts: readonly Compiled[], sharing: Sharing): Compiled {
  const definition = FUNCTIONS.get(call.name)!;
  if (definition.kind === 'whole') return definition.compile(parts, call);
  if (definition.kind === 'each') return compileEach(definition, parts);
  const range = call.args[definition.range]!;
  const scalars = parts.filter((_, index) => index !== definition.range) as Scalar[];
  if (range.kind === 'selector') return compileWindowed(definition, sharing.rangesOf(range), scalars);
  return compileOver(definition, parts[definition.range] as Matrix, scalars);
}

function compileEach({ apply }: EachFunction, [input, ...rest]: readonly Compiled[]): Vector {
  const map = mapper();
  return {
    type: 'vector',
    run: (frame) => {
      const column = (input as Vector).run(frame);
      if (rest.length === 0) return map(frame, column, apply);
      const scalars = rest.map((arg) => (arg as Scalar).run(frame));
      return map(frame, column, (value) => apply(value, ...scalars));
    },
  };
}

function compileOver({ apply, keepsName }: OverFunction, input: Matrix, scalars: readonly Scalar[]): Vector {
  const vector = listed((frame) => {
    const parameters = scalars.map((scalar) => scalar.run(frame));
    return input.run(frame).flatMap((samples): readonly Element[] => {
      const value = apply(samples, ...parameters);
      return value === undefined ? [] : [{ labels: samples.labels, value, nameless: samples.nameless }];
    });
  });
  return keepsName ? vector : unnamed(vector);
}

/** An expression as a vector; a scalar is one element without labels. */
export function asVector(compiled: Compiled): Vector['run'] | undefined {
  if (compiled.type === 'vector') return compiled.run;
  if (compiled.type !== 'scalar') return undefined;
  return listed((frame) => [{ labels: EMPTY, value: compiled.run(frame) }]).run;
}
