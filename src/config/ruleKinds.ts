import { check } from './check.ts';
import { readLevels } from './levels.ts';
import { unknownWord } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { kindSchema, type KindInput } from './ruleKindSchema.ts';
import { Unique } from './unique.ts';
import type { YamlFile } from './yamlFile.ts';

/** A kind of rule, and the file that defines it. */
export interface RuleKind extends KindInput {
  readonly yaml: YamlFile;
}

export type RuleKinds = ReadonlyMap<string, RuleKind>;

/** Where `${name}` stands in an expression. */
export const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** Checks every file that defines a kind. */
export function readKinds(entries: readonly Entry[], complain: Complain): RuleKinds {
  const unique = new Unique('kind', complain);
  const kinds = new Map<string, RuleKind>();
  for (const entry of entries) {
    const input = check(kindSchema, { ...entry, complain });
    if (input === undefined) continue;
    const kind = { ...input, yaml: entry.yaml };
    unique.add(kind.kind, kind.yaml, ['kind']);
    checkPlaceholders(kind, complain);
    readLevels(kind.levels, { yaml: kind.yaml, path: ['levels'], unit: kind.unit, complain });
    kinds.set(kind.kind, kind);
  }
  return kinds;
}

function checkPlaceholders({ yaml, expr, parameters }: RuleKind, complain: Complain): void {
  const used = new Set<string>();
  for (const { index, 0: whole, 1: name = '' } of expr.matchAll(PLACEHOLDER)) {
    const at = [index, index + whole.length] as const;
    used.add(name);
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) {
      complain(yaml.errorInside(['expr'], at, unknownWord('parameter', name, Object.keys(parameters))));
    } else if (isNames(parameter.type) && !/[=!]~\s*$/.test(expr.slice(0, index))) {
      complain(yaml.errorInside(['expr'], at, `"${name}" may be a list of ${parameter.type}s; expected =~ before it`));
    }
  }
  for (const name of Object.keys(parameters)) {
    if (!used.has(name)) complain(yaml.errorAtKey(['parameters', name], `"${name}" is not used in expr`));
  }
}

function isNames(type: string): boolean {
  return type === 'asset' || type === 'issuer';
}
