import { sql } from 'kysely';
import type { Claim, HeldBack, Sent } from '../model/store.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { planNext } from './planNext.ts';
import { KEY, recordFailure } from './telling.ts';

/** A claim, and the message of it that was accepted. */
export interface Acceptance {
  readonly claim: Claim;
  readonly sent: Sent;
}

const NOTHING_HELD: HeldBack = { kept: new Map(), held: [] };

/**
 * Records what receivers accepted; false for a claim that another process has taken since.
 *
 * First what was told, in one statement, whose lock on the groups lets new transitions make them due; then, while the claims
 * still hold, when each group is told next, under a lock that is short. A process that dies in between leaves claims that expire.
 */
export async function told(db: Database, accepted: readonly Acceptance[]): Promise<readonly boolean[]> {
  const held = new Set(await record(db, accepted));
  const ours = accepted.filter((_, n) => held.has(n));
  if (ours.length > 0) {
    const plans = ours.map(({ claim, sent: { back = NOTHING_HELD, now, notification } }) => {
      return { claim, back, now, sentAt: Math.min(now, notification.at) };
    });
    await db.transaction().execute(async (transaction) => planNext(transaction, plans));
  }
  return accepted.map((_, n) => held.has(n));
}

/** Gives back a claim of which nothing is told now. */
export async function park(db: Database, claim: Claim, back: HeldBack & { readonly now: number }): Promise<void> {
  const { now, kept } = back;
  await db.transaction().execute(async (transaction) => {
    if (kept.size > 0) await settle(transaction, [{ claim: { ...claim, untold: [] }, back, now }]);
    await planNext(transaction, [{ claim, back, now, sentAt: undefined }]);
  });
}

/** Gives the indexes of the claims that still held. */
async function record(db: Database, accepted: readonly Acceptance[]): Promise<readonly number[]> {
  const failed = accepted.flatMap(({ claim: { receiver }, sent: { failed: why, now } }) =>
    why === undefined ? [] : [{ receiver, why: { ...why, now } }],
  );
  if (failed.length === 0) return settleSent(db, accepted);
  return db.transaction().execute(async (transaction) => {
    const held = await settleSent(transaction, accepted);
    for (const { receiver, why } of failed) await recordFailure(transaction, receiver, why);
    return held;
  });
}

async function settleSent(db: Connection, accepted: readonly Acceptance[]): Promise<readonly number[]> {
  return settle(
    db,
    accepted.map(({ claim, sent: { back = NOTHING_HELD, ...sent } }) => ({ claim, back, ...sent })),
  );
}

interface Settling extends Partial<Pick<Sent, 'notification' | 'beliefs'>> {
  readonly claim: Claim;
  readonly back: HeldBack;
  readonly now: number;
}

/** That a receiver takes messages is written this often at most, unless it failed since: its tellings would wait for each other: ms. */
const KNOWN_ALIVE = 1000;

/**
 * Marks what was told and what never will be, and remembers what each receiver takes to be firing. A group's lock keeps others from
 * taking over its claim meanwhile.
 */
async function settle(db: Connection, settling: readonly Settling[]): Promise<readonly number[]> {
  const claims = settling.map(({ claim: { receiver, groupKey, token }, now }, n) => {
    return { n, receiver, groupKey, token, now };
  });
  const rows = await query<{ n: number }>(
    db,
    sql`with claims as materialized (
        select * from ${rowsOf(claims, `n int, ${KEY}, token uuid, now bigint`)}
      ), held as materialized (
        select c.* from tocsin.group_due g join claims c
          on g.receiver = c.receiver and g.group_key = c."groupKey" and g.claim_token = c.token
        order by g.receiver, g.group_key for key share of g
      ), ${recorded(settling)}, settled as (
        update tocsin.tellings t set told_at = h.now, kept = r.why
        from held h join ${rowsOf(settling.flatMap(settledOf), 'n int, id bigint, why text')} using (n)
        where t.transition_id = r.id and t.receiver = h.receiver and t.group_key = h."groupKey"
      ), believed as (
        insert into tocsin.members (receiver, group_key, alert_id, told_level, spoken_at)
        select h.receiver, h."groupKey", r.id, r.level, r.at
        from held h join ${rowsOf(settling.flatMap(believedOf), 'n int, id text, level text, at bigint')} using (n)
        on conflict (receiver, group_key, alert_id)
          do update set told_level = excluded.told_level, tried = false, spoken_at = excluded.spoken_at
      )
      select n from held`,
  );
  return rows.map(({ n }) => n);
}

function recorded(settling: readonly Settling[]) {
  const messages = settling.flatMap(({ claim: { threadId, groupKey }, notification }, n) =>
    notification === undefined ? [] : [{ ...notification, n, threadId, groupKey }],
  );
  const columns = `n int, id text, ${KEY}, "threadId" uuid, at bigint, receipt text, status text, alerts jsonb`;
  const rows = rowsOf(messages, columns);
  return sql`messages as materialized (
      select r.* from ${rows} join held using (n)
    ), recorded as (
      insert into tocsin.notifications (id, receiver, group_key, thread_id, at, receipt, status, alerts)
      select id, receiver, "groupKey", "threadId", at, receipt, status, alerts from messages
      on conflict (id) do nothing
    ), alive as (
      insert into tocsin.receiver_states (receiver, last_accepted_at)
      select m.receiver, max(m.at) from messages m where not exists (
        select from tocsin.receiver_states s
        where s.receiver = m.receiver and not dead and last_accepted_at > m.at - ${KNOWN_ALIVE}
          and (last_error_at is null or last_error_at < last_accepted_at))
      group by m.receiver order by m.receiver
      on conflict (receiver) do update set last_accepted_at = excluded.last_accepted_at, dead = false
    )`;
}

function settledOf({ claim, back: { kept } }: Settling, n: number): readonly object[] {
  return [...claim.untold.map(({ id }) => ({ n, id })), ...[...kept].map(([id, why]) => ({ n, id, why }))];
}

function believedOf({ beliefs = new Map(), notification, now }: Settling, n: number) {
  return [...beliefs].map(([id, level]) => ({ n, id, level, at: notification?.at ?? now }));
}
