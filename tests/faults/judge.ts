import type { Pool } from 'pg';
import { alertId } from '../../src/model/alert.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { Silence } from '../../src/model/mute.ts';
import type { ToldAlert } from '../../src/model/notification.ts';
import { matchesAll } from '../../src/dispatch/match.ts';
import { destinationsOf } from '../../src/dispatch/route.ts';
import { shownLabels } from '../../src/dispatch/shown.ts';
import type { Accepted } from './receiver.ts';
import type { Setting } from './rules.ts';
import type { Posting } from './storm.ts';

export interface Judgement {
  readonly lost: number;
  readonly false_resolves: number;
  readonly duplicates_in_window: number;
  readonly duplicates_outside: number;
  /** One sentence for each thing that is wrong. */
  readonly wrong: readonly string[];
}

interface Told {
  readonly id: number;
  readonly alert: string;
  readonly rule: string;
  readonly labels: Record<string, string>;
  readonly kind: string;
  readonly at: number;
  readonly from: Alert['level'];
  readonly to: Alert['level'];
  readonly groupKey: string;
  readonly isTold: boolean;
  readonly kept: string | null;
}

export interface Story {
  readonly setting: Setting;
  readonly silences: readonly Silence[];
  /** What another program said last of each of its alerts. */
  readonly posted?: ReadonlyMap<string, Posting>;
}

/** Compares what a receiver accepted with what the database says happened. */
export async function judge(
  pool: Pool,
  accepted: readonly Accepted[],
  { setting, silences, posted = new Map() }: Story,
): Promise<Judgement> {
  const tellings = await readTellings(pool);
  const said = saidOf(accepted);
  const alerts = await readAlerts(pool);
  const wrong = [
    ...untold(tellings, said),
    ...wronglyKept(tellings, silences, setting),
    ...misbelieved(alerts, accepted, setting),
    ...forgotten(alerts, posted),
  ];
  const ended = falseEnds(tellings, accepted);
  const { inWindow, outside } = repeats(said);
  return {
    lost: wrong.length,
    false_resolves: ended.length,
    duplicates_in_window: inWindow,
    duplicates_outside: outside.length,
    wrong: [...wrong, ...ended, ...outside],
  };
}

async function readTellings(pool: Pool): Promise<readonly Told[]> {
  const { rows } = await pool.query<Told>(
    `select x.id::int, x.alert_id as alert, x.rule, x.labels, x.kind, x.at::float8 as at, x.from_level as "from",
       x.to_level as "to", t.group_key as "groupKey", t.told_at is not null as "isTold", t.kept
     from tocsin.tellings t join tocsin.transitions x on x.id = any(t.transition_ids) order by x.id`,
  );
  return rows;
}

async function readAlerts(pool: Pool): Promise<readonly Alert[]> {
  const { rows } = await pool.query<{ alert: Alert }>('select alert from tocsin.alerts');
  return rows.map(({ alert }) => alert);
}

/** Group key, alert and time of a change → the messages that told it. */
function saidOf(accepted: readonly Accepted[]): ReadonlyMap<string, readonly Accepted[]> {
  const said = new Map<string, Accepted[]>();
  for (const each of accepted)
    for (const alert of each.notification.alerts)
      for (const [index] of alert.changes.entries()) {
        const key = keyOf(
          each.notification.groupKey,
          alert.id,
          alert.changedAt![index]!,
          kindOf(alert.changes[index]!),
        );
        said.set(key, [...(said.get(key) ?? []), each]);
      }
  return said;
}

function kindOf(change: string): string {
  return /→|moved/.test(change) ? 'level' : change.split(/[ :]/)[0]!;
}

function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join(' | ');
}

function untold(tellings: readonly Told[], said: ReadonlyMap<string, unknown>): readonly string[] {
  return tellings.flatMap(({ alert, rule, labels, kind, at, groupKey, isTold, kept }) => {
    const about = `${kind} of ${rule} ${labels['asset']} at ${at} to ${groupKey}`;
    if (!isTold) return [`untold: ${about}`];
    return kept === null && !said.has(keyOf(groupKey, alert, at, kind)) ? [`never arrived: ${about}`] : [];
  });
}

