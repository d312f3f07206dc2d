import type { AlertSpec } from '../model/alert.ts';
import { without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { LEVELS } from '../model/rule.ts';
import type { AlertRule, RecordRule, RuleGroup } from '../model/rule.ts';
import { plan, remember, Sharing } from '../promql/index.ts';
import type { Plan } from '../promql/index.ts';
import type { EvaluateOptions } from '../promql/value.ts';
import { labeller, type Labeller } from './labeller.ts';
import { recordedLabels } from './recordedLabels.ts';

/**
 * How samples are read. `missing: prometheus` takes absence for an end: what is not in the result is ok, nothing is unknown, and a
 * recording rule writes at the instant of its evaluation.
 */
export type Reading = Pick<EvaluateOptions, 'missing' | 'rangeEnds'>;

/** A rule whose expression is planned, so that evaluating it parses nothing. */
export interface CompiledAlert {
  readonly rule: AlertRule;
  readonly plan: Plan;
  /** The left side of a root comparison: the judged value of a plain rule. */
  readonly judged: Plan | undefined;
  readonly spec: AlertSpec;
  readonly labels: Labeller;
  /** Of an alert's labels those that its inputs may share: all but the rule's own. */
  readonly inputLabels: (labels: Labels) => Labels;
  readonly reading: Reading;
}

export interface CompiledRecord {
  readonly rule: RecordRule;
  readonly plan: Plan;
  /** The labels of what is recorded, from those of the result. */
  readonly labelsOf: (labels: Labels) => Labels;
  readonly reading: Reading;
}

export interface CompiledGroup {
  readonly name: string;
  readonly interval: number;
  readonly rules: readonly (CompiledAlert | CompiledRecord)[];
}

/** Plans every rule of a group. @throws {PromqlError} for an expression that is not valid. */
export function compileGroup(group: RuleGroup, reading: Reading = {}): CompiledGroup {
  const sharing = new Sharing();
  return {
    name: group.name,
    interval: group.interval,
    rules: group.rules.map((rule) => {
      const planned = plan(rule.expr, sharing);
      if (!('record' in rule)) return compileAlert(rule, planned, reading);
      return { rule, plan: planned, labelsOf: recordedLabels(rule), reading };
    }),
  };
}

export function isAlert(compiled: CompiledAlert | CompiledRecord): compiled is CompiledAlert {
  return 'alert' in compiled.rule;
}

function compileAlert(rule: AlertRule, planned: Plan, reading: Reading): CompiledAlert {
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
        levels.length > 0
          ? levels.map(({ name, for: wait, above, below }) => ({ name, for: wait, threshold: (above ?? below)! }))
          : [{ name: '', for: rule.for }],
      keepFiringFor: rule.keepFiringFor,
      worse: falling ? 'down' : 'up',
      step: rule.step?.size,
    },
    labels: labeller(rule.labels),
    inputLabels: unlabeller(rule.labels),
    reading,
  };
}

function unlabeller(own: Labels): (labels: Labels) => Labels {
  const names = Object.keys(own);
  return names.length === 0 ? (labels) => labels : remember((labels) => without(labels, names));
}
