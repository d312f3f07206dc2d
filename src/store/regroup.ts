import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import { alertId } from '../model/alert.ts';
import { dueId } from '../model/claim.ts';
import type { DueKey, Telling } from '../model/claim.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { wake } from './wake.ts';

/** Says who would be told of a transition now. */
export type TellingsOf = (transition: Transition) => readonly Telling[];

/**
 * Moves what is untold under a receiver or group that the routes no longer have to where it would go now, and takes firing alerts
 * along: a receiver that knows of one is not told again, one that has never heard of it is. Nothing changes while the routes do not.
 */
export async function regroup(db: Database, tellingsOf: TellingsOf, now: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await moveUntold(transaction, tellingsOf, now);
    await moveFiring(transaction, tellingsOf, now);
    await wake(transaction);
  });
}

type UntoldRow = Transition & { readonly id: number; readonly keys: readonly DueKey[] };

async function moveUntold(db: Connection, tellingsOf: TellingsOf, now: number): Promise<void> {
  const rows = await query<UntoldRow>(
    db,
    sql`select id, rule, labels, kind, at, from_level as "from", to_level as "to", active_at as "activeAt",
          jsonb_agg(jsonb_build_object('receiver', receiver, 'groupKey', group_key)) as keys
        from tocsin.tellings join tocsin.transitions on id = any(transition_ids) where told_at is null
        group by id order by id`,
  );
  const moves = rows.flatMap((row) => {
    const wanted = tellingsOf(row);
    const known = new Set(wanted.map(dueId));
    const gone = row.keys.filter((key) => !known.has(dueId(key)));
    return gone.length === 0 ? [] : [{ row, wanted, gone }];
  });
  const fresh = moves.flatMap(({ row, wanted }) =>
    wanted.map((telling) => ({ ...telling, transitionId: row.id, alertId: alertId(row) })),
  );
  await open(db, fresh, now);
  const owed = moves.flatMap(({ row, wanted }) => {
    const known = new Set(row.keys.map(dueId));
    return wanted.filter((telling) => !known.has(dueId(telling))).map((telling) => ({ ...telling, id: row.id }));
  });
  await sql`insert into tocsin.tellings (receiver, group_key, transition_ids, flush)
    select receiver, "groupKey", array_agg(id order by id), flush
    from ${rowsOf(owed, 'receiver text, "groupKey" text, id bigint, flush boolean')}
    group by receiver, "groupKey", flush`.execute(db);
  await disown(
    db,
    moves.flatMap(({ row, gone }) => gone.map((key) => ({ ...key, id: row.id }))),
  );
}

async function disown(db: Connection, gone: readonly (DueKey & { readonly id: number })[]): Promise<void> {
  await sql`update tocsin.tellings t set transition_ids = array(
      select unnest(t.transition_ids) except select unnest(lost.ids) order by 1)
    from (select receiver, "groupKey", array_agg(id) as ids
      from ${rowsOf(gone, 'receiver text, "groupKey" text, id bigint')} group by receiver, "groupKey") as lost
    where t.receiver = lost.receiver and t.group_key = lost."groupKey" and t.told_at is null`.execute(db);
  await sql`delete from tocsin.tellings where told_at is null and transition_ids = '{}'`.execute(db);
}

interface FiringRow {
  readonly alert: Alert;
  readonly members: readonly (DueKey & { readonly told: string | null; readonly sentAt: number | null })[];
}

async function moveFiring(db: Connection, tellingsOf: TellingsOf, now: number): Promise<void> {
  const rows = await query<FiringRow>(
    db,
    sql`with heard as (
          select receiver, group_key, alert_id, max(told_level) as told_level from (
            select receiver, group_key, h.id as alert_id, h.of ->> 'level' as told_level
            from tocsin.group_due cross join jsonb_each(heard) as h(id, of) union all
            select receiver, group_key, alert_id, null from tocsin.tellings
            join tocsin.transitions on id = any(transition_ids) where told_at is null) as each
          group by receiver, group_key, alert_id)
        select a.alert, coalesce(jsonb_agg(jsonb_build_object('receiver', m.receiver, 'groupKey', m.group_key,
          'told', m.told_level, 'sentAt', g.last_sent_at)) filter (where m.alert_id is not null), '[]') as members
        from tocsin.alerts a left join heard m on m.alert_id = a.id
          left join tocsin.group_due g on g.receiver = m.receiver and g.group_key = m.group_key
        where a.state = 'firing' group by a.id order by a.id`,
  );
  const moved = rows.flatMap(({ alert, members }) => {
    const known = new Map(members.map((member) => [dueId(member), member]));
    return firingTellings(alert, tellingsOf)
      .filter((telling) => !known.has(dueId(telling)))
      .map((telling) => {
        const before = members.find(({ receiver, told }) => receiver === telling.receiver && told !== null);
        return { ...telling, alertId: alertId(alert), told: before?.told ?? null, sentAt: before?.sentAt ?? null };
      });
  });
  await open(db, moved, now);
  const wanted = rows.flatMap(({ alert }) => firingTellings(alert, tellingsOf));
  await dropUnwanted(db, wanted);
}

function firingTellings(alert: Alert, tellingsOf: TellingsOf): readonly Telling[] {
  const { rule, labels, level, activeAt = 0 } = alert;
  return tellingsOf({ kind: 'firing', rule, labels, at: activeAt, from: null, to: level, activeAt });
}

interface Member extends Telling {
  readonly alertId: string;
  readonly told?: string | null;
  readonly sentAt?: number | null;
}

/** Makes groups due, and alerts members of them. */
async function open(db: Connection, members: readonly Member[], now: number): Promise<void> {
  const groups = new Map<string, Member>();
  for (const member of members) {
    const group = groups.get(dueId(member));
    groups.set(dueId(member), { ...member, sentAt: group?.sentAt ?? member.sentAt ?? null });
  }
  await sql`insert into tocsin.group_due
      (receiver, group_key, labels, group_wait, group_interval, repeat_interval, due_at, last_sent_at)
    select receiver, "groupKey", "groupLabels", "groupWait", "groupInterval", "repeatInterval", ${now} + "groupWait", "sentAt"
    from ${rowsOf([...groups.values()], GROUP)} order by receiver, "groupKey"
    on conflict (receiver, group_key) do update set due_at = least(tocsin.group_due.due_at, excluded.due_at)`.execute(
    db,
  );
  await sql`update tocsin.group_due g set heard = m.heard || g.heard
    from (select receiver, "groupKey", jsonb_object_agg("alertId", jsonb_build_object('level', told)) as heard
      from ${rowsOf(members, 'receiver text, "groupKey" text, "alertId" text, told text')}
      group by receiver, "groupKey") as m
    where g.receiver = m.receiver and g.group_key = m."groupKey"`.execute(db);
}

const GROUP = `receiver text, "groupKey" text, "groupLabels" jsonb, "groupWait" bigint, "groupInterval" bigint,
  "repeatInterval" bigint, "sentAt" bigint`;

/** A group that no firing alert belongs to and in which nothing is untold has nothing more to say. */
async function dropUnwanted(db: Connection, wanted: readonly Telling[]): Promise<void> {
  const keys = [...new Map(wanted.map((telling) => [dueId(telling), telling])).values()];
  await sql`delete from tocsin.group_due g where not exists (
      select from ${rowsOf(keys, 'receiver text, "groupKey" text')}
      where r.receiver = g.receiver and r."groupKey" = g.group_key)
    and not exists (select from tocsin.tellings t
      where t.receiver = g.receiver and t.group_key = g.group_key and t.told_at is null)`.execute(db);
}
