import { Secret } from '../model/secret.ts';

/** Freezes plain data all the way down; secrets, schemas and functions are left as they are. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Secret || Object.isFrozen(value)) return value;
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!plain) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
