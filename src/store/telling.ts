import { sql } from 'kysely';
import type { Claim, DueKey, Store } from '../model/store.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { wakesSoFar } from './wake.ts';

/** Columns of a `DueKey` in `rowsOf`. */
export const KEY = 'receiver text, "groupKey" text';

/** Nothing holds it: no claim, no backoff. */
export const free = (machineNow: number) => sql<boolean>`(claimed_until is null or claimed_until < ${machineNow})
  and (retry_at is null or retry_at <= ${machineNow})`;

/** Its time has come, or what holds it back may be over. */
export const isDue = (now: number) => sql<boolean>`(due_at <= ${now} or (parked and wakes < ${wakesSoFar}))`;

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
  await sql`with freed as (
      update tocsin.group_due set claim_token = null, claimed_until = null where claim_token is not null
      returning receiver, group_key)
    update tocsin.members m set tried = true from freed
    where m.receiver = freed.receiver and m.group_key = freed.group_key`.execute(db);
}

/** The next transition of each group makes a new row, and with it a new thread that waits for `group_wait` again. */
export async function endThreads(db: Connection, keys: readonly DueKey[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`with ended as (
      delete from tocsin.members m using ${rowsOf(keys, KEY)}
      where m.receiver = r.receiver and m.group_key = r."groupKey")
    delete from tocsin.group_due g using ${rowsOf(keys, KEY)}
    where g.receiver = r.receiver and g.group_key = r."groupKey"`.execute(db);
}

const itsGroup = ({ receiver, groupKey }: DueKey) => sql`receiver = ${receiver} and group_key = ${groupKey}`;

export async function release(db: Database, claim: Claim, failure: Parameters<Store['release']>[1]): Promise<void> {
  const { retryAt, error, dead, now, tried = [] } = failure;
  await db.transaction().execute(async (transaction) => {
    await sql`update tocsin.group_due set claim_token = null, claimed_until = null, retry_at = ${retryAt},
      attempts = attempts + 1 where ${itsGroup(claim)} and claim_token = ${claim.token}`.execute(transaction);
    if (tried.length > 0)
      await sql`update tocsin.members set tried = true
        where ${itsGroup(claim)} and alert_id = any(${tried}::text[]) and not tried`.execute(transaction);
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
