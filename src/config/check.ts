import type { z } from 'zod';
import { Secret } from '../model/secret.ts';
import { NOT_A_REFERENCE } from '../model/schema.ts';
import type { ConfigError } from './error.ts';
import { mask } from './mask.ts';
import { didYouMean, unknownWord } from './nearest.ts';
import { UNRESOLVED } from './references.ts';
import type { Path, YamlFile } from './yamlFile.ts';

/** What a shape check looks at. */
export interface Checked {
  readonly yaml: YamlFile;
  /** Where `value` stands in the file. */
  readonly path: Path;
  readonly value: unknown;
  /** Keys of the same map that another schema reads, for hints. */
  readonly otherKeys?: readonly string[];
  readonly complain: (error: ConfigError) => void;
}

/** What fitted a schema, by the value itself: at a reload the values of files that did not change are the very same. */
const fitted = new WeakMap<z.ZodType, WeakMap<object, unknown>>();

/** Reads a value by its schema; on a mismatch complains of everything at once and returns `undefined`. */
export function check<T>(schema: z.ZodType<T>, checked: Checked): T | undefined {
  const { value } = checked;
  if (typeof value !== 'object' || value === null) return checkAnew(schema, checked);
  const known = fitted.get(schema) ?? new WeakMap<object, unknown>();
  if (known.has(value)) return known.get(value) as T;
  const data = checkAnew(schema, checked);
  if (data !== undefined) fitted.set(schema, known.set(value, data));
  return data;
}

function checkAnew<T>(schema: z.ZodType<T>, checked: Checked): T | undefined {
  const keys = new Map<string, readonly string[]>();
  const result = schema.safeParse(checked.value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') keys.set(pathKey(issue.path), keysOf(issue.inst));
      return expectation(issue);
    },
  });
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const known = [
      ...(keys.get(pathKey(issue.path)) ?? []),
      ...(issue.path.length === 0 ? (checked.otherKeys ?? []) : []),
    ];
    report(issue, checked, known);
  }
  return undefined;
}

function report(issue: z.core.$ZodIssue, { yaml, path, value, complain }: Checked, known: readonly string[]): void {
  const at = [...path, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) complain(yaml.errorAtKey([...at, key], unknownWord('key', key, known)));
    return;
  }
  if (issue.code === 'invalid_key') return complain(yaml.errorAtKey(at, issue.issues[0]?.message ?? issue.message));
  const found = valueAt(value, issue.path);
  if (found === UNRESOLVED) return;
  if (found === undefined) {
    const key = String(at.at(-1));
    return complain(
      yaml.error(at.slice(0, -1), `missing key "${key}"${issue.message === '' ? '' : `: ${issue.message}`}`),
    );
  }
  if (issue.message === NOT_A_REFERENCE) return complain(yaml.error(at, issue.message));
  const hint =
    issue.code === 'invalid_value' && typeof found === 'string' ? didYouMean(found, issue.values.map(String)) : '';
  complain(yaml.error(at, `found ${shown(found)}; ${issue.message}${hint}`));
}

/** Prints what was found, without what may be secret. */
function shown(value: unknown): string {
  if (value instanceof Secret) return 'a ${…} reference';
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `"${mask(`${value as string | number | boolean}`)}"`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function expectation(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return `expected ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return `expected ${amount(issue.origin, 'at least', Number(issue.minimum))}`;
  if (issue.code === 'too_big') return `expected ${amount(issue.origin, 'at most', Number(issue.maximum))}`;
  if (issue.code === 'invalid_union') return `expected ${alternatives(issue.errors) || 'another value'}`;
  return issue.code === 'invalid_format' ? `expected ${issue.format}` : 'expected another value';
}

function amount(origin: string, bound: string, limit: number): string {
  if (origin === 'array' || origin === 'set') return `${bound} ${limit} of a list`;
  return origin === 'string' ? `a text of ${bound} ${limit} characters` : `${bound} ${limit}`;
}

/** "a text or a list": the shapes a union offers, without those that only wrap a reference. */
function alternatives(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const messages = errors.map(([first]) => first?.message ?? '').filter((message) => message.startsWith('expected '));
  const wanted = messages.map((message) => message.slice('expected '.length)).filter((word) => word !== 'Secret');
  return [...new Set(wanted)].join(' or ');
}

/** The keys a schema of a map names. */
export function keysOf(schema: unknown): readonly string[] {
  const shape = (schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape;
  return Object.keys(shape ?? {});
}

const pathKey = (path: Path | undefined) => (path ?? []).map(String).join('\u0000');

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined),
    value,
  );
}
