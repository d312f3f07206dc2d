import { alertId } from '../model/alert.ts';
import type { Alert, AlertLevel, Transition } from '../model/alert.ts';
import { without } from '../model/labels.ts';
import type { ToldAlert } from '../model/notification.ts';
import type { AlertRule } from '../model/rule.ts';
import type { Composing } from './compose.ts';
import { silenceOf } from './mute.ts';
import { shownLabels } from './shown.ts';
import { blockOf, explorerOf } from './explorer.ts';
import { printThreshold, unitHint } from './render-threshold.ts';
import { printValue } from './render-value.ts';
import { renderTemplate } from './template.ts';
import type { TemplateScope } from './template.ts';

/** An alert as it is now, and its transitions that one receiver has not been told, oldest first. */
export interface Subject {
  readonly alert: Alert;
  readonly untold: readonly Transition[];
  /** True when this receiver and group are told about the alert at this level. */
  readonly isToldHere: (alert: Pick<Alert, 'rule' | 'labels'>, level: AlertLevel) => boolean;
}

/** The level it is told at: what it fires at, or ended at. */
export function toldLevel({ alert, untold }: Pick<Subject, 'alert' | 'untold'>): AlertLevel {
  const end = endOf({ alert, untold });
  return end === undefined ? alert.level : (end.from ?? end.to);
}

/** The last transition that this receiver hears of what is over; `undefined` while it fires. */
function endOf({ alert, untold }: Pick<Subject, 'alert' | 'untold'>): Transition | undefined {
  return alert.state === 'firing' ? undefined : untold.at(-1);
}

/** The level, or the label `severity` of a rule without levels. */
export function severityOf({ level, labels }: Pick<Alert, 'level' | 'labels'>): string | undefined {
  return level ?? labels['severity'];
}

/** What rendering one alert needs; there is no claim where nobody is told, as on a page. */
export type Rendering = Omit<Composing, 'claim' | 'route' | 'timezone'> & Partial<Pick<Composing, 'claim'>>;

/** Renders one alert of a message. */
export function toldAlert(subject: Subject, composing: Rendering): ToldAlert {
  const { alert, untold } = subject;
  const rule = alert.posted ? undefined : composing.ruleOf(alert.rule);
  const end = endOf(subject);
  const level = toldLevel(subject);
  const numbers = numbersOf(alert, end);
  const shown = shownOf(rule, level, numbers);
  const scope = rule && scopeOf(rule, { alert, level, value: numbers.value }, composing);
  const annotation = annotationsOf(alert, rule, scope);
  const times = timesOf(alert, end, composing.now);
  const evidence = composing.evidenceOf(alert);
  return {
    id: alertId(alert),
    rule: alert.rule,
    labels: alert.labels,
    state: times.state,
    level,
    elsewhere: (alert.state === 'firing' && !subject.isToldHere(alert, alert.level)) || undefined,
    changes: untold.map((transition) => changeOf(transition, subject, { rule, undone: composing.undoneOf?.(alert) })),
    changedAt: untold.map(({ at }) => at),
    since: times.since,
    startUnseen: alert.startUnseen,
    endedAt: times.endedAt,
    staleSince: times.staleSince,
    value: end === undefined || isEnd(end) ? shown.value : undefined,
    threshold: shown.threshold,
    peak: shown.peak,
    peakAt: numbers.peakAt,
    summary: annotation('summary') ?? sentence(alert, shown),
    description: annotation('description'),
    runbook: annotation('runbook') ?? annotation('runbook_url'),
    acknowledged: acknowledgementOf(alert, composing),
    silenced: silencedBy(alert, composing),
    atRisk: composing.atRiskOf?.(alert.labels),
    explorer: explorerOf(alert.labels, composing.assetOf(alert.labels['asset'] ?? '')),
    block: blockOf(evidence.inputs),
    chart: composing.chartOf?.(alert),
    evidence,
  };
}

function acknowledgementOf(alert: Alert, { claim }: Pick<Rendering, 'claim'>): ToldAlert['acknowledged'] {
  const acknowledgements = claim?.muting?.acknowledgements ?? [];
  const found =
    acknowledgements.length === 0 ? undefined : acknowledgements.find((one) => one.alertId === alertId(alert));
  return found && { by: found.by, at: found.at, until: found.until };
}

