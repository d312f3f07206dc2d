import type { ConfigError } from '../config/error.ts';
import { YamlFile, type Path } from '../config/yamlFile.ts';
import type { RuleSet } from '../model/config.ts';
import type { Position } from '../model/rule.ts';
import type { Problem, Subject } from './finding.ts';

interface Place {
  readonly yaml: YamlFile;
  readonly path: Path;
}

/** Where the rules, sources and assets of a rule set are written. */
export interface Places {
  /** The problem with its line, column and caret. */
  readonly locate: (problem: Problem) => ConfigError;
  /** First line of the subject. */
  readonly start: (subject: Subject) => Position;
  /** First lines of every rule, source and asset. */
  readonly starts: readonly Position[];
  /** Points at a whole line of a file. */
  readonly line: (file: string, line: number, message: string) => ConfigError;
}

export function findPlaces({ files, sources }: Pick<RuleSet, 'files' | 'sources'>): Places {
  const yamls = Object.keys(files)
    .sort()
    .map((file) => new YamlFile(file, files[file]!));
  const rules = new Map(yamls.flatMap(rulePlaces).map((place) => [keyOf(positionOf(place)), place]));
  const assets = new Map(yamls.flatMap((yaml) => entries(yaml, 'assets')).map((place) => [place.path[1], place]));
  const written = yamls.flatMap((yaml) => entries(yaml, 'sources'));
  // The configuration makes one source of each entry, in this order.
  const sourcePlaces = new Map(sources.map((source, index) => [source, written[index]]));

  function placeOf(subject: Subject): Place {
    const found =
      'rule' in subject
        ? rules.get(keyOf(subject.rule.position))
        : 'asset' in subject
          ? assets.get(subject.asset)
          : sourcePlaces.get(subject.source);
    return found ?? { yaml: yamls[0] ?? new YamlFile('', ''), path: [] };
  }

  return {
    locate: ({ at, path = [], span, message }) => {
      const place = placeOf(at);
      const full = [...place.path, ...path];
      return span === undefined ? place.yaml.error(full, message) : place.yaml.errorInside(full, span, message);
    },
    start: (subject) => positionOf(placeOf(subject)),
    starts: [...rules.values(), ...assets.values(), ...written].map(positionOf),
    line: (file, line, message) => yamls.find((yaml) => yaml.file === file)!.errorAtLine(line, message),
  };
}

const keyOf = ({ file, line, column }: Position) => `${file}:${line}:${column}`;

/** Of an asset its key, of the others their first character. */
function positionOf({ yaml, path }: Place): Position {
  return path[0] === 'assets' ? yaml.errorAtKey(path, '') : yaml.position(path);
}

function rulePlaces(yaml: YamlFile): readonly Place[] {
  return entries(yaml, 'groups').flatMap(({ path }) => below(yaml, [...path, 'rules']));
}

function entries(yaml: YamlFile, section: string): readonly Place[] {
  return yaml.errors.length > 0 ? [] : below(yaml, [section]);
}

function below(yaml: YamlFile, path: Path): readonly Place[] {
  const value = path.reduce<unknown>((inner, key) => Reflect.get(Object(inner) as object, key), yaml.toJS());
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).map((key) => ({ yaml, path: [...path, Array.isArray(value) ? Number(key) : key] }));
}
