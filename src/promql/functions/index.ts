import { CHANGE } from './change.ts';
import { DATES } from './dates.ts';
import type { FunctionDefinition } from './definition.ts';
import { HISTOGRAM } from './histogram.ts';
import { MATH } from './math.ts';
import { OVER_TIME } from './overTime.ts';
import { RELABEL } from './relabel.ts';
import { VECTORS } from './vectors.ts';

/** Every function by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  [MATH, DATES, OVER_TIME, CHANGE, VECTORS, RELABEL, HISTOGRAM].flatMap((table) => Object.entries(table)),
);
