import type { AlertsByRule } from '../alerts/evaluateGroup.ts';
import { compose } from '../dispatch/compose.ts';
import { dueAfter } from '../dispatch/due.ts';
import { tellingsFor } from '../dispatch/route.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { labelsKey, printLabels } from '../model/labels.ts';
import type { Notification, ToldAlert } from '../model/notification.ts';
import type { Telling } from '../model/store.ts';
import { withLevel } from './describe.ts';
import type { ExpectedTelling, NotificationTest } from './testFile.ts';

/** One receiver, told of every change at once; a reminder comes after four hours. */
const ROUTE: Route = {
  receivers: ['default'],
  groupBy: ['alertname', 'asset'],
  groupWait: 0,
  groupInterval: 0,
  repeatInterval: 14_400_000,
  matchers: [],
  routes: [],
  continue: false,
};

interface Group {
  readonly telling: Telling;
  readonly dueAt: number | null;
  readonly lastSentAt?: number;
  readonly untold: readonly (Transition & { readonly id: number })[];
}

/** Says what receivers would have been told, without any store. */
export class Teller {
  readonly #groups = new Map<string, Group>();
  #said: readonly Notification[] = [];
  #transitions = 0;

  /** Takes one evaluation of all groups in, and makes the messages that are due. */
  tell(transitions: readonly Transition[], alerts: AlertsByRule, now: number): void {
    for (const transition of transitions) {
      for (const telling of tellingsFor(ROUTE, transition)) this.#plan(telling, transition, now);
    }
    this.#said = [...this.#groups].flatMap(([key, group]) =>
      group.dueAt === null || group.dueAt > now ? [] : this.#send(key, group, { alerts, now }),
    );
  }

  /** What a receiver was told last, beside what was expected. */
  compare({ receiver, expected }: NotificationTest): { expected: readonly string[]; got: readonly string[] } {
    const told = this.#said.filter((message) => message.receiver === receiver).flatMap((message) => message.alerts);
    return { expected: expected.map(tellingLine).sort(), got: told.map(toldLine).sort() };
  }

  #plan(telling: Telling, transition: Transition, now: number): void {
    const key = `${telling.receiver}\n${telling.groupKey}`;
    const group = this.#groups.get(key);
    const untold = [...(group?.untold ?? []), { ...transition, id: ++this.#transitions }];
    this.#groups.set(key, { ...group, telling, untold, dueAt: dueAfter(group, telling, now) });
  }

  #send(key: string, group: Group, { alerts, now }: { alerts: AlertsByRule; now: number }): readonly Notification[] {
    const message = compose({
      claim: claimOf(group, alerts),
      route: ROUTE,
      ruleOf: () => undefined,
      assetOf: () => undefined,
      evidenceOf: () => ({ expression: '', substituted: '', inputs: [] }),
      now,
      timezone: 'UTC',
    });
    const dueAt = message.status === 'firing' ? now + group.telling.repeatInterval : null;
    this.#groups.set(key, { ...group, untold: [], lastSentAt: now, dueAt });
    return message.alerts.length === 0 ? [] : [message];
  }
}

function claimOf({ telling, untold }: Group, alerts: AlertsByRule): Parameters<typeof compose>[0]['claim'] {
  const changed = new Set(untold.map(keyOf));
  const concerned = [...alerts.values()].flatMap((members) =>
    [...members.values()].filter((alert) => alert.state === 'firing' || changed.has(keyOf(alert))),
  );
  return { ...telling, token: '', threadId: '', attempts: 0, earlier: [], untold, alerts: concerned };
}

function keyOf({ rule, labels }: Pick<Alert, 'rule' | 'labels'>): string {
  return `${rule}\n${labelsKey(labels)}`;
}

function toldLine({ rule, labels, level, changes }: ToldAlert): string {
  return `${changes.join(', ') || 'reminder'}: ${printLabels(withLevel(rule, labels, level))}`;
}

function tellingLine({ alert, labels, level, changes }: ExpectedTelling): string {
  return `${changes.join(', ') || 'reminder'}: ${printLabels(withLevel(alert, labels, level))}`;
}
