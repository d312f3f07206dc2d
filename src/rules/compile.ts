import type { AlertSpec } from '../model/alert.ts';
import { LEVELS } from '../model/rule.ts';
import type { AlertRule, RecordRule, RuleGroup } from '../model/rule.ts';
import { plan } from '../promql/index.ts';
import type { Plan } from '../promql/index.ts';

/** A rule whose expression is planned, so that evaluating it parses nothing. */
export interface CompiledAlert {
  readonly rule: AlertRule;
  readonly plan: Plan;
  /** The left side of a root comparison: the judged value of a plain rule. */
  readonly judged: Plan | undefined;
  readonly spec: AlertSpec;
}

export interface CompiledRecord {
  readonly rule: RecordRule;
  readonly plan: Plan;
}

export interface CompiledGroup {
  readonly name: string;
  readonly interval: number;
  readonly rules: readonly (CompiledAlert | CompiledRecord)[];
}

/** Plans every rule of a group. @throws {PromqlError} for an expression that is not valid. */
export function compileGroup(group: RuleGroup): CompiledGroup {
  return {
    name: group.name,
    interval: group.interval,
    rules: group.rules.map((rule) => ('record' in rule ? { rule, plan: plan(rule.expr) } : compileAlert(rule))),
  };
}

export function isAlert(compiled: CompiledAlert | CompiledRecord): compiled is CompiledAlert {
  return 'alert' in compiled.rule;
}

function compileAlert(rule: AlertRule): CompiledAlert {
  const planned = plan(rule.expr);
  const levels = [...rule.levels].sort((a, b) => LEVELS.indexOf(a.name) - LEVELS.indexOf(b.name));
  const falling =
    levels.length > 0 ? levels.some((level) => level.below !== undefined) : planned.root?.op.startsWith('<');
  return {
    rule: { ...rule, levels },
    plan: planned,
    judged: levels.length === 0 ? planned.root?.left : undefined,
    spec: {
      rule: rule.alert,
      steps:
        levels.length > 0 ? levels.map(({ name, for: wait }) => ({ name, for: wait })) : [{ name: '', for: rule.for }],
      keepFiringFor: rule.keepFiringFor,
      worse: falling ? 'down' : 'up',
    },
  };
}
