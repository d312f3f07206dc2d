export { EvaluationError, PromqlError, TooExpensive } from './errors.ts';
export { evaluate, evaluateRange } from './evaluate.ts';
export { dropName, keyOf } from './labels.ts';
export { compileMatchers } from './match.ts';
export { leafInstant, lookback, plan, type Leaf, type Plan } from './plan.ts';
export { remember } from './remember.ts';
export { Sharing } from './sharing.ts';
export { substitute } from './substitute.ts';
export { support } from './support.ts';
