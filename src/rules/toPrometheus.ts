import { printThreshold } from '../dispatch/render-threshold.ts';
import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { formatDuration } from '../model/duration.ts';
import type { AlertRule, Level, RecordRule, RuleGroup } from '../model/rule.ts';
import { plan } from '../promql/index.ts';
import { toGoTemplate } from './toGoTemplate.ts';

/** A rule as Prometheus writes it. */
export type PlainRule = Readonly<Record<string, string | Labels>>;

export interface PlainGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly PlainRule[];
}

export interface Exported {
  readonly groups: readonly PlainGroup[];
  /** What cannot be said there, one sentence each with the place. */
  readonly lost: readonly string[];
}

/** Says the same in Prometheus' words: each level is an alerting rule of its own with the label `severity`. */
export function toPrometheus(groups: readonly RuleGroup[]): Exported {
  const lost: string[] = [];
  const lose = (sentence: string) => void lost.push(sentence);
  return {
    groups: groups.map(({ name, interval, rules }) => ({
      name,
      interval: formatDuration(interval),
      rules: rules.flatMap((rule) => ('record' in rule ? [plainRecord(rule)] : plainAlerts(rule, lose))),
    })),
    lost: [...new Set(lost)],
  };
}

type Lose = (sentence: string) => void;

function plainRecord({ record, expr, labels }: RecordRule): PlainRule {
  return { record, expr, ...(isEmpty(labels) ? {} : { labels }) };
}

function plainAlerts(rule: AlertRule, lose: Lose): readonly PlainRule[] {
  const where = `${rule.position.file}:${rule.position.line}: ${rule.alert}`;
  const sayLost = (sentence: string) => lose(`${where}: ${sentence}`);
  if (
    plan(rule.expr).leaves.some(({ matchers }) =>
      matchers.some(({ name, value }) => name === NAME && value === 'asset_info'),
    )
  )
    sayLost('asset_info is made by Tocsin; there it must come from elsewhere');
  if (rule.missing === 'drop') sayLost('missing: drop has no counterpart; absence is always an end there');
  if (rule.levels.length === 0) return [plainAlert(rule, undefined, sayLost)];
  sayLost('a firing alert is held while its data is missing; there it resolves');
  if (rule.step) sayLost('step has no counterpart; there nobody is told again that it got worse');
  if (rule.levels.length > 1) sayLost('an alert has one level; there each level it has reached fires by itself');
  return rule.levels.map((level) => {
    if (level.clear !== (level.above ?? level.below))
      sayLost(`clear of level "${level.name}"; there it ends at its threshold`);
    return plainAlert(rule, level, sayLost);
  });
}

function plainAlert(rule: AlertRule, level: Level | undefined, lose: Lose): PlainRule {
  const labels = { ...rule.labels, ...(level && { severity: level.name }) };
  const wait = level?.for ?? rule.for;
  const threshold = printThreshold(rule, level?.name ?? null) ?? '';
  const annotations = Object.entries(rule.annotations).map(([name, text]) => [
    name,
    rule.templates === 'go'
      ? text
      : toGoTemplate(text, { labels, threshold, lose: (what) => lose(`annotation "${name}": ${what}`) }),
  ]);
  return {
    alert: rule.alert,
    expr: level === undefined ? rule.expr : compared(rule.expr, level),
    ...(wait > 0 && { for: formatDuration(wait) }),
    ...(rule.keepFiringFor > 0 && { keep_firing_for: formatDuration(rule.keepFiringFor) }),
    ...(isEmpty(labels) ? {} : { labels }),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) as Labels }),
  };
}

function compared(expr: string, { above, below }: Level): string {
  const { kind } = plan(expr).expr;
  const isAtom = kind === 'selector' || kind === 'call' || kind === 'aggregate';
  // A comment may end the expression.
  const value = isAtom && !expr.includes('#') ? expr.trimEnd() : `(${expr.trim()}\n)`;
  return above === undefined ? `${value} < ${below}` : `${value} > ${above}`;
}

function isEmpty(labels: Labels): boolean {
  return Object.keys(labels).length === 0;
}
