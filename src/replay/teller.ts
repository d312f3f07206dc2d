import type { AlertsByRule } from '../alerts/book.ts';
import { arrange, composeFrom } from '../dispatch/compose.ts';
import type { Composing } from '../dispatch/compose.ts';
import { toldLevel } from '../dispatch/compose-alert.ts';
import type { Subject } from '../dispatch/compose-alert.ts';
import { dueAfter } from '../dispatch/due.ts';
import { tellingsFor } from '../dispatch/route.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { keyOf as keyOfLabels } from '../promql/index.ts';
import { carries } from '../rules/labeller.ts';
import type { Notification } from '../model/notification.ts';
import { dueId } from '../model/claim.ts';
import type { Telling } from '../model/claim.ts';

interface Group {
  readonly telling: Telling;
  readonly dueAt: number | null;
  readonly lastSentAt?: number;
  readonly untold: readonly (Transition & { readonly id: number })[];
}

/** A message that a receiver would have got. */
export interface Message {
  readonly alerts: readonly Pick<Alert, 'rule' | 'labels' | 'level'>[];
  /** The message itself, with all its texts. */
  readonly compose: () => Notification;
}

/**
 * Says what receivers would have been told by routes, group timers and reminders, without any store. Nobody mutes or acknowledges in a
 * replay: silences, inhibition, mute times and escalations are not played, so it says the most that could have been told.
 */
export class Teller {
  readonly #route: Route;
  readonly #groups = new Map<string, Group>();
  #transitions = 0;
  #nextDue = Infinity;

  constructor(route: Route) {
    this.#route = route;
  }

  /** When the next message is due if nothing changes until then: unix ms, or Infinity. */
  get nextDue(): number {
    return this.#nextDue;
  }

  /** Takes one evaluation of all groups in, and makes the messages that are due. */
  tell(transitions: readonly Transition[], alerts: AlertsByRule, now: number): readonly Message[] {
    for (const transition of transitions) {
      for (const telling of tellingsFor(this.#route, transition))
        if (telling.after === undefined) this.#plan(telling, transition, now);
    }
    if (this.#nextDue > now) return [];
    const said = [...this.#groups].flatMap(([key, group]) =>
      group.dueAt === null || group.dueAt > now ? [] : this.#send(key, group, { alerts, now }),
    );
    this.#nextDue = Math.min(Infinity, ...[...this.#groups.values()].map(({ dueAt }) => dueAt ?? Infinity));
    return said;
  }

  #plan(telling: Telling, transition: Transition, now: number): void {
    const key = dueId(telling);
    const group = this.#groups.get(key);
    const untold = [...(group?.untold ?? []), { ...transition, id: ++this.#transitions }];
    const dueAt = dueAfter(group, telling, now);
    this.#groups.set(key, { ...group, telling, untold, dueAt });
    this.#nextDue = Math.min(this.#nextDue, dueAt);
  }

  #send(key: string, group: Group, { alerts, now }: { alerts: AlertsByRule; now: number }): readonly Message[] {
    const composing: Composing = {
      claim: claimOf(group, alerts),
      route: this.#route,
      ruleOf: () => undefined,
      assetOf: () => undefined,
      evidenceOf: () => ({ expression: '', substituted: '', inputs: [] }),
      now,
      timezone: 'UTC',
    };
    const subjects = arrange(composing);
    const isFiring = subjects.some(({ alert }) => alert.state === 'firing');
    const dueAt = isFiring ? now + group.telling.repeatInterval : null;
    this.#groups.set(key, { ...group, untold: [], lastSentAt: now, dueAt });
    return subjects.length === 0 ? [] : [messageOf(subjects, composing)];
  }
}

function messageOf(subjects: readonly Subject[], composing: Composing): Message {
  const alerts = subjects.map((subject) => ({
    rule: subject.alert.rule,
    labels: subject.alert.labels,
    level: toldLevel(subject),
  }));
  return { alerts, compose: () => composeFrom(subjects, composing) };
}

function claimOf({ telling, untold }: Group, alerts: AlertsByRule): Composing['claim'] {
  const changed = new Set(untold.map(keyOf));
  const concerned: Alert[] = [];
  const { alertname, severity: _, ...shared } = telling.groupLabels;
  const pages = alertname === undefined ? alerts.values() : [alerts.get(alertname) ?? NOBODY];
  for (const members of pages) {
    for (const alert of members.values()) {
      if (alert.state !== 'firing' && !(changed.size > 0 && changed.has(keyOf(alert)))) continue;
      if (carries(alert.labels, shared)) concerned.push(alert);
    }
  }
  return { ...telling, token: '', threadId: '', attempts: 0, earlier: [], untold, alerts: concerned };
}

const NOBODY: ReadonlyMap<string, Alert> = new Map();

function keyOf({ rule, labels }: Pick<Alert, 'rule' | 'labels'>): string {
  return `${rule}\n${keyOfLabels(labels)}`;
}
