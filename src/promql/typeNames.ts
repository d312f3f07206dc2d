import type { ValueType } from './ast.ts';

/** A type as it is told to people. */
export const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'a scalar',
  vector: 'an instant vector',
  matrix: 'a range vector',
  string: 'a text',
};
