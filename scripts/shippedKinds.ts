import { readdirSync, readFileSync } from 'node:fs';
import { YamlFile } from '../src/config/yamlFile.ts';
import { readKinds, type RuleKind } from '../src/config/ruleKinds.ts';
import type { Entry } from '../src/config/ruleFile.ts';

const FOLDER = new URL('../rules/kinds/', import.meta.url);

/** The kinds below rules/kinds, by name. @throws {ConfigError} when one is not valid. */
export function shippedKinds(): Readonly<Record<string, RuleKind>> {
  const files = readdirSync(FOLDER).filter((name) => /^[^.]+\.yaml$/.test(name));
  return Object.fromEntries(readKinds(files.sort().map(entryOf), refuse));
}

function refuse(error: Error): never {
  throw error;
}

function entryOf(name: string): Entry {
  const yaml = new YamlFile(`rules/kinds/${name}`, readFileSync(new URL(name, FOLDER), 'utf8'));
  return { yaml, path: [], value: yaml.toJS() };
}

/** The rules that the tests of a kind judge, as they are written. */
export function testedRules(kind: string): readonly Readonly<Record<string, unknown>>[] {
  const text = readFileSync(new URL(`${kind}.test.yaml`, FOLDER), 'utf8');
  const { groups } = new YamlFile(`rules/kinds/${kind}.test.yaml`, text).toJS() as { groups: readonly Group[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Group {
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}
