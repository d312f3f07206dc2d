import { formatDuration } from '../model/duration.ts';
import type { AlertRule, Level, Rule, RuleGroup } from '../model/rule.ts';
import { backtest } from './backtest.ts';
import type { Backtest, BacktestOptions } from './backtest.ts';
import type { Incident } from './incident.ts';
import { linesOf } from './lines.ts';

/** An incident and the groups that it would be judged by. */
export interface Judged {
  readonly incident: Incident;
  readonly groups: readonly RuleGroup[];
}

/** How one variant of a rule did over all incidents. */
export interface Trial {
  /** What thresholds and waiting times are multiplied by; 1 and 1 is the rule as it is written. */
  readonly threshold: number;
  readonly wait: number;
  readonly levels: string;
  /** Incidents in which it rang before the event that counts, and how long before: ms, the median. */
  readonly caught: number;
  readonly lead: number | undefined;
  /** In 30 days of quiet periods. */
  readonly warnings: number;
  readonly criticals: number;
  /** No other variant is better in one of caught, lead and false alarms without being worse in another. */
  isOnFrontier: boolean;
}

const THRESHOLDS = [0.5, 0.7, 0.85, 1, 1.2, 1.5, 2];
const WAITS = [0, 0.5, 1, 2, 4];
const MONTH = 30;

/** Sweeps the thresholds and waiting times of one rule. Writes nothing. */
export function tune(rule: string, judged: readonly Judged[], options: BacktestOptions = {}): readonly Trial[] {
  const subjects = judged
    .map(({ incident, groups }) => ({ incident, groups: onlyRule(groups, rule) }))
    .filter(({ groups }) => groups.length > 0);
  const trials = THRESHOLDS.flatMap((threshold) =>
    WAITS.map((wait) => {
      const results = subjects.map(({ incident, groups }) =>
        backtest(incident, varied(groups, { threshold, wait }), options),
      );
      const levels = describe(varied(subjects[0]?.groups ?? [], { threshold, wait }));
      return { threshold, wait, levels, ...scored(results), isOnFrontier: false };
    }),
  );
  for (const trial of trials) trial.isOnFrontier = !trials.some((other) => dominates(other, trial));
  return trials;
}

/** The rule and what it reads: recording rules of any group. */
function onlyRule(groups: readonly RuleGroup[], name: string): readonly RuleGroup[] {
  const isThere = groups.some(({ rules }) => rules.some((rule) => 'alert' in rule && rule.alert === name));
  if (!isThere) return [];
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => 'record' in rule || rule.alert === name) }))
    .filter(({ rules }) => rules.length > 0);
}

/** What every threshold and every waiting time is multiplied by. */
interface Factors {
  readonly threshold: number;
  readonly wait: number;
}

/** Alerting rules with other sizes; recording rules as they are. */
export function varied(groups: readonly RuleGroup[], factors: Factors): readonly RuleGroup[] {
  return groups.map((group) => ({ ...group, rules: group.rules.map((rule) => variant(rule, factors)) }));
}

function variant(rule: Rule, { threshold, wait }: Factors): Rule {
  if ('record' in rule) return rule;
  return {
    ...rule,
    for: rule.for * wait,
    levels: rule.levels.map((level) => ({
      ...level,
      for: level.for * wait,
      clear: scaled(level.clear, threshold),
      ...(level.above !== undefined && { above: scaled(level.above, threshold) }),
      ...(level.below !== undefined && { below: scaled(level.below, threshold) }),
    })),
  };
}

/** A share of more than a half is measured by what is missing to the whole. */
function scaled(value: number, factor: number): number {
  return value > 0.5 && value < 1 ? 1 - (1 - value) * factor : value * factor;
}

function describe(groups: readonly RuleGroup[]): string {
  const rule = groups.flatMap(({ rules }) => rules).find((one): one is AlertRule => 'alert' in one);
  if (rule === undefined) return '';
  return rule.levels.length === 0 ? `for ${formatDuration(rule.for)}` : rule.levels.map(levelText).join(', ');
}

function levelText({ name, above, below, for: wait }: Level): string {
  const limit = above === undefined ? `below ${print(below!)}` : `above ${print(above)}`;
  return `${name} ${limit} for ${formatDuration(wait)}`;
}

function print(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function scored(results: readonly Backtest[]): Pick<Trial, 'caught' | 'lead' | 'warnings' | 'criticals'> {
  const leads = results.flatMap((result) => leadOf(result) ?? []).sort((a, b) => a - b);
  const days = results.reduce((sum, { quiet }) => sum + quiet.days, 0);
  const falseOf = (level: string) =>
    results
      .flatMap(({ quiet }) => quiet.falseAlarms)
      .reduce((sum, one) => sum + (one.level === level ? one.count : 0), 0);
  const monthly = (count: number) => (days === 0 ? 0 : (count / days) * MONTH);
  return {
    caught: leads.length,
    lead: leads[leads.length >> 1],
    warnings: monthly(falseOf('warning')),
    criticals: monthly(falseOf('critical')),
  };
}

/** The longest lead of a firing that no quiet period holds, ms; `undefined` when it rang too late or not at all. */
function leadOf(result: Backtest): number | undefined {
  const { quiet } = result.incident;
  const leads = linesOf(result)
    .filter(({ fired_at: fired }) => !quiet.some(({ from, to }) => from <= Date.parse(fired) && Date.parse(fired) < to))
    .flatMap(({ lead_seconds: lead }) => (lead !== null && lead > 0 ? [lead * 1000] : []));
  return leads.length === 0 ? undefined : Math.max(...leads);
}

function dominates(a: Trial, b: Trial): boolean {
  const pairs = [
    [a.caught, b.caught],
    [a.lead ?? 0, b.lead ?? 0],
    [-a.warnings, -b.warnings],
    [-a.criticals, -b.criticals],
  ] as const;
  return pairs.every(([x, y]) => x >= y) && pairs.some(([x, y]) => x > y);
}
