import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';

export interface RulePlaces {
  /** Relative places start here, and paths are shown from here. */
  readonly cwd: string;
  /** Folders, files or globs of the user. */
  readonly rules: readonly string[];
  /** Enabled packs, without `self`, which is always loaded. */
  readonly packs: readonly string[];
  /** Where the packs ship; never part of the user's own rules. */
  readonly packFolder: string;
  /** Where the kinds ship; all of them are read. */
  readonly kindFolder: string;
}

export interface RuleFiles {
  /** Path as shown → text. */
  readonly files: Readonly<Record<string, string>>;
  /** How many are the user's own and say something. */
  readonly own: number;
}

const SELF = 'self';

/** Reads the user's rule files, the enabled packs and the shipped kinds. A place that is not there holds no files. */
export function readRuleFiles({ cwd, rules, packs, packFolder, kindFolder }: RulePlaces): RuleFiles {
  const own = rules
    .flatMap((place) => find(resolve(cwd, place)))
    .filter((path) => ![packFolder, kindFolder].some((folder) => path.startsWith(resolve(folder) + sep)))
    .map((path) => [shownPath(cwd, path), readFileSync(path, 'utf8')] as const);
  const shipped = [SELF, ...packs].map(
    (name) => [`packs/${name}.yaml`, readFileSync(join(packFolder, `${name}.yaml`), 'utf8')] as const,
  );
  const kinds = filesBelow(kindFolder).map((path) => [`kinds/${basename(path)}`, readFileSync(path, 'utf8')] as const);
  return {
    files: Object.fromEntries([...shipped, ...kinds, ...own]),
    own: own.filter(([, text]) => isMeaningful(text)).length,
  };
}

/** Every rule file at these places, packs and kinds included: path as shown → text. */
export function readNamedFiles(cwd: string, places: readonly string[]): Readonly<Record<string, string>> {
  const paths = places.flatMap((place) => find(resolve(cwd, place)));
  return Object.fromEntries(paths.map((path) => [shownPath(cwd, path), readFileSync(path, 'utf8')] as const));
}

/** Names of the packs that can be enabled. */
export function packNames(packFolder: string): readonly string[] {
  const names = readdirSync(packFolder).filter(isRuleFile);
  return names.map((file) => file.replace(/\.ya?ml$/, '')).filter((name) => name !== SELF);
}

const isMeaningful = (text: string) => /^[^#\s]/m.test(text);

function shownPath(cwd: string, path: string): string {
  const shown = relative(cwd, path);
  return shown.startsWith('..') ? path : shown.split(sep).join('/');
}

const isRuleFile = (path: string) =>
  /\.ya?ml$/.test(path) && !/\.test\.ya?ml$/.test(path) && !basename(path).startsWith('.');

function find(place: string): readonly string[] {
  const segments = place.split(sep);
  const star = segments.findIndex((segment) => segment.includes('*'));
  if (star === -1) return filesBelow(place);
  const pattern = globPattern(place);
  return filesBelow(segments.slice(0, star).join(sep) || sep).filter((path) => pattern.test(path));
}

function filesBelow(place: string): readonly string[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return isRuleFile(place) ? [place] : [];
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' });
  return names
    .map((name) => join(place, name))
    .filter((path) => isRuleFile(path) && statSync(path).isFile())
    .sort();
}

/** `**` crosses folders, `*` does not. */
function globPattern(glob: string): RegExp {
  const source = glob
    .split(/(\*\*[/\\]|\*\*|\*)/)
    .map((part) => {
      if (part === '*') return '[^/\\\\]*';
      return part.startsWith('**') ? '(?:.*[/\\\\])?' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`);
}
