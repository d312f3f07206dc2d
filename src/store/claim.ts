import { sql } from 'kysely';
import type { Claim, DueKey } from '../model/claim.ts';
import { dropAhead } from './ahead.ts';
import { type Content, readContents } from './contents.ts';
import { type Connection, type Database, KEY, query, rowsOf } from './database.ts';
import { freshOf } from './fresh.ts';
import { endThreads, free, isDue, markTried } from './telling.ts';
import { wakesSoFar } from './wake.ts';

interface ClaimTimes {
  readonly now: number;
  readonly machineNow: number;
  readonly claimMs: number;
}

/** Takes those of the groups that are due for this process alone; one that has nothing left to say ends instead. */
export async function claim(db: Database, keys: readonly DueKey[], times: ClaimTimes): Promise<readonly Claim[]> {
  const taken = keys.length === 0 ? [] : await take(db, keys, times);
  if (taken.length === 0) return [];
  const contents = await readTaken(db, taken, times).catch(async (error: unknown) => {
    await letGo(db, taken);
    throw error;
  });
  const claims = taken.map((row, index) => claimOf(row, contents[index]!));
  const [full, empty] = [claims.filter(hasAlerts), claims.filter((each) => !hasAlerts(each))];
  if (empty.length > 0) await endEmpty(db, empty);
  return full;
}

const hasAlerts = ({ alerts }: Claim) => alerts.length > 0;

function claimOf(row: Taken, content: Content): Claim {
  const { lastSentAt, wakes, lostToken: _lost, ...taken } = row;
  return { ...taken, ...content, muting: { ...content.muting, wakes, ...(lastSentAt !== null && { lastSentAt }) } };
}

/** All of it is of one instant. */
async function readTaken(db: Database, taken: readonly Taken[], { now }: ClaimTimes): Promise<readonly Content[]> {
  const lost = taken.filter(({ lostToken }) => lostToken !== null);
  // A process that dies before this leaves its own claims, and the next one comes here again.
  if (lost.length > 0) await markTried(db, lost);
  const reading = db.transaction().setIsolationLevel('repeatable read');
  return reading.execute(async (transaction) => readContents(transaction, taken, { now, fresh: freshOf(db) }));
}

/** Takes groups whose receivers show something else than what is so, of these receivers, to be given back by `unclaim`. */
export async function claimStale(
  db: Database,
  receivers: readonly string[],
  times: ClaimTimes,
): Promise<readonly Claim[]> {
  const keys = await query<DueKey>(
    db,
    sql`select receiver, group_key as "groupKey" from tocsin.group_due
        where stale and receiver = any(${receivers}::text[]) and ${free(times.machineNow)} limit ${MOST_STALE}`,
  );
  const taken = keys.length === 0 ? [] : await take(db, keys, times, sql<boolean>`stale`);
  if (taken.length === 0) return [];
  const contents = await readTaken(db, taken, times);
  return taken.map((row, index) => claimOf(row, contents[index]!));
}

const MOST_STALE = 20;

/** Gives claims back as they were: nothing was told. */
export async function unclaim(
  db: Database,
  claims: readonly Pick<Claim, keyof DueKey | 'token' | 'ahead'>[],
): Promise<void> {
  await dropAhead(db, claims);
  await sql`update tocsin.group_due g set claim_token = null, claimed_until = null
    from ${rowsOf(
      claims.map(({ receiver, groupKey, token }) => ({ receiver, groupKey, token })),
      `${KEY}, token uuid`,
    )}
    where g.receiver = r.receiver and g.group_key = r."groupKey" and g.claim_token = r.token`.execute(db);
}

/** Others need not wait for the end of claims that could not be read. What a lost claim left behind stays for the next one. */
async function letGo(db: Database, taken: readonly Taken[]): Promise<void> {
  await sql`update tocsin.group_due g set claim_token = r."lostToken", claimed_until = null
    from ${rowsOf(taken, `${KEY}, token uuid, "lostToken" uuid`)}
    where g.receiver = r.receiver and g.group_key = r."groupKey" and g.claim_token = r.token`
    .execute(db)
    .catch(() => undefined);
}

/** Ends groups that have nothing left to say, unless something came meanwhile: then they are due again. */
async function endEmpty(db: Database, claims: readonly Claim[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const held = await lock(transaction, claims);
    const contents = await readContents(transaction, held, { now: 0 });
    await endThreads(
      transaction,
      held.filter((_, index) => contents[index]!.alerts.length === 0),
    );
    await sql`update tocsin.group_due g set claim_token = null, claimed_until = null
      from ${rowsOf(held, KEY)} where g.receiver = r.receiver and g.group_key = r."groupKey"`.execute(transaction);
  });
}

/** Locks the rows of claims in the order of their keys; gives those that still hold. */
export async function lock<Held extends Pick<Claim, keyof DueKey | 'token'>>(
  db: Connection,
  claims: readonly Held[],
): Promise<readonly Held[]> {
  const rows = claims.map(({ receiver, groupKey, token }, n) => ({ n, receiver, groupKey, token }));
  const held = await query<{ n: number }>(
    db,
    sql`select r.n from tocsin.group_due g join ${rowsOf(rows, `n int, ${KEY}, token uuid`)}
        on g.receiver = r.receiver and g.group_key = r."groupKey" and g.claim_token = r.token
        order by g.receiver, g.group_key for update of g`,
  );
  return held.map(({ n }) => claims[n]!);
}

type Taken = Omit<Claim, 'earlier' | 'untold' | 'alerts' | 'muting'> & {
  readonly lastSentAt: number | null;
  readonly wakes: number;
  /** Of a claim that expired: its process may have sent a message. */
  readonly lostToken: string | null;
};

async function take(
  db: Connection,
  keys: readonly DueKey[],
  times: ClaimTimes,
  which = isDue(times.now),
): Promise<readonly Taken[]> {
  return query<Taken>(
    db,
    sql`with due as materialized (
          select g.receiver, g.group_key, g.claim_token
          from tocsin.group_due g join ${rowsOf(keys, KEY)} on g.receiver = r.receiver and g.group_key = r."groupKey"
          where ${which} and ${free(times.machineNow)} order by g.receiver, g.group_key for update of g
        )
        update tocsin.group_due g
        set claim_token = gen_random_uuid(), claimed_until = ${times.machineNow + times.claimMs}, stale = false
        from due where g.receiver = due.receiver and g.group_key = due.group_key
        returning g.receiver, g.group_key as "groupKey", g.claim_token as token, labels as "groupLabels",
          thread_id as "threadId", attempts, ${wakesSoFar} as wakes, last_sent_at as "lastSentAt",
          due.claim_token as "lostToken", group_wait as "groupWait", group_interval as "groupInterval",
          repeat_interval as "repeatInterval"`,
  );
}
