import { roughDuration } from '../model/duration.ts';
import { TOLD_IN_FULL } from '../model/notification.ts';
import type { Chart, Notification, ToldAlert } from '../model/notification.ts';
import { describeInputs } from './content-inputs.ts';
import { printMoment } from './moment.ts';
import { webAddress } from './web-address.ts';

/** How many alerts beyond those told in full get a line of their own. */
const LINES = 20;

export type Tone = 'critical' | 'warning' | 'info' | 'over';

/** For services that have no colours of their own. */
export const DOT: Readonly<Record<Tone, string>> = { critical: '🔴', warning: '🟠', info: '🔵', over: '🟢' };

/** What a message says, in the order in which a person needs it; every notifier lays out the same. */
export interface Content {
  /** What, and how bad: `CRITICAL  Stream xUSD trades −9.7 % from NAV on ethereum`. */
  readonly title: string;
  readonly tone: Tone;
  /** In the receiver's own words, by lines: there are no cards and lines then. */
  readonly body?: readonly string[];
  readonly cards: readonly Card[];
  /** Alerts of which only a line is told. */
  readonly lines: readonly string[];
  /** Alerts that are only counted. */
  readonly more: number;
  readonly dashboardUrl: string | undefined;
}

export interface Card {
  /** `CRITICAL`, `STILL WARNING`, `RESOLVED` … */
  readonly mark: string;
  readonly tone: Tone;
  readonly summary: string;
  readonly description: string | undefined;
  readonly facts: readonly Fact[];
  readonly expression: string;
  /** The expression with the numbers put in. */
  readonly substituted: string;
  readonly inputs: readonly string[];
  readonly chart: Chart | undefined;
}

export interface Fact {
  readonly name: string;
  readonly text: string;
  /** Where the text leads: a web address in its normal form. */
  readonly href?: string | undefined;
}

/** Describes a message within bounds; at most `full` alerts with all they have. */
export function describe(notification: Notification, full = TOLD_IN_FULL): Content {
  const { alerts, dashboardUrl, custom } = notification;
  const title = (custom?.title && clip(custom.title, 500)) || titleOf(notification);
  const tone = alerts[0] === undefined ? 'over' : toneOf(alerts[0]);
  const body = custom?.text?.split(/\r\n?|\n/).map((line) => clip(line, 1000));
  if (body?.some((line) => line !== '')) return { title, tone, body, cards: [], lines: [], more: 0, dashboardUrl };
  const cards = alerts.slice(0, full).map((alert) => describeAlert(alert, notification));
  const rest = alerts.slice(full);
  return {
    title,
    tone,
    cards,
    lines: rest.slice(0, LINES).map((alert) => lineOf(alert, notification)),
    more: Math.max(0, rest.length - LINES),
    dashboardUrl,
  };
}

