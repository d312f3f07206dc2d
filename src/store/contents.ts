import { sql } from 'kysely';
import { alertId, identify } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { Acknowledgement, Silence } from '../model/mute.ts';
import type { Claim, ClaimMuting, DueKey } from '../model/claim.ts';
import { type Connection, KEY, query, rowsOf } from './database.ts';
import type { Fresh, Untold } from './fresh.ts';

export interface Content extends Pick<Claim, 'earlier' | 'untold' | 'alerts'> {
  readonly muting: Omit<ClaimMuting, 'wakes' | 'lastSentAt'>;
}

/** What groups say, in the order asked. All of it is of one instant only in a transaction that says so. */
export async function readContents(
  db: Connection,
  claims: readonly Pick<Claim, keyof DueKey | 'threadId'>[],
  { now, fresh }: { readonly now: number; readonly fresh?: Fresh },
): Promise<readonly Content[]> {
  const groups = await readGroups(db, claims);
  const changes = await readTransitions(
    db,
    groups.flatMap(({ untold }) => untold.flat()),
    fresh,
  );
  const sorted = groups.map(({ untold }) =>
    untold
      .flat()
      .sort((a, b) => a - b)
      .map((id) => changes.get(id)!),
  );
  const changed = sorted.map((untold) => untold.map(alertId));
  const untoldIds = changed.map((each) => new Set(each));
  const ids = groups.map(({ heard }, n) => [...new Set([...Object.keys(heard), ...untoldIds[n]!])].sort());
  const untold = new Set(untoldIds.flatMap((each) => [...each]));
  const stored = await readAlerts(db, { ids: [...new Set(ids.flat())], untold, fresh });
  const muting = await readMuting(db, { ids: [...stored.keys()], now, since: oldestOf(sorted) });
  return groups.map(({ heard, earlier }, n) => {
    const alerts = ids[n]!.flatMap((id) => {
      const alert = stored.get(id);
      return alert && (alert.state === 'firing' || untoldIds[n]!.has(id)) ? [alert] : [];
    });
    const removed = [...untoldIds[n]!].flatMap((id) =>
      stored.has(id) ? [] : [asRemoved(sorted[n]![changed[n]!.lastIndexOf(id)]!)],
    );
    return { earlier, untold: sorted[n]!, alerts: [...alerts, ...removed], muting: { ...heardOf(heard), ...muting } };
  });
}

/** What a receiver was told of an alert, as `group_due.heard` has it. */
interface Heard {
  readonly level: string | null;
  readonly at?: number;
  readonly tried?: true;
}

interface GroupRow {
  readonly heard: Readonly<Record<string, Heard>>;
  readonly untold: readonly (readonly number[])[];
  readonly earlier: readonly string[];
}

async function readGroups(
  db: Connection,
  claims: readonly Pick<Claim, keyof DueKey | 'threadId'>[],
): Promise<readonly GroupRow[]> {
  const keys = claims.map(({ receiver, groupKey, threadId }, n) => ({ n, receiver, groupKey, threadId }));
  return query<GroupRow>(
    db,
    sql`select coalesce(g.heard, '{}') as heard,
        (select coalesce(json_agg(transition_ids), '[]') from tocsin.tellings t
          where t.receiver = r.receiver and t.group_key = r."groupKey" and t.told_at is null) as untold,
        (select coalesce(json_agg(receipt order by at, id), '[]') from tocsin.notifications
          where thread_id = r."threadId" and receipt is not null) as earlier
      from ${rowsOf(keys, `n int, ${KEY}, "threadId" uuid`)}
      left join tocsin.group_due g on g.receiver = r.receiver and g.group_key = r."groupKey" order by r.n`,
  );
}

function heardOf(heard: GroupRow['heard']): Pick<ClaimMuting, 'believed' | 'spokenAt' | 'tried'> {
  const believed: Record<string, string> = {};
  const spokenAt: Record<string, number> = {};
  const tried: string[] = [];
  for (const [id, of] of Object.entries(heard)) {
    if (of.level != null) believed[id] = of.level;
    if (of.at != null) spokenAt[id] = of.at;
    if (of.tried) tried.push(id);
  }
  return { believed, spokenAt, tried };
}

