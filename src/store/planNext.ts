import { sql } from 'kysely';
import { dueAfter } from '../dispatch/due.ts';
import type { HeldBack } from '../model/claim.ts';
import { type Connection, KEY, query, rowsOf } from './database.ts';
import { endThreads } from './telling.ts';
import type { Settling } from './told.ts';

/** What is held back without a known end is looked at again this often, although its end wakes it: ms, judging clock. */
const RELOOK = 300_000;

/** Gives claims back and plans when each group is told next; one that is over ends. Within a transaction that has locked them. */
export async function planNext(db: Connection, ending: readonly Settling[]): Promise<void> {
  const fresh = await countUntold(db, ending);
  const isOver = (n: number) => fresh[n]!.all === 0 && fresh[n]!.over;
  await endThreads(
    db,
    ending.flatMap(({ claim }, n) => (isOver(n) ? [claim] : [])),
  );
  await giveBack(
    db,
    ending.flatMap((each, n) => (isOver(n) ? [] : [nextOf(each, fresh[n]!)])),
  );
}

async function giveBack(db: Connection, next: readonly object[]): Promise<void> {
  if (next.length === 0) return;
  const columns = `${KEY}, "dueAt" bigint, wakes int, "lastSentAt" bigint, parked boolean`;
  await sql`update tocsin.group_due g set due_at = r."dueAt", wakes = r.wakes, last_sent_at = r."lastSentAt",
      parked = r.parked, attempts = 0, claim_token = null, claimed_until = null, retry_at = null
    from ${rowsOf(next, columns)} where g.receiver = r.receiver and g.group_key = r."groupKey"`.execute(db);
}

/** Untold transitions of a group: those not held back are fresh. */
interface Fresh {
  readonly count: number;
  readonly flush: boolean | null;
  readonly all: number;
  /** No alert of the group fires any more. */
  readonly over: boolean;
}

/** In the order given, as it is after the groups were locked. */
async function countUntold(db: Connection, ending: readonly Settling[]): Promise<readonly Fresh[]> {
  const keys = ending.map(({ claim: { receiver, groupKey }, back: { held } }, n) => ({ n, receiver, groupKey, held }));
  return query<Fresh>(
    db,
    sql`select u.*, u.all = 0 and f.fires is null as over
        from ${rowsOf(keys, `n int, ${KEY}, held bigint[]`)} cross join lateral (
          select count(*) filter (where is_new) as count, bool_or(flush) filter (where is_new) as flush, count(*) as all
          from (select flush, not each.id = any(r.held) as is_new
            from tocsin.tellings t cross join unnest(t.transition_ids) as each(id)
            where t.receiver = r.receiver and t.group_key = r."groupKey" and told_at is null) as untold
        ) as u left join lateral (
          select true as fires from tocsin.group_due g cross join jsonb_object_keys(g.heard) as h(id),
            lateral (select state from tocsin.alerts where id = h.id limit 1) as a
          where g.receiver = r.receiver and g.group_key = r."groupKey" and a.state = 'firing' and u.all = 0 limit 1
        ) as f on true order by r.n`,
  );
}

function nextOf(ending: Settling, fresh: Fresh): object {
  const { claim, back, notification, now } = ending;
  const { receiver, groupKey, muting } = claim;
  const lastSentAt = notification === undefined ? muting?.lastSentAt : Math.min(now, notification.at);
  const parked = back.held.length > 0 || back.until !== undefined;
  const dueAt = nextMoment(ending, lastSentAt, fresh);
  return { receiver, groupKey, dueAt, wakes: muting?.wakes ?? 0, lastSentAt, parked };
}

function nextMoment({ claim, back, now }: Settling, lastSentAt: number | undefined, fresh: Fresh): number {
  if (fresh.count === 0) return lookAgain(back, now, lastSentAt && lastSentAt + claim.repeatInterval);
  const sent = lastSentAt === undefined ? {} : { lastSentAt };
  return dueAfter({ dueAt: null, ...sent }, { ...claim, flush: fresh.flush ?? false }, now);
}

/** At the reminder, or earlier if something held may be let go by then. */
function lookAgain({ until, held }: HeldBack, now: number, reminder = Infinity): number {
  const next = Math.min(reminder > now ? reminder : Infinity, until ?? (held.length > 0 ? now + RELOOK : Infinity));
  return next < Infinity ? next : now + RELOOK;
}
