import type { ArithmeticOp, ComparisonOp } from '../ast.ts';

/** Arithmetic as Prometheus does it: a division by zero is infinite or NaN, `%` has the sign of the dividend. */
export const ARITHMETIC_OPERATORS: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

/** Comparisons; one with NaN holds only for `!=`. */
export const COMPARISON_OPERATORS: Readonly<Record<ComparisonOp, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** The comparison with its sides exchanged. */
export const MIRRORED: Readonly<Record<ComparisonOp, ComparisonOp>> = {
  '==': '==',
  '!=': '!=',
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
};

/** IEEE 754 `pow`, where JavaScript's differs: a base of ±1 to an infinite power, and 1 to NaN, are 1. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}
