export { EvaluationError, PromqlError, TooExpensive } from './errors.ts';
export { evaluate, evaluateRange } from './evaluate.ts';
export { compileMatchers } from './match.ts';
export { lookback, plan, type Leaf, type Plan } from './plan.ts';
export { substitute } from './substitute.ts';
export { support } from './support.ts';
