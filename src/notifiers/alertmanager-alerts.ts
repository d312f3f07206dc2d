import type { AlertLevel } from '../model/alert.ts';
import type { Notification, ToldAlert } from '../model/notification.ts';
import { remembered } from '../model/remembered.ts';
import { LEVELS } from '../model/rule.ts';
import { clip, pageOf, runbookOf } from './content.ts';
import { isOver } from './incident.ts';

/** Of Alertmanager's API v2, where the label set is the identity. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** `expiresAfter` is ms: without an end of ours Alertmanager would resolve an alert five minutes after it last heard of it. */
export function alertsFor(notification: Notification, expiresAfter: number): readonly PostedAlert[] {
  const expiresAt = timeOf(notification.at + expiresAfter);
  return notification.alerts.flatMap((alert) => {
    const ended = leftLevels(alert).map((level) => {
      const posted = postedAt(level, alert, { notification, endsAt: timeOf(endOf(alert, notification)) });
      return level === alert.level ? posted : { ...posted, annotations: {} };
    });
    return isOver(alert) ? ended : [...ended, postedAt(alert.level, alert, { notification, endsAt: expiresAt })];
  });
}

/** What is evaluated together begins at the same instant. */
const times = new Map<number, string>();
const MOST_TIMES = 1000;

function timeOf(at: number): string {
  return remembered(times, at, () => new Date(at).toISOString(), MOST_TIMES);
}

/** The level is part of the identity there, so that each one it may still know of has to be ended. */
function leftLevels(alert: ToldAlert): readonly AlertLevel[] {
  const { level, changes } = alert;
  const over = isOver(alert);
  if (level === null) return over ? [null] : [];
  if (!over && changes.every((change) => change === 'firing')) return [];
  return LEVELS.filter((name) => over || name !== level);
}

function endOf({ endedAt, changedAt, since }: ToldAlert, { at }: Notification): number {
  return Math.max(since, endedAt ?? changedAt?.at(-1) ?? at);
}

function postedAt(
  level: AlertLevel,
  alert: ToldAlert,
  { notification, endsAt }: { readonly notification: Notification; readonly endsAt: string },
): PostedAlert {
  const generatorURL = pageOf(alert, notification);
  const labels = labelsOf(alert.labels);
  labels['alertname'] = alert.rule;
  if (level !== null) labels['severity'] = level;
  return {
    labels,
    annotations: present({
      summary: clip(alert.summary, 300),
      description: alert.description && clip(alert.description, 1000),
      runbook_url: runbookOf(alert) ?? (alert.runbook && clip(alert.runbook, 1500)),
      value: alert.value,
      threshold: alert.threshold,
      at_risk: alert.atRisk?.text,
      computed: clip(alert.evidence.substituted, 300),
      alert_id: alert.id,
    }),
    startsAt: timeOf(alert.since),
    endsAt,
    ...(generatorURL !== undefined && { generatorURL }),
  };
}

/** One bad name and Alertmanager refuses every alert of the request. */
function labelsOf(labels: ToldAlert['labels']): Record<string, string> {
  const known: Record<string, string> = {};
  for (const name in labels) if (/^[a-zA-Z_]\w*$/.test(name)) known[name] = clip(labels[name]!, 1000);
  return known;
}

function present(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name in texts) if (texts[name]) given[name] = texts[name];
  return given;
}
