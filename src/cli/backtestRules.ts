import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { packsFor } from '../backtest/classPacks.ts';
import type { Incident } from '../backtest/incident.ts';
import { isJudged, onlySections } from '../config/judgedPart.ts';
import { loadRules } from '../config/loadRules.ts';
import { readNamedFiles } from '../config/ruleFiles.ts';
import type { RuleGroup } from '../model/rule.ts';
import { KINDS, PACKS } from './package.ts';

/** No rule file at a place that was named. */
export class NoRules extends Error {
  override readonly name = 'NoRules';
}

export interface RulesFrom {
  readonly cwd: string;
  /** Rule files or folders; the default packs of the incident's classes when there are none. */
  readonly places: readonly string[];
}

/** The groups that an incident is judged by. @throws {NoRules} @throws {ConfigErrors} */
export function groupsFor(incident: Incident, { cwd, places }: RulesFrom): readonly RuleGroup[] {
  const written = places.length === 0 ? packFiles(incident) : placeFiles(places, cwd);
  const files = Object.fromEntries(
    Object.entries(written).map(([path, text]) => [path, onlySections(path, text, isJudgedHere)]),
  );
  const kinds = kindFiles(Object.values(files));
  const { rules } = loadRules({
    files: { ...kinds, ...files },
    ...{ config: { chains: {} }, sources: {}, now: 0, env: {}, readFile: () => '' },
  });
  return rules.groups;
}

/** The incident says what its assets are. */
const isJudgedHere = (section: string) => isJudged(section) && section !== 'assets';

function packFiles(incident: Incident): Readonly<Record<string, string>> {
  const names = packsFor(incident);
  return Object.fromEntries(
    names.map((name) => [`packs/${name}.yaml`, readFileSync(join(PACKS, `${name}.yaml`), 'utf8')]),
  );
}

function placeFiles(places: readonly string[], cwd: string): Readonly<Record<string, string>> {
  const files = readNamedFiles(
    cwd,
    places.map((place) => resolve(cwd, place)),
  );
  if (Object.keys(files).length > 0) return files;
  throw new NoRules(`Found no rule file at "${places.join('", "')}". Expected YAML files or folders with some.`);
}

/** The kinds that these texts may use; reading all of them costs more than judging a short incident. */
function kindFiles(texts: readonly string[]): Readonly<Record<string, string>> {
  const named = texts.flatMap((text) => [...text.matchAll(/\bkind:\s*['"]?(\w+)/g)].map((match) => match[1]!));
  const used = new Set(named);
  const found = used.size === 0 ? [] : [...used].map((name) => join(KINDS, `${name}.yaml`));
  const files = readNamedFiles(KINDS, found);
  if (Object.keys(files).length === used.size) return prefixed(files);
  return prefixed(readNamedFiles(KINDS, [KINDS]));
}

function prefixed(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`kinds/${basename(path)}`, text]));
}
