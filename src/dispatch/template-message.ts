import { Drop } from 'liquidjs';
import { roughDuration } from '../model/duration.ts';
import type { Labels } from '../model/labels.ts';
import type { Notification, ToldAlert } from '../model/notification.ts';
import { engine, parseLiquid } from './template-liquid.ts';

/** Characters of what a template makes. */
const MOST = 10_000;
/** Alerts a template can speak of; `count` says how many there are. */
const ALERTS = 100;

/** What comes from outside makes no lines of its own. */
function flat(text: string): string {
  return text.replace(/\s*[\r\n\u0085\u2028\u2029]\s*/g, ' ');
}

/** Labels by name; one that is not there is empty, since labels differ from alert to alert. */
class LabelsDrop extends Drop {
  readonly #labels: Labels;

  constructor(labels: Labels) {
    super();
    this.#labels = labels;
  }

  override liquidMethodMissing(name: string | number): string {
    return Object.hasOwn(this.#labels, name) ? flat(this.#labels[name]!) : '';
  }

  override toString(): string {
    return Object.entries(this.#labels)
      .map(([name, value]) => flat(`${name}=${value}`))
      .join(' ');
  }
}

/** What the template of a message may speak of; what is not known is nil, so that every name is always there. */
export function messageScope(notification: Notification) {
  const { receiver, status, level, reminder, groupLabels, alerts, unchanged = 0, at, timezone } = notification;
  const { dashboardUrl } = notification;
  const told = alerts.slice(0, ALERTS).map((alert) => alertScope(alert, at));
  return {
    ...{ receiver, status, reminder, timezone },
    level,
    group: new LabelsDrop(groupLabels),
    alert: told[0] ?? null,
    alerts: told,
    count: alerts.length,
    firing: alerts.filter(({ state }) => state === 'firing').length,
    unchanged,
    at: iso(at),
    dashboard_url: dashboardUrl ?? null,
  };
}

function alertScope(alert: ToldAlert, now: number) {
  const { evidence, acknowledged } = alert;
  return {
    ...{ id: alert.id, rule: alert.rule, state: alert.state, changes: alert.changes, summary: flat(alert.summary) },
    labels: new LabelsDrop(alert.labels),
    level: orNil(alert.level ?? alert.labels['severity']),
    description: orNil(alert.description && flat(alert.description)),
    runbook: orNil(alert.runbook),
    value: orNil(alert.value),
    threshold: orNil(alert.threshold),
    peak: orNil(alert.peak),
    at_risk: orNil(alert.atRisk?.text),
    since: iso(alert.since),
    lasted: orNil(lastedOf(alert, now)),
    ended: orNil(alert.endedAt && iso(alert.endedAt)),
    stale_since: orNil(alert.staleSince && iso(alert.staleSince)),
    acknowledged_by: orNil(acknowledged?.by),
    explorer: orNil(alert.explorer),
    block: orNil(alert.block),
    expression: evidence.expression,
    computed: evidence.substituted,
  };
}

/** Unknown of what ended where others heard of it. */
function lastedOf({ state, since, endedAt }: ToldAlert, now: number): string | undefined {
  const end = state === 'firing' ? now : endedAt;
  return end === undefined ? undefined : roughDuration(end - since);
}

function orNil<Value>(value: Value | undefined): Value | null {
  return value ?? null;
}

/** Names that every alert has. */
export const ALERT_NAMES = Object.keys(
  alertScope(
    {
      ...{ id: '', rule: '', labels: {}, state: 'firing', level: null, changes: [], summary: '', since: 0 },
      ...{ startUnseen: false, evidence: { expression: '', substituted: '', inputs: [] } },
    },
    0,
  ),
);

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Renders a template of a message; cut where it is too long. @throws {Error} when it takes too much, or cannot be rendered. */
export function renderMessageTemplate(template: string, notification: Notification): string {
  return String(engine.renderSync(parseLiquid(template), messageScope(notification))).slice(0, MOST);
}
