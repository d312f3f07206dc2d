import { sql } from 'kysely';
import type { Claim, DueKey, HeldBack, Sent, SentNotification, Store } from '../model/store.ts';
import { dueAfter } from '../dispatch/due.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { wakesSoFar } from './wake.ts';

/** Nothing holds it: no claim, no backoff. */
export const free = (machineNow: number) => sql<boolean>`(claimed_until is null or claimed_until < ${machineNow})
  and (retry_at is null or retry_at <= ${machineNow})`;
export const itsGroup = ({ receiver, groupKey }: DueKey) => sql`receiver = ${receiver} and group_key = ${groupKey}`;

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

const NOTHING: HeldBack = { kept: new Map(), held: [] };

/** Records what a receiver accepted; false when another process has claimed the group since. */
export async function told(db: Database, claim: Claim, sent: Sent): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    if (!(await holds(transaction, claim))) return false;
    const { notification, now, back = NOTHING, beliefs = new Map<string, string | null>() } = sent;
    await sql`with ${record(claim, notification)}, ${settle(claim, { back, now })}, ${believe(claim, beliefs)}
      select true`.execute(transaction);
    if (sent.failed) await recordFailure(transaction, claim.receiver, { ...sent.failed, now });
    await planNext(transaction, claim, { back, now, sentAt: now });
    return true;
  });
}

/** Gives back a claim of which nothing is told now. */
export async function park(db: Database, claim: Claim, back: HeldBack & { readonly now: number }): Promise<void> {
  const { now } = back;
  await db.transaction().execute(async (transaction) => {
    if (!(await holds(transaction, claim))) return;
    if (back.kept.size > 0)
      await sql`with ${settle({ ...claim, untold: [] }, { back, now })} select true`.execute(transaction);
    await planNext(transaction, claim, { back, now, sentAt: undefined });
  });
}

async function holds(db: Connection, claim: Claim): Promise<boolean> {
  const held = await query(
    db,
    sql`select from tocsin.group_due where ${itsGroup(claim)} and claim_token = ${claim.token} for update`,
  );
  return held.length > 0;
}

/** That a receiver takes messages is written this often at most, unless it failed since: its tellings would wait for each other: ms. */
const KNOWN_ALIVE = 1000;

function record(claim: Claim, sent: SentNotification) {
  return sql`recorded as (
      insert into tocsin.notifications (id, receiver, group_key, thread_id, at, receipt, status, alerts)
      values (${sent.id}, ${sent.receiver}, ${sent.groupKey}, ${claim.threadId}, ${sent.at}, ${sent.receipt ?? null},
        ${sent.status}, ${JSON.stringify(sent.alerts)})
      on conflict (id) do nothing
    ), alive as (
      insert into tocsin.receiver_states (receiver, last_accepted_at)
      select ${sent.receiver}, ${sent.at}::bigint where not exists (
        select from tocsin.receiver_states
        where receiver = ${sent.receiver} and not dead and last_accepted_at > ${sent.at - KNOWN_ALIVE}
          and (last_error_at is null or last_error_at < last_accepted_at))
      on conflict (receiver) do update set last_accepted_at = excluded.last_accepted_at, dead = false
    )`;
}

interface Settling {
  readonly back: HeldBack;
  readonly now: number;
}

/** Marks what was told, and what never will be. */
function settle(claim: Claim, { back: { kept }, now }: Settling) {
  const rows = [...claim.untold.map(({ id }) => ({ id })), ...[...kept].map(([id, why]) => ({ id, why }))];
  return sql`settled as (
      update tocsin.tellings t set told_at = ${now}, kept = r.why from ${rowsOf(rows, 'id bigint, why text')}
      where t.receiver = ${claim.receiver} and t.group_key = ${claim.groupKey} and t.transition_id = r.id
    )`;
}

