import type { RuleState } from './explainState.ts';
import type { World } from '../checks/world.ts';
import { expectedLabels, severitiesOf, takers } from '../checks/telling.ts';
import type { Config } from '../model/config.ts';
import { formatDuration, roughDuration } from '../model/duration.ts';
import { NAME, printLabels } from '../model/labels.ts';
import type { AlertRule, Level } from '../model/rule.ts';
import type { DeclaredSeries } from '../model/sample.ts';
import { isFresh, lastAt, valueAt, type SeriesWindow } from '../model/series.ts';
import { scopeOf } from '../dispatch/compose-alert.ts';
import { renderTemplate } from '../dispatch/template.ts';
import { printThreshold, unitHint } from '../dispatch/render-threshold.ts';
import { printValue } from '../dispatch/render-value.ts';
import { metricOf } from '../checks/inputs.ts';
import type { CompiledAlert, CompiledRecord } from '../rules/compile.ts';
import { kindFile } from './explainKind.ts';

export interface Explaining {
  readonly world: World;
  readonly settings: Pick<Config, 'route' | 'data'>;
  /** Absent: no worker has run here. */
  readonly state: RuleState | undefined;
}

/** Lists shown; the rest is counted. */
const MOST = 20;

/** Everything there is to say of one alert, as text. */
export function describeRule(compiled: CompiledAlert, explaining: Explaining): string {
  const { rule } = compiled;
  const { world, state } = explaining;
  const group = world.rules.groups.find(({ rules }) =>
    rules.some(
      (one) => 'alert' in one && one.position.file === rule.position.file && one.position.line === rule.position.line,
    ),
  );
  const where = `${rule.position.file}:${rule.position.line}`;
  const every =
    group === undefined ? '' : `, group ${group.name}, every ${formatDuration(group.interval)} and with each reading`;
  return [
    `${rule.alert}  (${where}${every})`,
    ...section('Kind', kindLines(rule, world)),
    ...section('Expression', [rule.expr.trim(), ...recordLines(compiled, world)]),
    ...section('Fires', sentences(rule)),
    ...section('Labels', labelLines(rule)),
    ...section('Inputs', state === undefined ? declaredLines(compiled, world) : inputLines(state)),
    ...section('Now', state === undefined ? [neverRan(explaining)] : verdictLines(rule, state, world)),
    ...section('Told', routeLines(compiled, explaining)),
    ...section('Runbook', [rule.annotations['runbook'] ?? rule.annotations['runbook_url'] ?? 'none']),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.length > MOST ? [...lines.slice(0, MOST), `… ${lines.length - MOST} more`] : lines;
  return [`${title}:`, ...shown.flatMap((line) => line.split('\n').map((part) => `  ${part}`))];
}

function neverRan({ settings }: Explaining): string {
  return `No worker has run on "${settings.data}", so there are no values. Start one with "tocsin run", or name its folder with --data.`;
}

function kindLines({ kind }: AlertRule, { rules }: World): readonly string[] {
  if (kind === undefined) return [];
  const { because, blind } = kindFile(rules.files, kind.name);
  const given = Object.entries(kind.with).map(([name, value]) => `${name} = ${value}`);
  return [
    `${kind.name}: ${kind.title}${given.length === 0 ? '' : ` (${given.join(', ')})`}`,
    `${kind.timing}${because === undefined ? '' : `: ${because}`}`,
    ...blind.map((what) => `blind to: ${what}`),
  ];
}

/** What the recorded metrics in it are made of. */
function recordLines({ plan }: CompiledAlert | CompiledRecord, world: World, depth = 0): readonly string[] {
  const names = new Set(plan.leaves.flatMap(({ matchers }) => metricOf(matchers) ?? []));
  const used = world.records.filter(({ rule }) => names.has(rule.record));
  return used.flatMap((record) => [
    `where ${record.rule.record} = ${record.rule.expr.trim()}`,
    ...(depth < 3 ? recordLines(record, world, depth + 1) : []),
  ]);
}

function sentences(rule: AlertRule): readonly string[] {
  const hint = unitHint(rule);
  const lines =
    rule.levels.length === 0
      ? [`when ${plainCondition(rule)}${held(rule.for)}`]
      : rule.levels.map((level) => levelSentence(rule, level, hint));
  const stays =
    rule.keepFiringFor === 0 ? [] : [`steps down only after ${formatDuration(rule.keepFiringFor)} of recovery`];
  const worse = rule.step === undefined ? [] : [`told again for each ${rule.step.written} that it is worse`];
  const missing =
    rule.missing === 'hold'
      ? 'any stale input makes the verdict unknown, which neither fires nor resolves'
      : 'judged by what is fresh; unknown only when one of its selectors has nothing fresh';
  return [...lines, ...worse, ...stays, missing];
}

function plainCondition(rule: AlertRule): string {
  const threshold = printThreshold(rule, 'warning');
  return threshold === undefined ? 'the expression yields anything' : `the value is ${threshold}`;
}

function levelSentence(rule: AlertRule, { name, for: wait, clear }: Level, hint: string): string {
  return `${name} when the value is ${printThreshold(rule, name)}${held(wait)}; clears at ${printValue(clear, hint)}`;
}

const held = (ms: number) => (ms === 0 ? ', at once' : ` for ${formatDuration(ms)}`);

function labelLines({ labels }: AlertRule): readonly string[] {
  const own = Object.entries(labels).map(([name, value]) => `${name} = ${value}`);
  return own.length === 0 ? ['those of the expression, and none of its own'] : own;
}

function declaredLines({ plan }: CompiledAlert, { inputs }: World): readonly string[] {
  const all = inputs.of(plan);
  return all.length === 0 ? ['no declared series'] : all.map((series) => declaredLine(series, inputs));
}

function declaredLine(series: DeclaredSeries, inputs: World['inputs']): string {
  const { metric, labels, maxAge } = series;
  const source = inputs.sourceOf(series);
  const pace =
    source === undefined ? '' : `  every ${formatDuration(source.every)}, stale after ${formatDuration(maxAge)}`;
  return `${printLabels({ ...labels, [NAME]: metric })}${pace}`;
}

function inputLines({ inputs, now }: RuleState): readonly string[] {
  return inputs.length === 0 ? ['the store knows no series for it'] : inputs.map((series) => inputLine(series, now));
}

function inputLine(series: SeriesWindow, now: number): string {
  const name = printLabels(series.labels);
  if (series.to === series.from) return `${name}  no sample yet`;
  const value = printValue(valueAt(series, series.to - 1), series.labels[NAME]);
  const age = `${roughDuration(now - lastAt(series))} ago`;
  const stale = isFresh(series, now) ? '' : `, stale (after ${formatDuration(series.maxAge)})`;
  return `${name}  ${value}, ${age}${stale}`;
}

function verdictLines(rule: AlertRule, { judged }: RuleState, { rules }: World): readonly string[] {
  if (judged.length === 0) return ['nothing to judge: no series matches the expression'];
  return judged.flatMap(({ verdict, substituted, alert }) => {
    const state = alert === undefined ? 'inactive' : `${alert.state}${alert.level === null ? '' : ` ${alert.level}`}`;
    const head = `${printLabels(verdict.labels)}  ${state}, ${verdict.status}`;
    if (verdict.status === 'unknown') return [`${head} (${verdict.reason})`, `  ${substituted}`];
    const value = verdict.value === undefined ? '' : `: ${printValue(verdict.value, unitHint(rule))}`;
    const level = alert?.level ?? null;
    const said = sentence(rule, { alert: verdict, level, value: verdict.value }, rules);
    return [`${head}${value}`, ...said, `  ${substituted}`, ...distances(rule, verdict.value)];
  });
}

/** The summary with these numbers in it. */
function sentence(
  rule: AlertRule,
  about: Parameters<typeof scopeOf>[1],
  { assets }: World['rules'],
): readonly string[] {
  const template = rule.annotations['summary'];
  if (template === undefined || about.value === undefined) return [];
  const scope = scopeOf(rule, about, { assetOf: (id) => assets[id] });
  return [`  "${renderTemplate(template, rule.templates, scope)}"`];
}

/** How far the value is from each level, in the unit of the threshold. */
function distances(rule: AlertRule, value: number | undefined): readonly string[] {
  if (value === undefined) return [];
  const hint = unitHint(rule);
  return rule.levels.map(({ name, above, below }) => {
    const room = above === undefined ? value - below! : above - value;
    const how = room > 0 ? `${printValue(room, hint)} away` : `crossed by ${printValue(-room, hint)}`;
    return `  ${name}, ${printThreshold(rule, name)}: ${how}`;
  });
}

function routeLines({ rule, plan }: CompiledAlert, { world, settings }: Explaining): readonly string[] {
  const lines = severitiesOf(rule).flatMap((severity) =>
    expectedLabels(plan, world.inputs).map((labels) => {
      const all = { ...labels, ...rule.labels, ...severity, alertname: rule.alert };
      const level = severity['severity'] === undefined ? '' : `${severity['severity']} `;
      return `${level}→ ${takers(settings.route, all).join(', ') || 'nobody'}`;
    }),
  );
  return [...new Set(lines)];
}
