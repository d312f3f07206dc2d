import { goTemplateError } from '../dispatch/go-template-error.ts';
import { liquidError } from '../dispatch/template-liquid.ts';
import type { DisabledRule } from '../model/digest.ts';
import type { AlertRule, Asset, KindUse, RecordRule, Rule, RuleGroup } from '../model/rule.ts';
import type { Labels } from '../model/labels.ts';
import { METRICS } from '../model/metric.ts';
import { analyse } from './analyse.ts';
import { check } from './check.ts';
import type { ConfigError } from './error.ts';
import { readLevels, readStep } from './levels.ts';
import { didYouMean } from './nearest.ts';
import type { Complain, Entry } from './ruleFile.ts';
import { expandKind, type Expansion } from './ruleKindExpand.ts';
import type { RuleKinds } from './ruleKinds.ts';
import type { Known } from './ruleKindValue.ts';
import { alertSchema, groupSchema, kindRuleSchema, recordSchema, type AlertInput } from './ruleSchema.ts';
import { salvage } from './salvage.ts';
import { unitOf, type Unit } from './threshold.ts';
import { Unique } from './unique.ts';
import { identityOf, mergeDuplicates } from '../rules/mergeDuplicates.ts';
import type { Path, YamlFile } from './yamlFile.ts';

export interface RuleWorld {
  /** Unix ms, judging clock: a rule disabled until later is left out. */
  readonly now: number;
  readonly complain: Complain;
  readonly warn: (sentence: string) => void;
  /** Hears of each rule that is disabled now. */
  readonly onDisabled: (rule: DisabledRule) => void;
  readonly kinds: RuleKinds;
  readonly assets: Readonly<Record<string, Asset>>;
}

interface Reading extends Omit<RuleWorld, 'assets'> {
  readonly identities: Unique;
  /** Its metrics are those that sources yield or rules record. */
  readonly known: Known;
}

/** Checks every group and rule, expressions included. */
export function readGroups(entries: readonly Entry[], world: RuleWorld): readonly RuleGroup[] {
  const names = new Unique('group', world.complain);
  const taken = new Set<string>();
  const reading = {
    ...world,
    identities: new Unique('alert', world.complain),
    known: knownNames(entries, world.assets),
  };
  const groups = entries.flatMap((entry) => {
    const group = check(groupSchema, { ...entry, complain: world.complain }) ?? salvage(groupSchema, entry.value);
    if (group === undefined) return [];
    const { yaml, path } = entry;
    names.add(group.name, yaml, [...path, 'name'], { key: `${yaml.file}\u0000${group.name}` });
    const name = taken.has(group.name) ? `${group.name} (${yaml.file})` : group.name;
    taken.add(name);
    if (group.limit !== undefined || group.query_offset !== undefined) {
      world.warn(`${yaml.file}: group "${group.name}": limit and query_offset have no effect here.`);
    }
    const rules = group.rules.flatMap((value, index) => {
      if (value === null) return [];
      const rule = readRule({ yaml, path: [...path, 'rules', index], value }, group.labels, reading);
      return rule === undefined ? [] : [rule];
    });
    return [{ name, interval: group.interval, rules }];
  });
  return mergeDuplicates(groups);
}

function knownNames(entries: readonly Entry[], assets: RuleWorld['assets']): Known {
  const recorded = entries.flatMap(({ value }) => {
    const rules: unknown = Reflect.get(Object(value), 'rules');
    return Array.isArray(rules) ? rules.map((rule: unknown): unknown => Reflect.get(Object(rule), 'record')) : [];
  });
  const issuers = Object.values(assets).flatMap(({ issuer }) => issuer ?? []);
  const metrics = [...Object.keys(METRICS), ...recorded.filter((name) => typeof name === 'string'), ...OWN_METRICS];
  return { metrics: new Set(metrics), assets: new Set(Object.keys(assets)), issuers: new Set(issuers) };
}

const OWN_METRICS = ['ALERTS', 'ALERTS_FOR_STATE'];

function readRule(entry: Entry, groupLabels: Labels, reading: Reading): Rule | undefined {
  const written = Object(entry.value) as { record?: unknown; alert?: unknown };
  const isRecord = Object.hasOwn(written, 'record') && (isSaid(written.record) || !isSaid(written.alert));
  return isRecord ? readRecord(entry, groupLabels, reading) : readAlert(entry, groupLabels, reading);
}

const isSaid = (name: unknown) => name !== undefined && name !== null && name !== '';

function readRecord(entry: Entry, groupLabels: Labels, reading: Reading): RecordRule | undefined {
  const rule = check(recordSchema, { ...entry, complain: reading.complain });
  if (rule === undefined) return undefined;
  readExpression(rule.expr, errorInExpr(entry), reading);
  const { yaml, path } = entry;
  return {
    record: rule.record,
    expr: rule.expr,
    ...(rule.missing === 'drop' && { missing: rule.missing }),
    labels: { ...groupLabels, ...rule.labels },
    position: yaml.position(path),
  };
}

/** An alerting rule as it is written, or as its kind completes it. */
interface Written {
  readonly rule: AlertInput;
  readonly errorAt: ErrorAt;
  /** Where its levels stand. */
  readonly levelsAt: { readonly yaml: YamlFile; readonly path: Path };
  readonly unit?: Unit;
  readonly kind?: KindUse;
}

