import { sql } from 'kysely';
import type { Episode } from '../model/digest.ts';
import type { InboxMessage } from '../model/config.ts';
import type { SentNotification } from '../model/claim.ts';
import type { AlertHistory, ReceiverState, SourceState } from '../model/store.ts';
import { type Database, query } from './database.ts';
import { ofTransition } from './telling.ts';

export async function sourceStates(db: Database): Promise<readonly SourceState[]> {
  const rows = await db.selectFrom('source_states').selectAll().orderBy('source').execute();
  return rows.map((row) => ({
    source: row.source,
    lastRunAt: row.last_run_at,
    tookMs: row.took_ms,
    origin: row.origin,
    ...(row.last_ok_at !== null && { lastOkAt: row.last_ok_at }),
    ...(row.error !== null && { error: row.error }),
  }));
}

export async function lastRuns(db: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom('source_states').select(['source', 'last_run_at']).execute();
  return new Map(rows.map((row) => [row.source, row.last_run_at]));
}

interface ReceiverRow {
  readonly receiver: string;
  readonly last_accepted_at: number | null;
  readonly last_error: string | null;
  readonly last_error_at: number | null;
  readonly dead: boolean | null;
  readonly waiting: number | null;
}

export async function receiverStates(db: Database): Promise<readonly ReceiverState[]> {
  const rows = await query<ReceiverRow>(
    db,
    sql`select * from tocsin.receiver_states full join (
          select receiver, count(distinct group_key) as waiting from tocsin.tellings where told_at is null group by receiver
        ) as untold using (receiver) order by receiver`,
  );
  return rows.map((row) => ({
    receiver: row.receiver,
    dead: row.dead ?? false,
    waiting: row.waiting ?? 0,
    ...(row.last_accepted_at !== null && { lastAcceptedAt: row.last_accepted_at }),
    ...(row.last_error !== null && { lastError: row.last_error }),
    ...(row.last_error_at !== null && { lastErrorAt: row.last_error_at }),
  }));
}

/** Newest first. */
export async function sent(db: Database, limit: number): Promise<readonly SentNotification[]> {
  const rows = await db.selectFrom('notifications').selectAll().orderBy('at', 'desc').limit(limit).execute();
  return rows.map(({ id, receiver, group_key: groupKey, at, receipt, status, alerts }) => {
    return { id, receiver, groupKey, at, status, alerts, ...(receipt !== null && { receipt }) };
  });
}

export async function keepInbox(db: Database, message: InboxMessage): Promise<void> {
  await sql`insert into tocsin.inbox (id, at, message) values (${message.id}, ${message.at}, ${JSON.stringify(message)})
    on conflict (id) do nothing`.execute(db);
}

/** Newest first. */
export async function inbox(db: Database, limit: number): Promise<readonly InboxMessage[]> {
  const rows = await db.selectFrom('inbox').select('message').orderBy('at', 'desc').limit(limit).execute();
  return rows.map((row) => row.message);
}

export async function alertHistory(db: Database, id: string, limit: number): Promise<AlertHistory | undefined> {
  const rows = await query<AlertHistory['transitions'][number] & Pick<AlertHistory, 'rule' | 'labels'>>(
    db,
    sql`select x.rule, x.labels, x.at, x.kind, coalesce(x.to_level, x.from_level) as level, x.value,
          (select coalesce(jsonb_agg(jsonb_build_object('receiver', receiver, 'at', told_at, 'kept', kept) order by receiver), '[]')
            from tocsin.tellings where ${ofTransition(sql`x.id`)}) as told
        from tocsin.transitions x where x.alert_id = ${id} order by x.id desc limit ${limit}`,
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  return { rule: first.rule, labels: first.labels, transitions: rows.map(({ rule: _r, labels: _l, ...each }) => each) };
}

/** Newest first. */
export async function episodes(db: Database, from: number, limit: number): Promise<readonly Episode[]> {
  const rows = await query<Omit<Episode, 'endedAt'> & { readonly endedAt: number | null }>(
    db,
    sql`select e.alert_id as "alertId", e.rule, e.labels, e.fired_at as "firedAt", e.ended_at as "endedAt",
          (select x.to_level from tocsin.transitions x
            where x.alert_id = e.alert_id and x.at >= e.fired_at and (e.ended_at is null or x.at <= e.ended_at) and x.to_level is not null
            order by case x.to_level when 'critical' then 0 when 'warning' then 1 else 2 end limit 1) as level
        from tocsin.episodes e where e.fired_at is not null and (e.ended_at is null or e.ended_at >= ${from})
        order by e.fired_at desc, e.id desc limit ${limit}`,
  );
  return rows.map(({ endedAt, ...each }) => ({ ...each, ...(endedAt !== null && { endedAt }) }));
}
