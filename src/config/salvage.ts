import type { z } from 'zod';
import { isPlain } from './freeze.ts';
import type { Path } from './yamlFile.ts';

const MOST_ROUNDS = 20;

/** What is left of a value once all that its schema rejects is taken out, so that what refers to the rest is checked too. */
export function salvage<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const rest = copy(value);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const result = schema.safeParse(rest);
    if (result.success) return result.data;
    for (const path of result.error.issues.flatMap(wrongPaths)) remove(rest, path);
  }
  return undefined;
}

function wrongPaths(issue: z.core.$ZodIssue): readonly Path[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

/** Takes out the value at `path`; when it is missing or an element of a list, what holds it. */
function remove(value: unknown, path: Path): void {
  const key = path.at(-1);
  if (key === undefined) return;
  const parent = path.slice(0, -1).reduce<unknown>((inner, step) => Reflect.get(Object(inner) as object, step), value);
  if (typeof parent !== 'object' || parent === null) return;
  if (Array.isArray(parent) || !Object.hasOwn(parent, key)) remove(value, path.slice(0, -1));
  else Reflect.deleteProperty(parent, key);
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}
