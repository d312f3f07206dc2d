import { createHash } from 'node:crypto';
import { alertId } from '../model/alert.ts';
import type { Alert, AlertLevel, Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import type { Labels } from '../model/labels.ts';
import type { AtRisk, Chart, Evidence, Notification } from '../model/notification.ts';
import { LEVELS } from '../model/rule.ts';
import type { AlertRule, Asset, LevelName } from '../model/rule.ts';
import type { Claim } from '../model/claim.ts';
import { severityOf, toldAlert, toldLevel } from './compose-alert.ts';
import type { Subject } from './compose-alert.ts';
import { destinationIn } from './route.ts';

/** Everything a message is made from. `now` is unix ms on the judging clock. */
export interface Composing {
  readonly claim: Claim;
  /** Root of the routing tree. */
  readonly route: Route;
  /** `undefined` once the rule left the configuration. */
  readonly ruleOf: (name: string) => AlertRule | undefined;
  readonly assetOf: (id: string) => Asset | undefined;
  readonly evidenceOf: (alert: Alert) => Evidence;
  readonly chartOf?: (alert: Alert) => Chart | undefined;
  /** The block that an alert had fired on and that a reorganisation undid: `ethereum block 123`. */
  readonly undoneOf?: (alert: Alert) => string | undefined;
  /** Money that hangs on what these labels are about. */
  readonly atRiskOf?: (labels: Labels) => AtRisk | undefined;
  readonly now: number;
  readonly timezone: string;
  readonly dashboardUrl?: string | undefined;
}

/**
 * Makes the message for a claim from its untold transitions and the state now. What is over already is told once. `alerts` is empty when nothing is left to tell, as after an edit of the routes: the claim is then told without sending.
 */
export function compose(composing: Composing): Notification {
  return composeFrom(arrange(composing), composing);
}

/** As `compose`, of alerts that were put in order already. */
export function composeFrom(subjects: readonly Subject[], composing: Composing): Notification {
  const { claim, now, timezone, dashboardUrl } = composing;
  const alerts = subjects.map((subject) => toldAlert(subject, composing));
  const { unchanged = [] } = claim;
  const status = unchanged.length > 0 || alerts.some((alert) => alert.state === 'firing') ? 'firing' : 'resolved';
  return {
    id: messageId(claim),
    receiver: claim.receiver,
    groupKey: claim.groupKey,
    threadId: claim.threadId,
    groupLabels: claim.groupLabels,
    status,
    level: worst([...unchanged, ...alerts.filter((alert) => status === 'resolved' || alert.state === 'firing')]),
    reminder: alerts.every((alert) => alert.changes.length === 0),
    alerts,
    ...(unchanged.length > 0 && { unchanged: unchanged.length }),
    at: now,
    timezone,
    earlier: claim.earlier,
    dashboardUrl,
  };
}

/**
 * The alerts of a message in the order in which they are told: what fires first, then most money at risk, then the highest level.
 * Those that fire elsewhere now and have nothing untold here are left out.
 */
export function arrange({ claim, route, atRiskOf }: Pick<Composing, 'claim' | 'route' | 'atRiskOf'>): Subject[] {
  const subjects = subjectsOf(claim, route);
  const rated = subjects.map(([id, subject]) => ratingOf(id, subject, atRiskOf?.(subject.alert.labels)?.usd));
  // Money that is not known counts as the most that is known of its level and below: it neither vanishes at the end nor crowds out.
  const most = (level: number) =>
    rated.reduce((sum, { usd, rank }) => (usd !== undefined && rank <= level ? Math.max(sum, usd) : sum), -1);
  const ceilings = [-1, 0, 1, 2].map(most);
  const weight = ({ usd, rank }: Rating) => usd ?? ceilings[rank + 1]!;
  return rated
    .sort(
      (a, b) =>
        a.over - b.over ||
        weight(b) - weight(a) ||
        b.rank - a.rank ||
        Number(a.usd === undefined) - Number(b.usd === undefined) ||
        a.since - b.since ||
        (a.id < b.id ? -1 : 1),
    )
    .map(({ subject }) => subject);
}

/** What an alert's place in a message hangs on. */
interface Rating {
  readonly id: string;
  readonly subject: Subject;
  readonly over: number;
  readonly rank: number;
  readonly since: number;
  readonly usd: number | undefined;
}

function ratingOf(id: string, subject: Subject, usd: number | undefined): Rating {
  const { alert, untold } = subject;
  const level = toldLevel(subject);
  const over = alert.state === 'firing' ? 0 : 1;
  const rank = LEVELS.indexOf(severityOf({ level, labels: alert.labels }) as LevelName);
  return { id, subject, over, rank, since: alert.activeAt ?? untold.at(-1)?.activeAt ?? 0, usd };
}

/** By id: each alert with what is untold of it. */
function subjectsOf(claim: Claim, route: Route): readonly (readonly [id: string, subject: Subject])[] {
  // What is claimed ahead was routed here a moment ago.
  const isToldHere: Subject['isToldHere'] = claim.ahead
    ? () => true
    : (alert, level) => destinationIn(route, alert, level, claim) !== undefined;
  const subjects = new Map<string, Subject & { readonly untold: Transition[] }>();
  for (const alert of claim.alerts) subjects.set(alertId(alert), { alert, untold: [], isToldHere });
  for (const transition of claim.untold) {
    if (transition.kind === 'pending' || transition.kind === 'cancelled') continue;
    const id = alertId(transition);
    const subject = subjects.get(id) ?? { alert: gone(transition), untold: [], isToldHere };
    subject.untold.push(transition);
    subjects.set(id, subject);
  }
  return [...subjects].filter(
    ([, { alert, untold }]) => untold.length > 0 || (alert.state === 'firing' && isToldHere(alert, alert.level)),
  );
}

/** An alert of which only its transitions are left. */
function gone({ rule, labels, at, value }: Claim['untold'][number]): Alert {
  return { rule, labels, state: 'inactive', level: null, pending: {}, lastKnownAt: at, startUnseen: false, value };
}

function worst(alerts: readonly Pick<Alert, 'level' | 'labels'>[]): AlertLevel {
  const found = new Set(alerts.map(severityOf));
  return LEVELS.findLast((level) => found.has(level)) ?? null;
}

/** Equal for every try of one message: new transitions or an accepted message before it make another one. */
function messageId({ receiver, groupKey, threadId, earlier, untold }: Claim): string {
  const parts = [receiver, groupKey, threadId, earlier.length, untold.map(({ id }) => id)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}