// Line breaks, control characters, changes of direction.
const UNSAFE = /[^\S ]|[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** What most texts have none of. */
const UNUSUAL = /[^ -~]|  |^ | $/;

/** Makes text fit: one line, neither control characters nor changes of direction, at most so many characters. */
export function clip(text: string, most: number): string {
  if (text.length <= most && !UNUSUAL.test(text)) return text;
  // Far more than can be shown need not be looked at: names come from outside and have any length.
  const line = text
    .slice(0, 2 * most + 100)
    .replace(UNSAFE, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (line.length <= most) return line;
  if (!/[\ud800-\udfff]/.test(line)) return `${line.slice(0, most - 1)}…`;
  const characters = Array.from(line);
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
}

function titleOf(notification: Notification): string {
  const [first, ...others] = notification.alerts;
  if (first === undefined) return 'Nothing to tell';
  const { unchanged = 0 } = notification;
  const more = [
    ...(others.length > 0 ? [`and ${others.length} more`] : []),
    ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
  ];
  return lineOf(first, notification) + (more.length > 0 ? `  (${more.join(', ')})` : '');
}

function lineOf(alert: ToldAlert, notification: Notification): string {
  return `${markOf(alert, notification)}  ${headline(alert, 200)}`;
}

/** What an alert says in one line, money at risk first: it says how bad it is, and the lock screen shows only the beginning. */
export function headline({ atRisk, state, summary }: ToldAlert, most: number): string {
  const money = atRisk !== undefined && state === 'firing' ? `${atRisk.amount} at risk: ` : '';
  return money + clip(summary, most);
}

function markOf(alert: ToldAlert, { reminder }: Notification): string {
  if (alert.state !== 'firing') return alert.state.toUpperCase();
  const severity = clip(alert.level ?? alert.labels['severity'] ?? 'firing', 20).toUpperCase();
  const mark = reminder ? `STILL ${severity}` : severity;
  return alert.staleSince === undefined ? mark : `${mark} (LAST KNOWN)`;
}

function toneOf({ state, level, labels }: ToldAlert): Tone {
  if (state !== 'firing') return 'over';
  const severity = level ?? labels['severity'];
  return severity === 'critical' || severity === 'info' ? severity : 'warning';
}

function describeAlert(alert: ToldAlert, notification: Notification): Card {
  const { expression, substituted } = alert.evidence;
  return {
    mark: markOf(alert, notification),
    tone: toneOf(alert),
    summary: headline(alert, 300),
    description: alert.description && clip(alert.description, 1000),
    facts: factsOf(alert, notification).map((fact) => ({ ...fact, text: clip(fact.text, 500) })),
    expression: clip(expression, 700),
    substituted: clip(substituted, 700),
    inputs: describeInputs(alert.evidence.inputs, notification.at).map((line) => clip(line, 300)),
    chart: alert.chart,
  };
}

function factsOf(alert: ToldAlert, notification: Notification): Fact[] {
  const { labels, atRisk, explorer, block } = alert;
  const facts: readonly (readonly [name: string, text: string | undefined, href?: string | undefined])[] = [
    ['At risk', alert.state === 'firing' ? atRisk?.text : undefined],
    ['Value', valueOf(alert)],
    ['Since', sinceOf(alert, notification)],
    ['Stale', staleOf(alert, notification)],
    ['Ended', endOf(alert, notification)],
    ['Peak', peakOf(alert, notification)],
    ['Changed', changesOf(alert, notification)],
    ['Acknowledged', acknowledgedOf(alert, notification)],
    ['Silenced', silencedOf(alert, notification)],
    [
      'Labels',
      Object.entries(labels)
        .map(([name, value]) => `${clip(name, 100)}=${clip(value, 100)}`)
        .join(' '),
    ],
    ['Runbook', alert.runbook, runbookOf(alert)],
    ['Explorer', shortened(explorer), webAddress(explorer)],
    ['Block', block?.split('/').at(-1), webAddress(block)],
    ['Alert', alert.id, pageOf(alert, notification)],
  ];
  return facts.flatMap(([name, text, href]) => (text ? [{ name, text, href }] : []));
}

/** A contract as people tell it from others: `0xE2Fc…6F94`. */
function shortened(explorer: string | undefined): string | undefined {
  return explorer
    ?.split('/')
    .at(-1)!
    .replace(/^(.{6}).{8,}(.{4})$/, '$1…$2');
}

/** The alert on the dashboard; only where people can reach that. */
export function pageOf({ id }: ToldAlert, { dashboardUrl }: Notification): string | undefined {
  return dashboardUrl && webAddress(`${dashboardUrl.replace(/\/+$/, '')}/alerts/${encodeURIComponent(id)}`);
}

/** A runbook that can be opened: by its address. A path in the repository is told as text. */
export function runbookOf({ runbook }: Pick<ToldAlert, 'runbook'>): string | undefined {
  return webAddress(runbook);
}

function valueOf({ value, threshold, level, state }: ToldAlert): string | undefined {
  if (threshold === undefined) return value;
  const limit = `${level ?? 'fires'} ${threshold}`;
  return value === undefined ? limit : `${value}${state === 'firing' ? '' : ' at the end'} (${limit})`;
}

function sinceOf({ since, startUnseen, state }: ToldAlert, { at, timezone }: Notification): string {
  const unseen = startUnseen ? '; already in breach when it could be judged, the start was not seen' : '';
  const lasted = state === 'firing' ? `, for ${roughDuration(at - since)}` : '';
  return printMoment(since, timezone) + lasted + unseen;
}

function staleOf({ staleSince }: ToldAlert, { at, timezone }: Notification): string | undefined {
  if (staleSince === undefined) return undefined;
  const since = `${printMoment(staleSince, timezone)}, for ${roughDuration(at - staleSince)}`;
  return `last known value; stale since ${since}. It stays firing until fresh data says otherwise`;
}

function endOf({ since, endedAt, state }: ToldAlert, { timezone }: Notification): string | undefined {
  if (state === 'firing' || endedAt === undefined) return undefined;
  return `${printMoment(endedAt, timezone)}, after ${roughDuration(endedAt - since)}`;
}

function peakOf({ peak, peakAt, state }: ToldAlert, { timezone }: Notification): string | undefined {
  if (peak === undefined || state === 'removed') return undefined;
  return peakAt === undefined ? peak : `${peak} at ${printMoment(peakAt, timezone)}`;
}

function acknowledgedOf({ acknowledged, state }: ToldAlert, { timezone }: Notification): string | undefined {
  if (acknowledged === undefined || state !== 'firing') return undefined;
  const { by, at, until } = acknowledged;
  return `by ${clip(by, 100)} at ${printMoment(at, timezone)}; no reminders until ${printMoment(until, timezone)}`;
}

function silencedOf({ silenced, state }: ToldAlert, { timezone }: Notification): string | undefined {
  if (silenced === undefined || state !== 'firing') return undefined;
  return `by ${clip(silenced.by, 100)} until ${printMoment(silenced.until, timezone)}`;
}

/** Left out where the mark says it already; with times where there are several. */
function changesOf({ changes, changedAt, state }: ToldAlert, { timezone, alerts }: Notification): string {
  if (alerts.length === 1 && changes.length === 1 && changes[0] === state) return '';
  if (changes.length < 2 || changedAt === undefined) return changes.map((change) => clip(change, 100)).join(', ');
  const latest = changes.map((change, index) => ({ change, at: changedAt[index]! })).slice(-6);
  return latest.map(({ change, at }) => `${clip(change, 100)} ${printMoment(at, timezone)}`).join(', then ');
}
