import { sql } from 'kysely';
import type { Claim, DueKey } from '../model/claim.ts';
import type { Store } from '../model/store.ts';
import { failAhead } from './ahead.ts';
import { type Connection, type Database, KEY, query, rowsOf } from './database.ts';
import { wakesSoFar } from './wake.ts';

/** Nothing holds it: no claim, no backoff. */
export const free = (machineNow: number) => sql<boolean>`(claimed_until is null or claimed_until < ${machineNow})
  and (retry_at is null or retry_at <= ${machineNow})`;

/** Its time has come, or what holds it back may be over. */
export const isDue = (now: number) => sql<boolean>`(due_at <= ${now} or (parked and wakes < ${wakesSoFar}))`;

/** Rows of `tellings` that say who is told of a transition. */
export const ofTransition = (id: ReturnType<typeof sql>) =>
  sql<boolean>`int8range(transition_ids[1], transition_ids[cardinality(transition_ids)], '[]') @> ${id}
  and ${id} = any(transition_ids)`;

export async function dueGroups(db: Database, now: number, machineNow: number): Promise<readonly DueKey[]> {
  const due = db.selectFrom('group_due').select(['receiver', 'group_key as groupKey']).where(isDue(now));
  return due.where(free(machineNow)).orderBy('due_at').execute();
}

export async function nextDue(db: Database, now: number): Promise<number | undefined> {
  const [row] = await query<{ at: number | null }>(
    db,
    sql`select min(due_at) as at from tocsin.group_due where due_at > ${now}`,
  );
  return row?.at ?? undefined;
}

export async function freeClaims(db: Database): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const freed = await query<DueKey>(
      transaction,
      sql`update tocsin.group_due set claim_token = null, claimed_until = null where claim_token is not null
          returning receiver, group_key as "groupKey"`,
    );
    if (freed.length > 0) await markTried(transaction, freed);
    await sql`update tocsin.ahead set claimed_until = 0`.execute(transaction);
  });
}

/** Their receivers may know of all that the groups had to say. */
export async function markTried(db: Connection, keys: readonly DueKey[]): Promise<void> {
  await sql`with groups as materialized (select * from ${rowsOf(keys, KEY)}), known as (
      select g.receiver, g.group_key, jsonb_object_keys(g.heard) as id
      from groups join tocsin.group_due g on g.receiver = groups.receiver and g.group_key = groups."groupKey"
      union
      select t.receiver, t.group_key, x.alert_id
      from groups join tocsin.tellings t on t.receiver = groups.receiver and t.group_key = groups."groupKey" and told_at is null
      join tocsin.transitions x on x.id = any(t.transition_ids)
    ), tried as materialized (
      select receiver, group_key, array_agg(id) as ids from known group by receiver, group_key order by receiver, group_key
    )
    update tocsin.group_due g set heard = ${heardTried(sql`tried.ids`)}
    from tried where g.receiver = tried.receiver and g.group_key = tried.group_key`.execute(db);
}

/** `heard` of a group `g` after a message of these alerts was tried. */
function heardTried(ids: ReturnType<typeof sql>) {
  return sql`heard || coalesce((select jsonb_object_agg(id, coalesce(g.heard -> id, '{}') || '{"tried": true}')
    from unnest(${ids}) as each(id)), '{}')`;
}

/** The next transition of each group makes a new row, and with it a new thread that waits for `group_wait` again. */
export async function endThreads(db: Connection, keys: readonly DueKey[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`delete from tocsin.group_due g using ${rowsOf(keys, KEY)}
    where g.receiver = r.receiver and g.group_key = r."groupKey"`.execute(db);
}

export async function release(db: Database, claim: Claim, failure: Parameters<Store['release']>[1]): Promise<void> {
  const { retryAt, error, dead, now, tried = [] } = failure;
  await db.transaction().execute(async (transaction) => {
    if (claim.ahead) await failAhead(transaction, claim, retryAt);
    await sql`update tocsin.group_due g set claim_token = null, claimed_until = null, retry_at = ${retryAt},
        attempts = attempts + 1, heard = ${heardTried(sql`${tried}::text[]`)}
      where receiver = ${claim.receiver} and group_key = ${claim.groupKey} and claim_token = ${claim.token}`.execute(
      transaction,
    );
    await recordFailure(transaction, claim.receiver, { error, dead, now });
  });
}

export async function recordFailure(
  db: Connection,
  receiver: string,
  { error, dead, now }: { readonly error: string; readonly dead: boolean; readonly now: number },
): Promise<void> {
  await sql`insert into tocsin.receiver_states as known (receiver, last_error, last_error_at, dead)
    values (${receiver}, ${error}, ${now}, ${dead})
    on conflict (receiver) do update set last_error = excluded.last_error, last_error_at = excluded.last_error_at,
      dead = known.dead or excluded.dead`.execute(db);
}
