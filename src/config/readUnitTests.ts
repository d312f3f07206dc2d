import { NAME } from '../model/labels.ts';
import type { RuleGroup } from '../model/rule.ts';
import type { TestFile } from '../unittest/testFile.ts';
import { check } from './check.ts';
import { ConfigErrors, type ConfigError } from './error.ts';
import { loadRules, type RulesInput } from './loadRules.ts';
import { keepWritten } from './keepWritten.ts';
import { isJudged, onlySections } from './judgedPart.ts';
import { readUnitTest } from './readUnitTest.ts';
import { unitTestFileSchema } from './unitTestSchema.ts';
import { YamlFile } from './yamlFile.ts';

export interface UnitTestsInput extends Omit<RulesInput, 'files' | 'config' | 'env' | 'readFile'> {
  readonly file: string;
  readonly text: string;
  /** Rule files that `rule_files` names, and every kind: path as shown → text. */
  readonly filesOf: (patterns: readonly string[]) => Readonly<Record<string, string>>;
}

const isInline = (section: string) => section === 'assets' || section === 'groups';

/** Reads a file of unit tests with the rules that it tests. @throws {ConfigErrors} with everything that is wrong in any of them. */
export function readUnitTests(input: UnitTestsInput): TestFile {
  const errors: ConfigError[] = [];
  const complain = (error: ConfigError) => void errors.push(error);
  const yaml = new YamlFile(input.file, input.text);
  if (yaml.errors.length > 0) throw new ConfigErrors(yaml.errors);
  keepWritten(yaml.document);
  const file = check(unitTestFileSchema, { yaml, path: [], value: yaml.toJS() ?? {}, complain });
  if (file === undefined) throw new ConfigErrors(errors);
  const interval = file.evaluation_interval;
  const tests = file.tests.map((test, index) =>
    readUnitTest({ fuzzy_compare: file.fuzzy_compare, ...test }, { yaml, path: ['tests', index], interval, complain }),
  );
  if (errors.length > 0) throw new ConfigErrors(errors);
  const files = Object.entries(input.filesOf(file.rule_files)).map(([path, text]) => [
    path,
    onlySections(path, text, isJudged),
  ]);
  const { rules } = loadRules({
    ...input,
    ...{ env: {}, readFile: () => '', config: { chains: {} } },
    files: {
      ...(Object.fromEntries(files) as Readonly<Record<string, string>>),
      [input.file]: onlySections(input.file, input.text, isInline),
    },
  });
  return {
    evaluationInterval: interval,
    groups: ordered(rules.groups, file.group_eval_order),
    facts: rules.declared
      .filter(({ open }) => open === undefined)
      .map(({ metric, labels }) => ({ ...labels, [NAME]: metric })),
    assets: rules.assets,
    tests,
  };
}

/** Groups that are not named keep their place before those that are, as in promtool. */
function ordered(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  const rank = ({ name }: RuleGroup) => Math.max(0, order.indexOf(name));
  return [...groups].sort((a, b) => rank(a) - rank(b));
}
