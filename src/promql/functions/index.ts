import { CHANGE } from './change.ts';
import type { FunctionDefinition } from './definition.ts';
import { MATH } from './math.ts';
import { OVER_TIME } from './overTime.ts';
import { VECTORS } from './vectors.ts';

/** Every function by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  [MATH, OVER_TIME, CHANGE, VECTORS].flatMap((table) => Object.entries(table)),
);
