import type { ConfigError } from './error.ts';
import { check } from './check.ts';
import { keepWritten } from './keepWritten.ts';
import { resolveReferences, type Lookup } from './references.ts';
import { sectionsSchema } from './ruleSchema.ts';
import { YamlFile, type Path } from './yamlFile.ts';

export type Complain = (error: ConfigError) => void;

/** One entry of a section, not yet checked. */
export interface Entry {
  readonly yaml: YamlFile;
  readonly path: Path;
  readonly value: unknown;
}

/** Whether an entry ships in a pack, which must stand beside other packs and on chains that nobody set up. */
export function isOfPack({ yaml }: Entry): boolean {
  return /(^|\/)packs\//.test(yaml.file);
}

/** The entries of all files, section by section. */
export interface Sections {
  readonly assets: readonly Entry[];
  readonly sources: readonly Entry[];
  readonly exposures: readonly Entry[];
  readonly groups: readonly Entry[];
  /** Whole files: one that says `kind` at its top defines a kind of rule. */
  readonly kinds: readonly Entry[];
}

/** Splits rule files into entries; references are resolved in `sources` only, since `${` may stand in an annotation. */
export function readSections(files: Readonly<Record<string, string>>, lookup: Lookup, complain: Complain): Sections {
  const all = Object.keys(files)
    .sort()
    .map((file) => sectionsIn(file, files[file]!, { lookup, complain }));
  const join = (section: keyof Sections) => all.flatMap((sections) => sections[section]);
  return {
    assets: join('assets'),
    sources: join('sources'),
    exposures: join('exposures'),
    groups: join('groups'),
    kinds: join('kinds'),
  };
}

/** Files as they were read last: one that is edited leaves the others alone. */
const read = new Map<string, { readonly text: string; readonly sections: Sections }>();

/** The entries of one file, read again only when its text is another one. What has mistakes or refers to something outside is always read. */
function sectionsIn(file: string, text: string, { lookup, complain }: Reading): Sections {
  const known = read.get(file);
  if (known?.text === text) return known.sections;
  let isSound = !text.includes('${');
  const sections = sectionsOf(new YamlFile(file, text), lookup, (error) => {
    isSound = false;
    complain(error);
  });
  if (isSound) read.set(file, { text, sections });
  else read.delete(file);
  return sections;
}

interface Reading {
  readonly lookup: Lookup;
  readonly complain: Complain;
}

function sectionsOf(yaml: YamlFile, lookup: Lookup, complain: Complain): Sections {
  for (const error of yaml.errors) complain(error);
  const value = yaml.errors.length > 0 ? {} : readValue(yaml, lookup, complain);
  const isKind = Object.hasOwn(Object(value) as object, 'kind');
  if (isKind) return { assets: [], sources: [], exposures: [], groups: [], kinds: [{ yaml, path: [], value }] };
  check(sectionsSchema, { yaml, path: [], value, complain });
  const entries = (section: keyof Sections): readonly Entry[] => {
    const content: unknown = Reflect.get(Object(value), section);
    if (typeof content !== 'object' || content === null) return [];
    const isList = Array.isArray(content);
    return Object.entries(content)
      .filter(([, entry]) => !isList || entry !== null)
      .map(([key, entry]) => ({ yaml, path: [section, key], value: entry as unknown }));
  };
  return {
    assets: entries('assets'),
    sources: entries('sources'),
    exposures: entries('exposures'),
    groups: entries('groups'),
    kinds: [],
  };
}

function readValue(yaml: YamlFile, lookup: Lookup, complain: Complain): unknown {
  for (const error of resolveReferences(yaml, lookup, ['sources'])) complain(error);
  keepWritten(yaml.document);
  return yaml.toJS() ?? {};
}
