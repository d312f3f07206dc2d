import { nearest } from '../../model/nearest.ts';
import { AGGREGATIONS } from '../aggregate.ts';
import { FUNCTIONS } from '../functions/index.ts';

/** The function or aggregation whose name is nearest, when one is near. */
export function suggestFunction(name: string): string | undefined {
  return nearest(name, [...FUNCTIONS.keys(), ...AGGREGATIONS.keys()], Math.max(1, Math.floor(name.length / 3)));
}
