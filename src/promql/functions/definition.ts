import type { Call, ValueType } from '../ast.ts';
import type { Fold } from '../windowed/fold.ts';
import type { Compiled, Frame, Range } from '../value.ts';

interface Common {
  readonly args: readonly ValueType[];
  /** How many of the last `args` may be left out. */
  readonly optional?: number;
  /** The last of `args` may be repeated. */
  readonly variadic?: true;
}

/** Changes each value of a vector (the first argument); the rest are scalars. */
export interface EachFunction extends Common {
  readonly kind: 'each';
  readonly apply: (value: number, ...scalars: number[]) => number;
}

/** Makes one value of each range; `undefined` makes none. */
export interface OverFunction extends Common {
  readonly kind: 'over';
  readonly keepsName?: true;
  /** Which argument is the range; the others are scalars. */
  readonly range: number;
  readonly apply: (range: Range, ...scalars: number[]) => number | undefined;
  /** The same from the values of many samples in rising order, none of them NaN or zero. */
  readonly ofSorted?: (sorted: Float64Array, ...scalars: number[]) => number;
  /** The same for many samples, from parts that are kept. */
  readonly fold?: Fold | undefined;
}

/** Anything else: is given its compiled arguments. */
export interface WholeFunction extends Common {
  readonly kind: 'whole';
  readonly returns: ValueType;
  readonly compile: (args: readonly Compiled[], call: Call) => Compiled;
}

export type FunctionDefinition = EachFunction | OverFunction | WholeFunction;

/** A table of functions by name. */
export type FunctionTable = Readonly<Record<string, FunctionDefinition>>;

/** A function of one value. */
export function each(apply: (value: number) => number): EachFunction {
  return { kind: 'each', args: ['vector'], apply };
}

/** A function of one range. */
export function over(apply: (range: Range) => number | undefined, fold?: Fold): OverFunction {
  return { kind: 'over', args: ['matrix'], range: 0, apply, fold };
}

/** A scalar of the frame alone. */
export function ofFrame(run: (frame: Frame) => number): WholeFunction {
  return { kind: 'whole', args: [], returns: 'scalar', compile: () => ({ type: 'scalar', run }) };
}
