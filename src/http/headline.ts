import { LEVELS } from '../model/rule.ts';
import type { AlertStatus, RuleStatus, SourceStatus, Status } from '../model/status.ts';

/** How the page looks: the worst level that fires, else whether it can see. */
export type Mood = 'critical' | 'warning' | 'info' | 'blind' | 'calm';

/** Judging counts as stopped after this many intervals without a judgement. */
const LATE = 3;

/** What the page says first, in sentences: what fires, what is not seen, whether people are told. */
export function headline(status: Status): { readonly mood: Mood; readonly sentences: readonly string[] } {
  const firing = status.alerts.filter(({ state }) => state === 'firing');
  const gaps = [...blindness(status), ...deafness(status)];
  const calm = firing.length === 0 && gaps.length === 0;
  const said = [fires(firing, gaps.length > 0), ...pending(status.alerts), ...gaps, ...(calm ? sight(status) : [])];
  return { mood: mood(firing, gaps.length > 0), sentences: said };
}

/** True when the rule's group has not been judged for several intervals. */
export function isLate({ judgedAt, interval }: RuleStatus, now: number): boolean {
  return judgedAt !== undefined && interval !== undefined && now - judgedAt > LATE * interval;
}

/** True when what it last said cannot be relied on now. */
export function isFailing({ health }: SourceStatus): boolean {
  return health === 'failing' || health === 'stale';
}

function fires(firing: readonly AlertStatus[], blind: boolean): string {
  if (firing.length === 0) return blind ? 'Nothing is known to fire.' : 'Nothing fires.';
  const level = worst(firing);
  const held = firing.filter(({ unknown }) => unknown !== undefined).length;
  const severity = level === undefined ? '' : `, ${firing.length > 1 ? 'worst ' : ''}${level}`;
  const last = held === 0 ? '' : `; ${held === firing.length ? 'last known only' : `${held} last known only`}`;
  return `${count(firing.length, 'alert fires', 'alerts fire')}${severity}${last}.`;
}

function pending(alerts: readonly AlertStatus[]): string[] {
  const waiting = alerts.filter(({ state }) => state === 'pending').length;
  return waiting === 0 ? [] : [`${count(waiting, 'alert is', 'alerts are')} pending.`];
}

function blindness({ now, sources, rules }: Status): string[] {
  if (rules.length === 0) return ['Nothing is watched: no rule is loaded.'];
  const idle = rules.every(({ rows }) => rows.length === 0);
  const failing = sources.filter(isFailing).length;
  const consequence = unjudged(rules);
  const seen = failing > 0 ? [count(failing, 'source is failing', 'sources are failing')] : [];
  const waiting = sources.filter(({ health }) => health === 'waiting').length;
  const late = rules.filter((rule) => isLate(rule, now)).length;
  const cause = [...seen, ...(consequence === '' ? [] : [consequence])].join(': ');
  return [
    ...(cause === '' ? [] : [`${cause}.`]),
    ...(idle ? ['No rule has judged anything yet.'] : []),
    ...(late === 0 ? [] : [`Judging has stopped for ${count(late, 'rule', 'rules')}.`]),
    ...(waiting === 0 ? [] : [`${count(waiting, 'source has', 'sources have')} not been read yet.`]),
  ];
}

function unjudged(rules: readonly RuleStatus[]): string {
  const unknowns = rules.map(({ rows }) => ({
    rows: rows.length,
    unknown: rows.filter(({ verdict }) => verdict === 'unknown').length,
  }));
  const whole = unknowns.filter(({ rows, unknown }) => unknown > 0 && unknown === rows).length;
  const part = unknowns.filter(({ rows, unknown }) => unknown > 0 && unknown < rows).length;
  const wholly = whole > 0 ? [`${count(whole, 'rule', 'rules')} cannot be judged`] : [];
  const partly = part > 0 ? [`${count(part, 'rule', 'rules')} can be judged only in part`] : [];
  return [...wholly, ...partly].join(', ');
}

function deafness({ receivers }: Status): string[] {
  const dead = receivers.filter((receiver) => receiver.dead).map(({ receiver }) => receiver);
  if (dead.length === 0) return [];
  return [`${count(dead.length, 'receiver refuses', 'receivers refuse')} messages: ${dead.join(', ')}.`];
}

function sight({ sources, rules }: Status): string[] {
  const judged = rules.filter(({ rows }) => rows.length > 0).length;
  const idle = rules.length - judged;
  const fresh = `${count(sources.length, 'source', 'sources')} fresh, ${count(judged, 'rule', 'rules')} judged`;
  return [idle === 0 ? `${fresh}.` : `${fresh}, ${idle} with nothing to judge.`];
}

function mood(firing: readonly AlertStatus[], blind: boolean): Mood {
  if (firing.length > 0) return worst(firing) ?? 'warning';
  return blind ? 'blind' : 'calm';
}

function worst(firing: readonly AlertStatus[]) {
  return LEVELS.toReversed().find((level) => firing.some((alert) => alert.level === level));
}

function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
