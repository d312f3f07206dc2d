import { sql } from 'kysely';
import type { Claim, HeldBack, Sent } from '../model/claim.ts';
import { dropAhead, sayAhead } from './ahead.ts';
import { lock } from './claim.ts';
import { type Connection, type Database, KEY, query, rowsOf } from './database.ts';
import { forget } from './fresh.ts';
import { groupBy } from './groupBy.ts';
import { planNext } from './planNext.ts';
import { recordFailure } from './telling.ts';

/** A claim, and the message of it that was accepted. */
export interface Acceptance {
  readonly claim: Claim;
  readonly sent: Sent;
}

/** A claim that ends, with the message that was accepted if there was one. */
export interface Settling extends Partial<Pick<Sent, 'notification' | 'beliefs' | 'failed'>> {
  readonly claim: Claim;
  readonly back: HeldBack;
  /** Unix ms, judging clock. */
  readonly now: number;
}

export const NOTHING_HELD: HeldBack = { kept: new Map(), held: [] };

/** Records what receivers accepted, and when each group is told next; false for a claim that another process has taken since. */
export async function told(db: Database, accepted: readonly Acceptance[]): Promise<readonly boolean[]> {
  const ahead = await sayAhead(
    db,
    accepted.filter(({ claim }) => claim.ahead),
  );
  const held = new Set(ahead.map(({ token }) => token));
  const kept = new Set(ahead.flatMap(({ token, isWhole }) => (isWhole ? [token] : [])));
  const settling = accepted.flatMap(({ claim, sent }) =>
    kept.has(claim.token) ? [] : [{ claim, back: NOTHING_HELD, ...sent }],
  );
  for (const token of await end(db, settling)) held.add(token);
  forget(db, settling);
  return accepted.map(({ claim }) => held.has(claim.token));
}

/** Gives back a claim of which nothing is told now. */
export async function park(db: Database, claim: Claim, back: HeldBack & { readonly now: number }): Promise<void> {
  await dropAhead(db, [claim]);
  await end(db, [{ claim: { ...claim, untold: [] }, back, now: back.now }]);
}

/** Gives the tokens of the claims that still held. */
async function end(db: Database, settling: readonly Settling[]): Promise<readonly string[]> {
  if (settling.length === 0) return [];
  const byToken = new Map(settling.map((each) => [each.claim.token, each]));
  return db.transaction().execute(async (transaction) => {
    const held = await lock(
      transaction,
      settling.map(({ claim }) => claim),
    );
    const ours = held.map(({ token }) => byToken.get(token)!);
    if (ours.length === 0) return [];
    await settle(transaction, ours);
    for (const { claim, failed, now } of ours)
      if (failed) await recordFailure(transaction, claim.receiver, { ...failed, now });
    await planNext(transaction, ours);
    return held.map(({ token }) => token);
  });
}

/** That a receiver takes messages is written this often at most, unless it failed since: its tellings would wait for each other: ms. */
const KNOWN_ALIVE = 1000;

/** Marks what was told and what never will be, and remembers what each receiver takes to be firing. Their groups are locked. */
export async function settle(db: Connection, settling: readonly Settling[]): Promise<void> {
  const ends = settling.flatMap(settledOf);
  const heard = settling.flatMap(heardOf);
  if (ends.length === 0 && heard.length === 0) return;
  await query(
    db,
    sql`with held as materialized (
        select * from ${rowsOf(settling.map(claimOf), `n int, ${KEY}, now bigint`)}
      ), ${recorded(settling)}, ends as materialized (
        select r.n, r.why, e.id from ${rowsOf(ends, 'n int, why text, ids bigint[]')} cross join unnest(r.ids) as e(id)
      ), owed as (
        delete from tocsin.tellings t using held h
        where t.receiver = h.receiver and t.group_key = h."groupKey" and t.told_at is null and h.n in (select n from ends)
        returning h.n, t.transition_ids, t.flush
      ), settled as (
        insert into tocsin.tellings (receiver, group_key, transition_ids, flush, told_at, kept)
        select h.receiver, h."groupKey", array_agg(o.id order by o.id), o.flush, case when is_told then h.now end, o.why
        from (select n, id, flush and e.id is null as flush, e.id is not null as is_told, why
          from owed cross join unnest(transition_ids) as each(id) left join ends e using (n, id)) as o
        join held h using (n) group by h.receiver, h."groupKey", h.now, o.flush, is_told, o.why
      ), remembered as (
        -- What is over is nothing to know of: a group that never ends would carry it for ever.
        update tocsin.group_due g set heard = (g.heard || r.heard) - array(
          select id from jsonb_each(r.heard) as each(id, of) where of ->> 'level' is null
            and not exists (select from tocsin.alerts a where a.id = each.id and a.state = 'firing'))
        from held h join ${rowsOf(heard, 'n int, heard jsonb')} using (n)
        where g.receiver = h.receiver and g.group_key = h."groupKey"
      )
      select true`,
  );
}

function claimOf({ claim: { receiver, groupKey }, now }: Settling, n: number): object {
  return { n, receiver, groupKey, now };
}

function recorded(settling: readonly Settling[]) {
  const messages = settling.flatMap(({ claim: { threadId, groupKey }, notification }) =>
    notification === undefined ? [] : [{ ...notification, threadId, groupKey }],
  );
  const columns = `id text, ${KEY}, "threadId" uuid, at bigint, receipt text, status text, alerts jsonb`;
  return sql`messages as materialized (
      select * from ${rowsOf(messages, columns)}
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

/** Ids of what was told, and of what never will be, by why. */
function settledOf({ claim, back: { kept } }: Settling, n: number): readonly object[] {
  const said = claim.untold.map(({ id }) => id);
  const reasons = groupBy([...kept], ([, why]) => why);
  const never = [...reasons].map(([why, each]) => ({ n, why, ids: each.map(([id]) => id) }));
  return said.length > 0 ? [{ n, ids: said }, ...never] : never;
}

function heardOf({ beliefs, notification, now }: Settling, n: number): readonly object[] {
  if (beliefs === undefined || beliefs.size === 0) return [];
  const at = notification?.at ?? now;
  return [{ n, heard: Object.fromEntries([...beliefs].map(([id, level]) => [id, { level, at }])) }];
}
