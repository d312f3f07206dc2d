import type { Labels } from '../model/labels.ts';
import { labelsKey } from '../model/labels.ts';
import type { Backtest } from './backtest.ts';
import { countedLevel } from './backtest.ts';
import type { IncidentEvent } from './incident.ts';

/** One firing, as `--json` prints it. */
export interface FiringLine {
  readonly incident: string;
  readonly rule: string;
  readonly level: string;
  readonly labels: Labels;
  readonly fired_at: string;
  readonly resolved_at: string | null;
  /** Before the event that counts for it, negative after; `null` in an incident without events. */
  readonly lead_seconds: number | null;
  readonly notifications: number;
}

/** Every firing in the order of time. */
export function linesOf(result: Backtest): readonly FiringLine[] {
  const { incident, alerts } = result;
  const lines = alerts.flatMap((history) =>
    history.firings.map((firing) => {
      const level = countedLevel(firing, history.labels);
      const event = eventFor(result, history.rule, { labels: history.labels, level });
      return {
        incident: incident.name,
        rule: history.rule,
        level,
        labels: sorted(history.labels),
        fired_at: isoTime(firing.firedAt),
        resolved_at: firing.resolvedAt === null ? null : isoTime(firing.resolvedAt),
        lead_seconds: event === undefined ? null : Math.round((event.at - firing.firedAt) / 1000),
        notifications: firing.notifications,
      };
    }),
  );
  return lines.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** The event that an expectation about this alert and level names, else the disclosure, else the first. */
function eventFor(
  { incident }: Backtest,
  rule: string,
  about: Pick<FiringLine, 'labels' | 'level'>,
): IncidentEvent | undefined {
  const { events, expect } = incident;
  const asked = expect.filter(
    (one) => one.alert === rule && Object.entries(one.labels).every(([name, value]) => about.labels[name] === value),
  );
  const same = asked.find(({ level }) => level === about.level) ?? asked[0];
  const named = (name: string | undefined) => events.find((event) => event.name === name);
  return named(same?.before) ?? named('disclosure') ?? events[0];
}

/** ISO 8601 in UTC, to the second unless there are milliseconds. */
export function isoTime(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function orderOf({ fired_at, rule, level, labels }: FiringLine): string {
  return `${fired_at}\n${rule}\n${labelsKey(labels)}\n${level}`;
}
