export { EvaluationError, PromqlError, TooExpensive } from './errors.ts';
export { evaluate, evaluateRange, type Steps, type Track } from './evaluate.ts';
export { compileMatchers } from './match.ts';
export { lookback, plan, type Leaf, type Plan, type Root } from './plan.ts';
export { substitute } from './substitute.ts';
export { support } from './support.ts';
export type { Element, EvaluateOptions } from './value.ts';