type TransitionRow = Omit<Untold, 'value' | 'peak' | 'peakAt'> & {
  readonly alertId: string;
  readonly value: number | null;
  readonly peak: number | null;
  readonly peakAt: number | null;
};

async function readTransitions(
  db: Connection,
  ids: readonly number[],
  fresh: Fresh | undefined,
): Promise<ReadonlyMap<number, Untold>> {
  const found = new Map<number, Untold>();
  const missing = ids.filter((id) => {
    const known = fresh?.transitions.get(id);
    if (known !== undefined) found.set(id, known);
    return known === undefined;
  });
  if (missing.length === 0) return found;
  const rows = await query<TransitionRow>(
    db,
    sql`select id, alert_id as "alertId", rule, labels, kind, from_level as "from", to_level as "to", at, value,
        active_at as "activeAt", peak, peak_at as "peakAt" from tocsin.transitions where id = any(${missing}::bigint[])`,
  );
  for (const { alertId: id, value, peak, peakAt, ...rest } of rows) {
    const change = {
      ...rest,
      ...(value !== null && { value }),
      ...(peak !== null && { peak }),
      ...(peakAt !== null && { peakAt }),
    };
    found.set(rest.id, identify(change, id));
  }
  return found;
}

interface Asked {
  readonly ids: readonly string[];
  /** Those that are wanted even if they do not fire. */
  readonly untold: ReadonlySet<string>;
  readonly fresh: Fresh | undefined;
}

async function readAlerts(db: Connection, { ids, untold, fresh }: Asked): Promise<ReadonlyMap<string, Alert>> {
  const known = new Map(ids.map((id) => [id, fresh?.alerts.get(id)]));
  const xids = ids.map((id) => known.get(id)?.xid ?? null);
  const rows = await query<{ id: string; alert: Alert | null }>(
    db,
    sql`select a.id, case when a.xmin::text is distinct from k.xid then a.alert end as alert
        from unnest(${ids}::text[], ${xids}::text[], ${ids.map((id) => untold.has(id))}::boolean[]) as k(id, xid, untold)
        join tocsin.alerts a on a.id = k.id where a.state = 'firing' or k.untold`,
  );
  return new Map(rows.map(({ id, alert }) => [id, alert === null ? known.get(id)!.alert : identify(alert, id)]));
}

interface MutingRow {
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** Silences that were in force since `since`, and acknowledgements of these alerts. */
async function readMuting(
  db: Connection,
  { ids, now, since }: { readonly ids: readonly string[]; readonly now: number; readonly since: number },
): Promise<MutingRow> {
  const [row] = await query<MutingRow>(
    db,
    sql`select (select coalesce(json_agg(json_build_object('id', id, 'matchers', matchers, 'startsAt', starts_at,
          'endsAt', ends_at, 'createdBy', created_by, 'comment', comment, 'updatedAt', updated_at)), '[]')
        from tocsin.silences where starts_at <= ${now} and ends_at > ${Math.min(now, since)}) as silences,
      (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('alertId', alert_id, 'rule', rule, 'labels', labels,
          'by', by_whom, 'via', via, 'at', at, 'note', note, 'until', until)) || jsonb_build_object('level', level)), '[]')
        from tocsin.acknowledgements
        where ended_at is null and until > ${now} and alert_id = any(${ids}::text[])) as acknowledgements`,
  );
  return row!;
}

function oldestOf(untold: readonly (readonly Untold[])[]): number {
  return untold.flat().reduce((oldest, { at }) => Math.min(oldest, at), Infinity);
}

/** An alert that is no longer stored, as its last transition left it. */
function asRemoved({ rule, labels, at, value, peak, peakAt, activeAt }: Transition): Alert {
  const ended = { state: 'inactive', level: null, pending: {}, startUnseen: false } as const;
  return { ...ended, rule, labels, lastKnownAt: at, activeAt, value, peak, peakAt };
}