function silencedBy(alert: Alert, { claim, now }: Pick<Rendering, 'claim' | 'now'>): ToldAlert['silenced'] {
  const silences = claim?.muting?.silences ?? [];
  const found = silences.length === 0 ? undefined : silenceOf(shownLabels(alert), silences, { from: now, to: now });
  return found && { by: found.createdBy, until: found.endsAt };
}

/** What the annotations of an alert may speak of; in Prometheus' own templates that is the series, without the rule's labels. */
export function scopeOf(
  rule: AlertRule,
  { alert, level, value }: { alert: Pick<Alert, 'labels'>; level: AlertLevel; value: number | undefined },
  { assetOf }: Pick<Composing, 'assetOf'>,
): TemplateScope {
  return {
    labels: rule.templates === 'go' ? without(alert.labels, Object.keys(rule.labels)) : alert.labels,
    value,
    severity: severityOf({ level, labels: alert.labels }),
    threshold: printThreshold(rule, level),
    asset: assetOf(alert.labels['asset'] ?? ''),
  };
}

type Annotation = (name: string) => string | undefined;

function annotationsOf({ posted }: Alert, rule: AlertRule | undefined, scope: TemplateScope | undefined): Annotation {
  if (posted) return (name) => posted.annotations[name];
  return (name) => {
    const template = rule?.annotations[name];
    if (template === undefined || scope === undefined) return undefined;
    return renderTemplate(template, rule!.templates, scope);
  };
}

type Numbers = Pick<Alert, 'value' | 'peak' | 'peakAt'>;

/** The values at the end, if it is over: an alert forgets them once it is inactive. */
function numbersOf(alert: Alert, end: Transition | undefined): Numbers {
  const { value = alert.value, peak = alert.peak, peakAt = alert.peakAt } = end ?? alert;
  return { value, peak, peakAt };
}

type Shown = Pick<ToldAlert, 'value' | 'threshold' | 'peak'>;

function shownOf(rule: AlertRule | undefined, level: AlertLevel, numbers: Numbers): Shown {
  const hint = rule && unitHint(rule);
  const print = (value: number | undefined) => (value === undefined ? undefined : printValue(value, hint));
  return {
    value: print(numbers.value),
    threshold: rule && printThreshold(rule, level),
    peak: print(numbers.peak),
  };
}

type Times = Pick<ToldAlert, 'state' | 'since' | 'endedAt' | 'staleSince'>;

function timesOf(alert: Alert, end: Transition | undefined, now: number): Times {
  if (end === undefined) {
    const since = alert.activeAt ?? alert.firedAt ?? now;
    return { state: 'firing', since, staleSince: alert.unknown?.since };
  }
  const state = end.kind === 'removed' ? 'removed' : 'resolved';
  return { state, since: end.activeAt, endedAt: isEnd(end) ? end.at : undefined };
}

/** What moved to other receivers may be over before its move is told; then the end itself was theirs to hear of. */
function isEnd({ kind }: Transition): boolean {
  return kind === 'resolved' || kind === 'removed';
}

function changeOf(
  transition: Transition,
  { alert, isToldHere }: Subject,
  { rule: written, undone }: { readonly rule: AlertRule | undefined; readonly undone: string | undefined },
): string {
  const { kind, rule, labels, from, to, value } = transition;
  if (kind === 'resolved' && undone !== undefined)
    return `withdrawn: a reorganisation undid ${undone}, on which it fired`;
  if (kind === 'removed') return 'removed: its rule left the configuration';
  if (kind === 'worse' && value !== undefined) return `worse: ${printValue(value, written && unitHint(written))}`;
  if (kind !== 'level') return kind;
  if (isToldHere({ rule, labels }, to)) return `${from} → ${to}`;
  return alert.state === 'firing' ? `moved to ${to}` : `moved to ${to}, over by now`;
}

/** What a rule without `summary` says: its name, the value, the threshold, the labels. */
function sentence({ rule, labels }: Alert, { value, threshold }: Shown): string {
  const numbers = [value, threshold].filter((part) => part !== undefined).join(', ');
  const where = Object.keys(labels)
    .filter((name) => name !== 'severity')
    .sort()
    .map((name) => `${name} ${labels[name]}`)
    .join(', ');
  return `${rule}${numbers && `: ${numbers}`}${where && ` (${where})`}`;
}
