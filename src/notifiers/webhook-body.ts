import type { Notification, ToldAlert } from '../model/notification.ts';
import { clip, describe, pageOf, runbookOf } from './content.ts';
import { describeInputs } from './content-inputs.ts';

/** Standard Webhooks asks for less than 20 kB. */
const MOST_BYTES = 20_000;
const LABELS = 30;

/** The body as `docs/receivers.md` describes it, with as many alerts as fit, worst first. */
export function webhookBody(notification: Notification): string {
  const alerts: object[] = [];
  let body = bodyOf(notification, alerts);
  for (const alert of notification.alerts) {
    const next = bodyOf(notification, [...alerts, alertOf(alert, notification)]);
    if (Buffer.byteLength(next) >= MOST_BYTES) break;
    alerts.push(alertOf(alert, notification));
    body = next;
  }
  return body;
}

function bodyOf(notification: Notification, alerts: readonly object[]): string {
  const { id, receiver, status, level, reminder, groupKey, groupLabels, threadId, dashboardUrl, at } = notification;
  return JSON.stringify({
    type: `alert.${status}`,
    timestamp: timeOf(at),
    data: {
      id,
      receiver,
      status,
      level,
      reminder,
      text: describe(notification, 0).title,
      group: { key: clip(groupKey, 1000), labels: labelsOf(groupLabels), thread: threadId },
      dashboard_url: dashboardUrl,
      alerts,
      truncated_alerts: notification.alerts.length - alerts.length,
      unchanged_alerts: notification.unchanged ?? 0,
    },
  });
}

function alertOf(alert: ToldAlert, notification: Notification) {
  const { id, rule, state, level, value, threshold, peak, evidence, atRisk, explorer, block } = alert;
  return {
    id,
    rule,
    state,
    level,
    labels: labelsOf(alert.labels),
    changes: alert.changes.slice(-20).map((change) => clip(change, 100)),
    summary: clip(alert.summary, 300),
    description: alert.description && clip(alert.description, 1000),
    runbook: runbookOf(alert) ?? (alert.runbook && clip(alert.runbook, 500)),
    page: pageOf(alert, notification),
    explorer,
    block,
    at_risk: atRisk && { usd: atRisk.usd, text: atRisk.text },
    value,
    threshold,
    peak,
    since: timeOf(alert.since),
    start_unseen: alert.startUnseen,
    ended_at: timeOf(alert.endedAt),
    stale_since: timeOf(alert.staleSince),
    expression: clip(evidence.expression, 700),
    computed: clip(evidence.substituted, 700),
    inputs: describeInputs(evidence.inputs, notification.at).map((line) => clip(line, 300)),
  };
}

function labelsOf(labels: Notification['groupLabels']): Record<string, string> {
  const shown = Object.entries(labels).slice(0, LABELS);
  return Object.fromEntries(shown.map(([name, value]) => [clip(name, 100), clip(value, 200)]));
}

function timeOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
