import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { CLASS_PACKS } from '../backtest/classPacks.ts';
import { readNamedFiles } from '../config/ruleFiles.ts';
import { KINDS, PACKS } from './package.ts';

type Files = Readonly<Record<string, string>>;

/** The rule files at these places of the working folder. @throws {Error} naming a place that holds none. */
export function filesAt(places: readonly string[]): Files {
  const cwd = process.cwd();
  const empty = places.find((place) => Object.keys(readNamedFiles(cwd, [place])).length === 0);
  if (empty !== undefined) throw new NoFiles(empty);
  return readNamedFiles(cwd, places);
}

/** The user named a place without rule files. */
export class NoFiles extends Error {
  override readonly name = 'NoFiles';

  constructor(place: string) {
    super(`Found no rule file at "${place}". Expected a .yaml file, or a folder with one.`);
  }
}

/** Of these files those that ship and judge by class. */
export function filesByClass(files: Files): ReadonlySet<string> {
  const shipped = new Set(CLASS_PACKS.map((name) => join(PACKS, `${name}.yaml`)));
  return new Set(Object.keys(files).filter((file) => shipped.has(join(folderOf(file), basename(file)))));
}

/** Names of the alerts that the `*.test.yaml` files beside these rule files speak of. */
export function testedAlerts(files: Files): ReadonlySet<string> {
  const folders = new Set(Object.keys(files).map(folderOf));
  const tests = [...folders].filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.test\.ya?ml$/.test(name))
      .map((name) => join(folder, name)),
  );
  return new Set(tests.flatMap((path) => alertNames(parse(readFileSync(path, 'utf8')) as unknown)));
}

/** What ships is shown as `packs/…` and `kinds/…`, wherever the package is. */
function folderOf(file: string): string {
  const folder = dirname(file);
  if (existsSync(file)) return resolve(folder);
  return basename(folder) === 'packs' ? PACKS : KINDS;
}

function alertNames(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own: unknown = Reflect.get(value, 'alertname');
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(value).flatMap(alertNames)];
}
