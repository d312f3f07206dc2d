import type { AlertSpec } from '../model/alert.ts';
import { without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { LEVELS } from '../model/rule.ts';
import type { AlertRule, RecordRule, Rule, RuleGroup } from '../model/rule.ts';
import { plan, remember, Sharing } from '../promql/index.ts';
import type { Plan } from '../promql/index.ts';
import type { EvaluateOptions } from '../promql/value.ts';
import { evaluatorsOf, type Calm, type Evaluator, type Subject } from './evaluator.ts';
import { labeller, type Labeller } from './labeller.ts';
import { recordedLabels } from './recordedLabels.ts';
import { calmValues } from './verdict.ts';

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
  readonly calm: Calm;
  readonly spec: AlertSpec;
  readonly labels: Labeller;
  /** Of an alert's labels those that its inputs may share: all but the rule's own. */
  readonly inputLabels: (labels: Labels) => Labels;
  readonly reading: Reading;
  readonly evaluator: Evaluator;
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
  const subjects = group.rules.map((rule) => planned(rule, sharing));
  const evaluators = evaluatorsOf(subjects.map((subject) => ('record' in subject.rule ? undefined : subject)));
  return {
    name: group.name,
    interval: group.interval,
    rules: subjects.map(({ rule, ...subject }, index) => {
      if ('record' in rule) return { rule, plan: subject.plan, labelsOf: recordedLabels(rule), reading };
      return { ...compileAlert(rule, subject), reading, evaluator: evaluators[index]! };
    }),
  };
}

/** The judged value of a plain rule is the left side of a comparison at the root. */
function planned(rule: Rule, sharing: Sharing): Subject & { readonly rule: Rule } {
  const whole = plan(rule.expr, sharing);
  const levels = 'alert' in rule ? rule.levels : [];
  const judged = 'alert' in rule && levels.length === 0 ? whole.root?.left : undefined;
  const isInResult = judged === undefined && levels.length > 0;
  return { rule, plan: whole, judged, calm: { isInResult, ...calmValues(levels) } };
}

export function isAlert(compiled: CompiledAlert | CompiledRecord): compiled is CompiledAlert {
  return 'alert' in compiled.rule;
}

function compileAlert(
  rule: AlertRule,
  { plan: whole, judged, calm }: Subject,
): Omit<CompiledAlert, 'reading' | 'evaluator'> {
  const levels = [...rule.levels].sort((a, b) => LEVELS.indexOf(a.name) - LEVELS.indexOf(b.name));
  const falling =
    levels.length > 0 ? levels.some((level) => level.below !== undefined) : whole.root?.op.startsWith('<');
  return {
    rule: { ...rule, levels },
    plan: whole,
    judged,
    calm,
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
  };
}

function unlabeller(own: Labels): (labels: Labels) => Labels {
  const names = Object.keys(own);
  return names.length === 0 ? (labels) => labels : remember((labels) => without(labels, names));
}
