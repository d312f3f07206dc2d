import { sql } from 'kysely';
import type { Transition } from '../model/alert.ts';
import type { Telling } from '../model/store.ts';
import { dueAfter } from '../dispatch/due.ts';
import { alertId } from './alertId.ts';
import { type Connection, query, rowsOf } from './database.ts';
import { groupBy } from './groupBy.ts';

export interface ToldTransition {
  readonly transition: Transition;
  readonly tellings: readonly Telling[];
}

/** Appends transitions to the record and makes their tellings due. */
export async function writeTransitions(db: Connection, changes: readonly ToldTransition[], now: number): Promise<void> {
  if (changes.length === 0) return;
  const ids = await appendTransitions(db, changes);
  const tellings = changes.flatMap((change, index) =>
    change.tellings.map((telling) => ({ ...telling, transitionId: ids[index]!, alertId: alertId(change.transition) })),
  );
  if (tellings.length === 0) return;
  // Due rows first: their lock keeps the end of a thread from racing with its new members.
  await planDue(db, tellings, now);
  await appendTellings(db, tellings);
}

async function appendTransitions(db: Connection, changes: readonly ToldTransition[]): Promise<number[]> {
  const numbered = await query<{ id: number }>(
    db,
    sql`select nextval('tocsin.transition_ids') as id from generate_series(1, ${changes.length}::int)`,
  );
  const ids = numbered.map((row) => row.id);
  const rows = changes.map(({ transition }, index) => {
    return { ...transition, id: ids[index], alertId: alertId(transition) };
  });
  const columns = `id bigint, "alertId" text, rule text, labels jsonb, kind text, at bigint,
    "from" text, "to" text, value float8, peak float8, "peakAt" bigint, "activeAt" bigint`;
  await sql`insert into tocsin.transitions
      (id, alert_id, rule, labels, kind, at, from_level, to_level, value, peak, peak_at, active_at)
    select id, "alertId", rule, labels, kind, at, "from", "to", value, peak, "peakAt", "activeAt"
    from ${rowsOf(rows, columns)}
  `.execute(db);
  return ids;
}

async function appendTellings(
  db: Connection,
  tellings: readonly (Telling & { readonly transitionId: number; readonly alertId: string })[],
): Promise<void> {
  const columns = 'receiver text, "groupKey" text, "transitionId" bigint, "alertId" text, flush boolean';
  await sql`insert into tocsin.tellings (receiver, group_key, transition_id, flush)
    select receiver, "groupKey", "transitionId", flush from ${rowsOf(tellings, columns)}`.execute(db);
  await sql`insert into tocsin.members (receiver, group_key, alert_id)
    select distinct receiver, "groupKey", "alertId" from ${rowsOf(tellings, columns)} on conflict do nothing
  `.execute(db);
}

/** Locks the due rows in the order of their keys and moves each to its next moment. */
async function planDue(db: Connection, tellings: readonly Telling[], now: number): Promise<void> {
  const groups = groupBy(tellings, (telling) => dueKey(telling.receiver, telling.groupKey));
  const rows = await lockDue(
    db,
    [...groups.values()].map((group) => group.at(-1)!),
  );
  const planned = rows.map(({ receiver, group_key, due_at, last_sent_at }) => {
    const sentAt = last_sent_at === null ? {} : { lastSentAt: last_sent_at };
    const next = (dueAt: number | null, telling: Telling) => dueAfter({ dueAt, ...sentAt }, telling, now);
    return { receiver, group_key, due_at: groups.get(dueKey(receiver, group_key))!.reduce(next, due_at) };
  });
  await sql`update tocsin.group_due g set due_at = r.due_at
    from ${rowsOf(planned, 'receiver text, group_key text, due_at bigint')}
    where g.receiver = r.receiver and g.group_key = r.group_key`.execute(db);
}

interface DueRow {
  readonly receiver: string;
  readonly group_key: string;
  readonly due_at: number | null;
  readonly last_sent_at: number | null;
}

async function lockDue(db: Connection, tellings: readonly Telling[]): Promise<readonly DueRow[]> {
  const columns = `receiver text, "groupKey" text, "groupLabels" jsonb,
    "groupWait" bigint, "groupInterval" bigint, "repeatInterval" bigint`;
  return query<DueRow>(
    db,
    sql`insert into tocsin.group_due (receiver, group_key, labels, group_wait, group_interval, repeat_interval)
        select receiver, "groupKey", "groupLabels", "groupWait", "groupInterval", "repeatInterval"
        from ${rowsOf(tellings, columns)} order by receiver, "groupKey"
        on conflict (receiver, group_key) do update set labels = excluded.labels, group_wait = excluded.group_wait,
          group_interval = excluded.group_interval, repeat_interval = excluded.repeat_interval
        returning receiver, group_key, due_at, last_sent_at`,
  );
}

function dueKey(receiver: string, groupKey: string): string {
  return JSON.stringify([receiver, groupKey]);
}
