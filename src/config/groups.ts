import type { AlertRule, RecordRule, Rule, RuleGroup } from '../model/rule.ts';
import { labelsKey, type Labels } from '../model/labels.ts';
import { METRICS } from '../model/metric.ts';
import { analyse } from './analyse.ts';
import { check } from './check.ts';
import { readLevels } from './levels.ts';
import { didYouMean } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { alertSchema, groupSchema, recordSchema, type AlertInput } from './ruleSchema.ts';
import { salvage } from './salvage.ts';
import { unitOf } from './threshold.ts';
import { Unique } from './unique.ts';

export interface RuleWorld {
  /** Unix ms, judging clock: a rule disabled until later is left out. */
  readonly now: number;
  readonly complain: Complain;
  readonly warn: (sentence: string) => void;
}

interface Reading extends RuleWorld {
  readonly identities: Unique;
  /** Metrics that sources yield or rules record. */
  readonly known: ReadonlySet<string>;
}

/** Checks every group and rule, expressions included. */
export function readGroups(entries: readonly Entry[], world: RuleWorld): readonly RuleGroup[] {
  const names = new Unique('group', world.complain);
  const reading = { ...world, identities: new Unique('alert', world.complain), known: knownMetrics(entries) };
  return entries.flatMap((entry) => {
    const group = check(groupSchema, { ...entry, complain: world.complain }) ?? salvage(groupSchema, entry.value);
    if (group === undefined) return [];
    const { yaml, path } = entry;
    names.add(group.name, yaml, [...path, 'name']);
    if (group.limit !== undefined || group.query_offset !== undefined) {
      world.warn(`${yaml.file}: group "${group.name}": limit and query_offset have no effect here.`);
    }
    const rules = group.rules.flatMap((value, index) => {
      const rule = readRule({ yaml, path: [...path, 'rules', index], value }, group.labels, reading);
      return rule === undefined ? [] : [rule];
    });
    return [{ name: group.name, interval: group.interval, rules }];
  });
}

function knownMetrics(entries: readonly Entry[]): ReadonlySet<string> {
  const recorded = entries.flatMap(({ value }) => {
    const rules: unknown = Reflect.get(Object(value), 'rules');
    return Array.isArray(rules) ? rules.map((rule: unknown): unknown => Reflect.get(Object(rule), 'record')) : [];
  });
  return new Set([
    ...Object.keys(METRICS),
    ...recorded.filter((name) => typeof name === 'string'),
    'ALERTS',
    'ALERTS_FOR_STATE',
  ]);
}

function readRule(entry: Entry, groupLabels: Labels, reading: Reading): Rule | undefined {
  const isRecord = Object.hasOwn(Object(entry.value) as object, 'record');
  return isRecord ? readRecord(entry, groupLabels, reading) : readAlert(entry, groupLabels, reading);
}

function readRecord(entry: Entry, groupLabels: Labels, reading: Reading): RecordRule | undefined {
  const rule = check(recordSchema, { ...entry, complain: reading.complain });
  if (rule === undefined) return undefined;
  readExpression(rule.expr, entry, reading);
  const { yaml, path } = entry;
  return {
    record: rule.record,
    expr: rule.expr,
    labels: { ...groupLabels, ...rule.labels },
    position: yaml.position(path),
  };
}

function readAlert(entry: Entry, groupLabels: Labels, reading: Reading): AlertRule | undefined {
  const { yaml, path } = entry;
  const rule = check(alertSchema, { ...entry, complain: reading.complain });
  if (rule === undefined) return undefined;
  const labels = { ...groupLabels, ...rule.labels };
  reading.identities.add(rule.alert, yaml, [...path, 'alert'], `${rule.alert}\u0000${labelsKey(labels)}`);
  const metrics = readExpression(rule.expr, entry, reading, rule.levels !== undefined);
  if (rule.levels !== undefined) refuseMixture(rule, entry, reading.complain);
  const judged = { yaml, path: [...path, 'levels'], unit: unitOf(rule.expr, metrics), complain: reading.complain };
  const levels = rule.levels === undefined ? [] : readLevels(rule.levels, judged);
  if (rule.disabled !== undefined && reading.now < Date.parse(rule.disabled.until)) return undefined;
  return {
    alert: rule.alert,
    expr: rule.expr,
    levels,
    for: rule.for ?? 0,
    keepFiringFor: rule.keep_firing_for,
    missing: rule.missing,
    labels,
    annotations: rule.annotations,
    templates: Object.values(rule.annotations).some(isGoTemplate) ? 'go' : 'liquid',
    position: yaml.position(path),
  };
}

/** With levels, `for` and the severity belong to each level. */
function refuseMixture(rule: AlertInput, { yaml, path }: Entry, complain: Complain): void {
  if (rule.for !== undefined)
    complain(yaml.errorAtKey([...path, 'for'], 'a rule with levels has no "for" of its own; write it into each level'));
  if (rule.labels['severity'] !== undefined) {
    complain(yaml.errorAtKey([...path, 'labels', 'severity'], 'the level is the severity; remove this label'));
  }
}

/** Go templates speak of variables and of exported fields; Liquid has neither. */
function isGoTemplate(text: string): boolean {
  return /\{\{[^}]*(?:\$[A-Za-z_]|\s\.[A-Z])/.test(text);
}

/** Returns the metrics an expression asks for. `strict`: an unknown one is an error, else a warning. */
function readExpression(expr: string, { yaml, path }: Entry, reading: Reading, strict = false): readonly string[] {
  const at = [...path, 'expr'];
  const { error, metrics } = analyse(expr);
  if (error !== undefined) reading.complain(yaml.errorInside(at, [error.from, error.to], error.message));
  for (const { name, from } of metrics) {
    if (reading.known.has(name)) continue;
    const message = `unknown metric "${name}"${didYouMean(name, reading.known) || '; no source yields it and no rule records it'}`;
    const problem = yaml.errorInside(at, [from, from + name.length], message);
    if (strict) reading.complain(problem);
    else reading.warn(problem.text);
  }
  return metrics.map(({ name }) => name);
}
