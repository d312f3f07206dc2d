import { sql } from 'kysely';
import type { Claim, DueKey, SentNotification } from '../model/store.ts';
import { dueAfter } from '../dispatch/due.ts';
import { type Connection, type Database, query } from './database.ts';

/** Nothing holds it: no claim, no backoff. */
export const free = (machineNow: number) => sql<boolean>`(claimed_until is null or claimed_until < ${machineNow})
  and (retry_at is null or retry_at <= ${machineNow})`;
export const itsGroup = ({ receiver, groupKey }: DueKey) => sql`receiver = ${receiver} and group_key = ${groupKey}`;

export async function dueGroups(db: Database, now: number, machineNow: number): Promise<readonly DueKey[]> {
  const due = db.selectFrom('group_due').select(['receiver', 'group_key as groupKey']).where('due_at', '<=', now);
  return due.where(free(machineNow)).orderBy('due_at').execute();
}

export async function freeClaims(db: Database): Promise<void> {
  await sql`update tocsin.group_due set claim_token = null, claimed_until = null where claim_token is not null`.execute(
    db,
  );
}

/** Records what a receiver accepted; false when another process has claimed the group since. */
export async function told(
  db: Database,
  claim: Claim,
  { notification, now }: { readonly notification: SentNotification; readonly now: number },
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const held = await query(
      transaction,
      sql`select from tocsin.group_due where ${itsGroup(claim)} and claim_token = ${claim.token} for update`,
    );
    if (held.length === 0) return false;
    await record(transaction, claim, notification);
    await markTold(transaction, claim, now);
    await planNext(transaction, claim, now);
    return true;
  });
}

async function record(db: Connection, claim: Claim, sent: SentNotification): Promise<void> {
  await sql`insert into tocsin.notifications (id, receiver, group_key, thread_id, at, receipt, status, alerts)
    values (${sent.id}, ${sent.receiver}, ${sent.groupKey}, ${claim.threadId}, ${sent.at}, ${sent.receipt ?? null},
      ${sent.status}, ${JSON.stringify(sent.alerts)})
    on conflict (id) do nothing`.execute(db);
  await sql`insert into tocsin.receiver_states (receiver, last_accepted_at) values (${sent.receiver}, ${sent.at})
    on conflict (receiver) do update set last_accepted_at = excluded.last_accepted_at, dead = false`.execute(db);
}

async function markTold(db: Connection, claim: Claim, now: number): Promise<void> {
  const ids = claim.untold.map((transition) => transition.id);
  await sql`update tocsin.tellings set told_at = ${now}
    where ${itsGroup(claim)} and transition_id = any(${ids}::bigint[])`.execute(db);
}

async function planNext(db: Connection, claim: Claim, now: number): Promise<void> {
  const [untold] = await query<{ count: number; flush: boolean | null }>(
    db,
    sql`select count(*), bool_or(flush) as flush from tocsin.tellings where ${itsGroup(claim)} and told_at is null`,
  );
  if (untold!.count === 0 && (await isOver(db, claim))) return endThread(db, claim);
  const dueAt =
    untold!.count > 0
      ? dueAfter({ dueAt: null, lastSentAt: now }, { ...claim, flush: untold!.flush ?? false }, now)
      : now + claim.repeatInterval;
  await sql`update tocsin.group_due set due_at = ${dueAt}, last_sent_at = ${now}, attempts = 0,
    claim_token = null, claimed_until = null, retry_at = null where ${itsGroup(claim)}`.execute(db);
}

/** True when no alert of the group fires any more. */
async function isOver(db: Connection, key: DueKey): Promise<boolean> {
  const firing = await query(
    db,
    sql`select from tocsin.members join tocsin.alerts a on a.id = alert_id
        where ${itsGroup(key)} and a.state = 'firing' limit 1`,
  );
  return firing.length === 0;
}

/** The next transition of the group makes a new row, and with it a new thread that waits for `group_wait` again. */
export async function endThread(db: Connection, key: DueKey): Promise<void> {
  await sql`delete from tocsin.members where ${itsGroup(key)}`.execute(db);
  await sql`delete from tocsin.group_due where ${itsGroup(key)}`.execute(db);
}

export async function release(
  db: Database,
  claim: Claim,
  failure: { readonly retryAt: number; readonly error: string; readonly dead: boolean; readonly now: number },
): Promise<void> {
  const { retryAt, error, dead, now } = failure;
  await db.transaction().execute(async (transaction) => {
    await sql`update tocsin.group_due set claim_token = null, claimed_until = null, retry_at = ${retryAt},
      attempts = attempts + 1 where ${itsGroup(claim)} and claim_token = ${claim.token}`.execute(transaction);
    await sql`insert into tocsin.receiver_states as known (receiver, last_error, last_error_at, dead)
      values (${claim.receiver}, ${error}, ${now}, ${dead})
      on conflict (receiver) do update set last_error = excluded.last_error, last_error_at = excluded.last_error_at,
        dead = known.dead or excluded.dead`.execute(transaction);
  });
}
