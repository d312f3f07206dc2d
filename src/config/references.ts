import { isScalar, visit } from 'yaml';
import { Secret } from '../model/secret.ts';
import { didYouMean } from './nearest.ts';
import type { ConfigError } from './error.ts';
import type { Path, YamlFile } from './yamlFile.ts';

/** Where `${NAME}` and `${FILE:/path}` are looked up. */
export interface Lookup {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws {Error} when the file cannot be read. */
  readonly readFile: (path: string) => string;
}

/** Stands where a reference leads nowhere: that was said, so nothing more is said of this value. */
export const UNRESOLVED = new Secret('');

const REFERENCE = /\$\{(?:FILE:([^}]+)|([A-Za-z_][A-Za-z0-9_]*))\}/g;

/** Replaces every text under the top-level `keys` (all when absent) that holds a reference by a `Secret`, in place. */
export function resolveReferences(yaml: YamlFile, lookup: Lookup, keys?: readonly string[]): readonly ConfigError[] {
  const errors: ConfigError[] = [];
  visit(yaml.document, {
    Scalar(place, node, ancestors) {
      if (place === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      const path = pathOf(ancestors, node);
      if (keys !== undefined && !keys.includes(String(path[0]))) return;
      let isResolved = true;
      const resolved = resolve(node.value, lookup, (message, at) => {
        isResolved = false;
        errors.push(yaml.errorInside(path, at, message));
      });
      if (resolved !== node.value) node.value = isResolved ? new Secret(resolved) : UNRESOLVED;
    },
  });
  return errors;
}

type Complain = (message: string, at: readonly [number, number]) => void;

function resolve(text: string, lookup: Lookup, complain: Complain): string {
  return text.replace(REFERENCE, (whole, path: string | undefined, name: string | undefined, offset: number) => {
    const found = path === undefined ? variable(name!, lookup) : file(path, lookup);
    if ('value' in found) return found.value;
    complain(found.problem, [offset, offset + whole.length]);
    return '';
  });
}

type Found = { readonly value: string } | { readonly problem: string };

function variable(name: string, { env }: Lookup): Found {
  const value = env[name];
  if (value !== undefined && value !== '') return { value };
  const names = Object.keys(env).filter((key) => env[key] !== undefined && env[key] !== '');
  const state = value === '' ? 'empty' : 'not set';
  return {
    problem: `the environment variable "${name}" is ${state}${didYouMean(name, names) || '; set it, or write it into .env'}`,
  };
}

function file(path: string, { readFile }: Lookup): Found {
  try {
    const value = readFile(path).trim();
    return value === '' ? { problem: `the file "${path}" is empty; expected the secret alone` } : { value };
  } catch {
    return { problem: `the file "${path}" cannot be read; expected a file that holds the secret alone` };
  }
}

function pathOf(ancestors: readonly unknown[], leaf: unknown): Path {
  const chain = [...ancestors, leaf];
  const path: PropertyKey[] = [];
  for (let index = 0; index < chain.length; index++) {
    const node = chain[index] as { items?: readonly unknown[]; key?: unknown };
    if (Array.isArray(node.items) && !isPair(chain[index + 1])) path.push(node.items.indexOf(chain[index + 1]));
    else if (isPair(node) && isScalar(node.key)) path.push(String(node.key.value));
  }
  return path;
}

function isPair(node: unknown): node is { key: unknown } {
  return typeof node === 'object' && node !== null && 'key' in node;
}