/** With neither inhibition, escalation nor mute times only a silence from firing to end excuses what is never told. */
function wronglyKept(
  tellings: readonly Told[],
  silences: readonly Silence[],
  { inhibit, route }: Setting,
): readonly string[] {
  if (inhibit.length > 0 || route.escalate !== undefined || route.muteTimes !== undefined) return [];
  return tellings
    .filter(({ kept }) => kept === 'muted')
    .filter(
      ({ rule, labels, at, from, to }) =>
        ![from, to].some((level) =>
          silences.some(
            ({ matchers, startsAt, endsAt }) =>
              startsAt <= at && at < endsAt && matchesAll(matchers, shownLabels({ rule, labels, level })),
          ),
        ),
    )
    .map(
      ({ kind, rule, at, groupKey }) => `kept although nothing muted it: ${kind} of ${rule} at ${at} to ${groupKey}`,
    );
}

const isFiring = ({ state, elsewhere }: ToldAlert) => state === 'firing' && elsewhere !== true;

/** The recipient of each group takes exactly those alerts to fire that do. */
function misbelieved(alerts: readonly Alert[], accepted: readonly Accepted[], { route }: Setting): readonly string[] {
  const believed = new Map<string, string>();
  for (const { notification } of accepted)
    for (const alert of notification.alerts) {
      const key = keyOf(notification.groupKey, alert.id);
      if (isFiring(alert)) believed.set(key, alert.level ?? '');
      else believed.delete(key);
    }
  const truth = new Map<string, string>();
  for (const alert of alerts)
    if (alert.state === 'firing')
      for (const { telling } of destinationsOf(route, shownLabels(alert)))
        truth.set(keyOf(telling.groupKey, alertId(alert)), alert.level ?? '');
  return [
    ...[...truth]
      .filter(([key, level]) => believed.get(key) !== level)
      .map(([key]) => `fires and is not known: ${key}`),
    ...[...believed].filter(([key]) => !truth.has(key)).map(([key]) => `is over and is not known: ${key}`),
  ];
}

/** What was posted and kept is judged, whatever happened. */
function forgotten(alerts: readonly Alert[], posted: ReadonlyMap<string, Posting>): readonly string[] {
  const states = new Map(alerts.flatMap(({ labels, state }) => (labels['entity'] ? [[labels['entity'], state]] : [])));
  return [...posted]
    .filter(([entity, said]) => (states.get(entity) === 'firing') !== (said === 'firing'))
    .map(([entity, said]) => `posted as ${said} and ${states.get(entity) ?? 'not'} known: ${entity}`);
}

/** Ends that were told although the last thing that had happened was no end, and messages of an end while something fires. */
function falseEnds(tellings: readonly Told[], accepted: readonly Accepted[]): readonly string[] {
  const wrong: string[] = [];
  const firing = new Map<string, Set<string>>();
  for (const each of accepted) {
    const { notification } = each;
    const { groupKey, status, at, alerts } = notification;
    const known = firing.get(groupKey) ?? new Set<string>();
    firing.set(groupKey, known);
    for (const alert of alerts) {
      if (isFiring(alert)) known.add(alert.id);
      else known.delete(alert.id);
      if (alert.state === 'firing') continue;
      const own = tellings.filter((told) => told.alert === alert.id);
      if (!hadEnded(own, alert, each)) wrong.push(`false end of ${alert.id} at ${at}`);
    }
    if (status === 'resolved' && known.size > 0) wrong.push(`an end of ${groupKey} at ${at} while something fires`);
  }
  return wrong;
}

/**
 * True where the last change that its sender knew of may be an end: it knew what was committed before it claimed, and nothing that was
 * committed after the message arrived. What a worker knew that is a process of its own cannot be told: its message must speak of an end
 * that happened; where it was told to others, the message has no time of it.
 */
function hadEnded(
  tellings: readonly Told[],
  { endedAt }: ToldAlert,
  { known, notification: { at: sentAt } }: Accepted,
): boolean {
  const ends = ({ kind }: Told) => kind === 'resolved' || kind === 'removed';
  if (known === undefined)
    return tellings.some((told) => ends(told) && (endedAt === undefined ? told.at <= sentAt : told.at === endedAt));
  const end = tellings.findLast((told) => ends(told) && known.last.has(told.id));
  return end !== undefined && !tellings.some(({ id }) => id > end.id && known.first.has(id));
}

/** The same change told twice: excused when the first acceptance could not be known to its sender. */
function repeats(said: ReadonlyMap<string, readonly Accepted[]>): { inWindow: number; outside: readonly string[] } {
  let inWindow = 0;
  const outside: string[] = [];
  for (const [key, messages] of said)
    for (const [index, { excused }] of messages.slice(0, -1).entries()) {
      if (excused) inWindow++;
      else outside.push(`told again: ${key} at ${messages[index + 1]!.at}`);
    }
  return { inWindow, outside };
}