/** Remembers what the receiver takes to be firing. */
function believe(claim: Claim, beliefs: ReadonlyMap<string, string | null>) {
  const rows = [...beliefs].map(([id, level]) => ({ id, level })).sort((a, b) => (a.id < b.id ? -1 : 1));
  return sql`believed as (
      update tocsin.members m set told_level = r.level, tried = false from ${rowsOf(rows, 'id text, level text')}
      where m.receiver = ${claim.receiver} and m.group_key = ${claim.groupKey} and m.alert_id = r.id
        and (m.told_level is distinct from r.level or m.tried)
    )`;
}

/** What is held back without a known end is looked at again this often, although its end wakes it: ms, judging clock. */
const RELOOK = 300_000;

interface Planning extends Settling {
  /** Absent: nothing was sent. */
  readonly sentAt: number | undefined;
}

async function planNext(db: Connection, claim: Claim, planning: Planning): Promise<void> {
  const { back, sentAt } = planning;
  const fresh = await countUntold(db, claim, back);
  if (fresh.all === 0 && fresh.over) return endThread(db, claim);
  const lastSentAt = sentAt ?? claim.muting?.lastSentAt;
  const dueAt = nextMoment(claim, { ...planning, lastSentAt, fresh });
  const parked = back.held.length > 0 || back.until !== undefined;
  await sql`update tocsin.group_due set due_at = ${dueAt}, wakes = ${claim.muting?.wakes ?? 0},
    last_sent_at = ${lastSentAt ?? null}, parked = ${parked}, attempts = 0,
    claim_token = null, claimed_until = null, retry_at = null where ${itsGroup(claim)}`.execute(db);
}

/** Untold transitions of a group: those not held back are fresh. */
interface Fresh {
  readonly count: number;
  readonly flush: boolean | null;
  readonly all: number;
  /** No alert of the group fires any more. */
  readonly over: boolean;
}

async function countUntold(db: Connection, claim: Claim, { held }: HeldBack): Promise<Fresh> {
  const [fresh] = await query<Fresh>(
    db,
    sql`select count(*) filter (where is_new) as count, bool_or(flush) filter (where is_new) as flush, count(*) as all,
          not exists (select from tocsin.members join tocsin.alerts a on a.id = alert_id
            where ${itsGroup(claim)} and a.state = 'firing') as over
        from (select flush, not transition_id = any(${held}::bigint[]) as is_new from tocsin.tellings
          where ${itsGroup(claim)} and told_at is null) as untold`,
  );
  return fresh!;
}

function nextMoment(
  claim: Claim,
  planned: Planning & { readonly lastSentAt: number | undefined; readonly fresh: Fresh },
): number {
  const { lastSentAt, fresh, now } = planned;
  if (fresh.count === 0) return lookAgain(planned, lastSentAt && lastSentAt + claim.repeatInterval);
  const sent = lastSentAt === undefined ? {} : { lastSentAt };
  return dueAfter({ dueAt: null, ...sent }, { ...claim, flush: fresh.flush ?? false }, now);
}

/** At the reminder, or earlier if something held may be let go by then. */
function lookAgain({ back: { until, held }, now }: Settling, reminder = Infinity): number {
  const next = Math.min(reminder > now ? reminder : Infinity, until ?? (held.length > 0 ? now + RELOOK : Infinity));
  return next < Infinity ? next : now + RELOOK;
}

/** The next transition of the group makes a new row, and with it a new thread that waits for `group_wait` again. */
export async function endThread(db: Connection, key: DueKey): Promise<void> {
  await sql`delete from tocsin.members where ${itsGroup(key)}`.execute(db);
  await sql`delete from tocsin.group_due where ${itsGroup(key)}`.execute(db);
}

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

async function recordFailure(
  db: Connection,
  receiver: string,
  { error, dead, now }: { readonly error: string; readonly dead: boolean; readonly now: number },
): Promise<void> {
  await sql`insert into tocsin.receiver_states as known (receiver, last_error, last_error_at, dead)
    values (${receiver}, ${error}, ${now}, ${dead})
    on conflict (receiver) do update set last_error = excluded.last_error, last_error_at = excluded.last_error_at,
      dead = known.dead or excluded.dead`.execute(db);
}
