/** True for maps and lists as files hold them, not for secrets, schemas and the like. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** Freezes plain data all the way down. */
export function freeze<T>(value: T): T {
  if (!isPlain(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
