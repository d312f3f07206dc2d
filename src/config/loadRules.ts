import type { DisabledRule } from '../model/digest.ts';
import type { Config, RuleSet } from '../model/config.ts';
import { declaredSeries } from '../sources/declare.ts';
import { declareAssets, readAssets } from './assets.ts';
import { CHAIN_NAMES } from './chains.ts';
import { check } from './check.ts';
import { ConfigErrors, type ConfigError } from './error.ts';
import { readGroups, type RuleWorld } from './groups.ts';
import type { SourceKinds } from './kinds.ts';
import { unknownWord } from './nearest.ts';
import type { Lookup } from './references.ts';
import { readSections, type Entry } from './ruleFile.ts';
import { readKinds } from './ruleKinds.ts';
import { exposureSchema } from './ruleSchema.ts';
import { readSources } from './sources.ts';
import { parseThreshold } from './threshold.ts';

export interface RulesInput extends Lookup, Pick<RuleWorld, 'now'> {
  /** Path as shown → text; packs and kinds included. Relative paths in options start from the file's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly config: Pick<Config, 'chains'>;
  readonly sources: SourceKinds;
}

export interface LoadedRules {
  readonly rules: RuleSet;
  /** Places to look at that stop nothing. */
  readonly warnings: readonly string[];
}

/** Reads all rule files as one set. @throws {ConfigErrors} with everything that is wrong in any of them. */
export function loadRules(input: RulesInput): LoadedRules {
  const errors: ConfigError[] = [];
  const warnings: string[] = [];
  const complain = (error: ConfigError) => void errors.push(error);
  const { chains } = input.config;
  const sections = readSections(input.files, input, complain);
  const chainKinds = new Map<string, 'evm' | 'solana'>(
    CHAIN_NAMES.map((name) => [name, name === 'solana' ? 'solana' : 'evm']),
  );
  for (const { name, kind } of Object.values(chains)) chainKinds.set(name, kind);
  const assets = readAssets(sections.assets, chainKinds, complain);
  const chainNames = [...chainKinds.keys()];
  const read = readSources(sections.sources, { kinds: input.sources, assets, chains, chainNames, complain });
  warnings.push(...read.warnings);
  for (const entry of sections.exposures) checkExposure(entry, Object.keys(assets), complain);
  const warn = (sentence: string) => void warnings.push(sentence);
  const kinds = readKinds(sections.kinds, complain);
  const disabled: DisabledRule[] = [];
  const onDisabled = (rule: DisabledRule) => void disabled.push(rule);
  const groups = readGroups(sections.groups, { now: input.now, complain, warn, onDisabled, kinds, assets });
  if (errors.length > 0) throw new ConfigErrors(errors);
  const declared = [...[...read.sources, ...read.unread].flatMap(declaredSeries), ...declareAssets(assets)];
  const enabledAt = Math.min(...disabled.map(({ until }) => until));
  const away = disabled.length > 0 ? { enabledAt, disabled } : {};
  const rules = { assets, sources: read.sources, declared, groups, files: input.files };
  return { rules: { ...rules, ...away }, warnings };
}

function checkExposure(
  { yaml, path, value }: Entry,
  assets: readonly string[],
  complain: (error: ConfigError) => void,
): void {
  const exposure = check(exposureSchema, { yaml, path, value, complain });
  if (exposure === undefined) return;
  if (!assets.includes(exposure.asset))
    complain(yaml.error([...path, 'asset'], unknownWord('asset', exposure.asset, assets)));
  if (parseThreshold(exposure.amount)?.unit === 'usd') return;
  complain(yaml.error([...path, 'amount'], `found "${exposure.amount}"; expected an amount such as $68M`));
}
