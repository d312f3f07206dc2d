import type { InhibitRule } from '../model/config.ts';
import type { Matcher } from '../model/labels.ts';
import type { ConfigError } from './error.ts';
import { parseMatcher, parseMatchers } from './matcher.ts';
import type { InhibitInput } from './routingSchema.ts';
import type { Path, YamlFile } from './yamlFile.ts';

interface Reading {
  readonly yaml: YamlFile;
  readonly complain: (error: ConfigError) => void;
}

type Pairs = Readonly<Record<string, string>>;

/** The three ways in which matchers may be written; those of `prefix` are `source_match` and so on. */
export interface MatchingInput {
  readonly matchers?: readonly string[] | undefined;
  readonly match?: Pairs | undefined;
  readonly match_re?: Pairs | undefined;
}

/** Reads matchers however they are written, and complains of each that is wrong. */
export function readMatching(
  { matchers = [], match = {}, match_re = {} }: MatchingInput,
  path: Path,
  { yaml, complain }: Reading,
  prefix = '',
): readonly Matcher[] {
  const said = matchers.flatMap((text, index) => {
    const parsed = parseMatchers(text);
    if (typeof parsed !== 'string') return parsed;
    complain(yaml.error([...path, `${prefix}matchers`, index], parsed));
    return [];
  });
  const equal = Object.entries(match).map(([name, value]) => ({ name, op: '=' as const, value }));
  const like = Object.entries(match_re).flatMap(([name, value]) => {
    const parsed = parseMatcher(`${name}=~${JSON.stringify(value)}`);
    if (typeof parsed !== 'string') return [{ name, op: '=~' as const, value }];
    complain(yaml.error([...path, `${prefix}match_re`, name], parsed));
    return [];
  });
  return [...said, ...equal, ...like];
}

/** Reads `inhibit_rules`; a side that says nothing would match every alert, and is refused. */
export function readInhibitRules(inputs: readonly InhibitInput[], reading: Reading): readonly InhibitRule[] {
  return inputs.map((input, index) => {
    const path = ['inhibit_rules', index];
    const sides = (['source', 'target'] as const).map((side) => {
      const given = {
        matchers: input[`${side}_matchers`],
        match: input[`${side}_match`],
        match_re: input[`${side}_match_re`],
      };
      const read = readMatching(given, path, reading, `${side}_`);
      if (Object.values(given).every((part) => part === undefined || Object.keys(part).length === 0))
        reading.complain(
          reading.yaml.error(path, `missing key "${side}_matchers": without it every alert is a ${side}`),
        );
      return read;
    });
    return { source: sides[0]!, target: sides[1]!, equal: input.equal ?? [] };
  });
}