function readAlert(entry: Entry, groupLabels: Labels, reading: Reading): AlertRule | undefined {
  const { yaml, path } = entry;
  const written = Object.hasOwn(Object(entry.value) as object, 'kind')
    ? readKindRule(entry, reading)
    : readPlainRule(entry, reading);
  if (written === undefined) return undefined;
  const { rule, kind } = written;
  const labels = { ...groupLabels, ...rule.labels };
  reading.identities.add(rule.alert, yaml, [...path, 'alert'], {
    key: identityOf({ alert: rule.alert, labels }),
    mayRepeat: rule.levels === undefined && kind === undefined,
  });
  checkTemplates(entry, rule, reading.complain);
  const metrics = readExpression(rule.expr, written.errorAt, reading, rule.levels !== undefined);
  if (rule.levels !== undefined) refuseMixture(rule, entry, reading.complain);
  const unit = written.unit ?? unitOf(rule.expr, metrics);
  const judged = { ...written.levelsAt, unit, complain: reading.complain };
  const levels = rule.levels === undefined ? [] : readLevels(rule.levels, judged);
  const step = readStep(rule.step, [...path, 'step'], { ...judged, yaml, levels });
  const until = rule.disabled === undefined ? -Infinity : Date.parse(rule.disabled.until);
  if (reading.now < until) {
    const { reason, by } = rule.disabled!;
    reading.onDisabled({ rule: rule.alert, until, reason, by });
    return undefined;
  }
  return {
    alert: rule.alert,
    expr: rule.expr,
    levels,
    for: rule.for ?? 0,
    keepFiringFor: rule.keep_firing_for,
    ...(step && { step }),
    missing: rule.missing,
    labels,
    annotations: rule.annotations,
    templates: templatesOf(rule),
    position: yaml.position(path),
    ...(kind && { kind }),
  };
}

function readPlainRule(entry: Entry, { complain }: Reading): Written | undefined {
  const rule = check(alertSchema, { ...entry, complain });
  const levelsAt = { yaml: entry.yaml, path: [...entry.path, 'levels'] };
  return rule && { rule, errorAt: errorInExpr(entry), levelsAt };
}

function readKindRule(entry: Entry, reading: Reading): Written | undefined {
  const rule = check(kindRuleSchema, { ...entry, complain: reading.complain });
  if (rule === undefined) return undefined;
  const expansion = expandKind(rule, entry, reading);
  if (expansion === undefined) return undefined;
  const { kind, expr, errorAt } = expansion;
  const isOwn = rule.levels !== undefined;
  return {
    rule: {
      ...rule,
      expr,
      levels: rule.levels ?? kind.levels,
      keep_firing_for: rule.keep_firing_for ?? kind.keep_firing_for,
      missing: rule.missing ?? kind.missing,
      annotations: { summary: kind.says, runbook: kind.runbook, ...rule.annotations },
    },
    errorAt,
    levelsAt: isOwn ? { yaml: entry.yaml, path: [...entry.path, 'levels'] } : { yaml: kind.yaml, path: ['levels'] },
    unit: kind.unit,
    kind: useOf(expansion),
  };
}

function useOf({ kind: { kind: name, title, says, timing }, printed }: Expansion): KindUse {
  return { name, title, says, timing, with: printed };
}

/** With levels, `for` and the severity belong to each level. */
function refuseMixture(rule: AlertInput, { yaml, path }: Entry, complain: Complain): void {
  if (rule.for !== undefined)
    complain(yaml.errorAtKey([...path, 'for'], 'a rule with levels has no "for" of its own; write it into each level'));
  if (rule.labels['severity'] !== undefined) {
    complain(yaml.errorAtKey([...path, 'labels', 'severity'], 'the level is the severity; remove this label'));
  }
}

function templatesOf({ annotations }: Pick<AlertInput, 'annotations'>): AlertRule['templates'] {
  return Object.values(annotations).some(isGoTemplate) ? 'go' : 'liquid';
}

/** A template that cannot be parsed is refused, as Prometheus does; labels are always Go templates. */
function checkTemplates({ yaml, path }: Entry, rule: AlertInput, complain: Complain): void {
  const isGo = templatesOf(rule) === 'go';
  const checkGo = (at: Path, text: string): void => {
    const wrong = goTemplateError(text);
    if (wrong !== undefined) complain(yaml.errorInside([...path, ...at], wrong.span, wrong.message));
  };
  for (const [name, text] of Object.entries(rule.labels)) checkGo(['labels', name], text);
  for (const [name, text] of Object.entries(rule.annotations)) {
    if (isGo) checkGo(['annotations', name], text);
    else {
      const wrong = liquidError(text);
      if (wrong !== undefined) complain(yaml.error([...path, 'annotations', name], wrong));
    }
  }
}

/** Go templates speak of variables and of exported fields, and write their statements in the braces of values; Liquid does neither. */
function isGoTemplate(text: string): boolean {
  return /\{\{[^}]*(?:\$[A-Za-z_]|\s\.[A-Z])|\{\{-?\s*(?:(?:if|else|end|range|with|template|define|block|query|printf)\b|\.)/.test(
    text,
  );
}

type ErrorAt = (span: readonly [from: number, to: number], message: string) => ConfigError;

function errorInExpr({ yaml, path }: Entry): ErrorAt {
  return (span, message) => yaml.errorInside([...path, 'expr'], span, message);
}

/** Returns the metrics an expression asks for. `strict`: an unknown one is an error, else a warning. */
function readExpression(expr: string, errorAt: ErrorAt, reading: Reading, strict = false): readonly string[] {
  const { error, metrics } = analyse(expr);
  const { metrics: known } = reading.known;
  if (error !== undefined) reading.complain(errorAt([error.from, error.to], error.message));
  for (const { name, from } of metrics) {
    if (known.has(name)) continue;
    const message = `unknown metric "${name}"${didYouMean(name, known) || '; no source yields it and no rule records it'}`;
    const problem = errorAt([from, from + name.length], message);
    if (strict) reading.complain(problem);
    else reading.warn(problem.text);
  }
  return metrics.map(({ name }) => name);
}
