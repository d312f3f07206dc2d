import { each, ofFrame, type FunctionTable } from './definition.ts';

/** Functions that change each value by itself. */
export const MATH: FunctionTable = {
  abs: each(Math.abs),
  ceil: each(Math.ceil),
  floor: each(Math.floor),
  exp: each(Math.exp),
  sqrt: each(Math.sqrt),
  ln: each(Math.log),
  log2: each(Math.log2),
  log10: each(Math.log10),
  sgn: each(Math.sign),
  sin: each(Math.sin),
  cos: each(Math.cos),
  tan: each(Math.tan),
  asin: each(Math.asin),
  acos: each(Math.acos),
  atan: each(Math.atan),
  sinh: each(Math.sinh),
  cosh: each(Math.cosh),
  tanh: each(Math.tanh),
  asinh: each(Math.asinh),
  acosh: each(Math.acosh),
  atanh: each(Math.atanh),
  deg: each((value) => (value * 180) / Math.PI),
  rad: each((value) => (value * Math.PI) / 180),
  pi: ofFrame(() => Math.PI),
  round: { kind: 'each', args: ['vector', 'scalar'], optional: 1, apply: round },
  clamp_min: { kind: 'each', args: ['vector', 'scalar'], apply: (value, min) => Math.max(min, value) },
  clamp_max: { kind: 'each', args: ['vector', 'scalar'], apply: (value, max) => Math.min(max, value) },
};

/** Rounds half up to a multiple of `nearest`; dividing by its inverse keeps `5.3` from becoming `5.300000000000001`. */
function round(value: number, nearest = 1): number {
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}
