import type { Config, RuleSet } from '../model/config.ts';
import { compileGroup, isAlert, type CompiledAlert, type CompiledRecord } from '../rules/compile.ts';
import { Inputs } from './inputs.ts';

export interface CheckInput {
  readonly rules: RuleSet;
  /** Unix ms: a disabling comment that ended before is an error. */
  readonly now: number;
  /** Absent: nothing is said about routes. */
  readonly telling?: Pick<Config, 'route' | 'receivers'>;
  /** Names of alerts that some test speaks of; absent: nothing is said about tests. */
  readonly tested?: ReadonlySet<string>;
  /** Files that judge whatever there is of a class, at any pace: incidents test them, and nobody who enables them can edit them. */
  readonly byClass?: ReadonlySet<string>;
}

/** A rule set with its expressions planned, and what is known of the series they read. */
export interface World extends CheckInput {
  readonly alerts: readonly CompiledAlert[];
  readonly records: readonly CompiledRecord[];
  readonly inputs: Inputs;
}

/** Plans every rule of a set that the configuration has accepted. */
export function makeWorld(input: CheckInput): World {
  const compiled = input.rules.groups.flatMap((group) => compileGroup(group).rules);
  const alerts = compiled.filter((rule): rule is CompiledAlert => isAlert(rule));
  const records = compiled.filter((rule): rule is CompiledRecord => !isAlert(rule));
  return { ...input, alerts, records, inputs: new Inputs(input.rules, alerts, records) };
}
