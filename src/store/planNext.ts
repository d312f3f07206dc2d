import { sql } from 'kysely';
import { dueAfter } from '../dispatch/due.ts';
import type { Claim, HeldBack } from '../model/store.ts';
import { lock } from './claim.ts';
import { type Connection, query, rowsOf } from './database.ts';
import { endThreads, KEY } from './telling.ts';

export interface Planning {
  readonly claim: Claim;
  readonly back: HeldBack;
  /** Unix ms, judging clock. */
  readonly now: number;
  /** When the message was made; undefined: nothing was sent. */
  readonly sentAt: number | undefined;
}

/** What is held back without a known end is looked at again this often, although its end wakes it: ms, judging clock. */
const RELOOK = 300_000;

/** Gives claims back and plans when each group is told next; one that is over ends. Within a transaction. */
export async function planNext(db: Connection, plans: readonly Planning[]): Promise<void> {
  const byToken = new Map(plans.map((plan) => [plan.claim.token, plan]));
  const held = await lock(
    db,
    plans.map(({ claim }) => claim),
  );
  const ours = held.map(({ token }) => byToken.get(token)!);
  if (ours.length === 0) return;
  const fresh = await countUntold(db, ours);
  const isOver = (n: number) => fresh[n]!.all === 0 && fresh[n]!.over;
  await endThreads(
    db,
    held.filter((_, n) => isOver(n)),
  );
  await giveBack(
    db,
    ours.flatMap((plan, n) => (isOver(n) ? [] : [nextOf(plan, fresh[n]!)])),
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

/** In the order of the plans, as it is after the groups were locked. */
async function countUntold(db: Connection, plans: readonly Planning[]): Promise<readonly Fresh[]> {
  const keys = plans.map(({ claim: { receiver, groupKey }, back: { held } }, n) => ({ n, receiver, groupKey, held }));
  return query<Fresh>(
    db,
    sql`select u.*, u.all = 0 and f.fires is null as over
        from ${rowsOf(keys, `n int, ${KEY}, held bigint[]`)} cross join lateral (
          select count(*) filter (where is_new) as count, bool_or(flush) filter (where is_new) as flush, count(*) as all
          from (select flush, not transition_id = any(r.held) as is_new from tocsin.tellings t
            where t.receiver = r.receiver and t.group_key = r."groupKey" and told_at is null) as untold
        ) as u left join lateral (
          select true as fires from tocsin.members m,
            lateral (select state from tocsin.alerts where id = m.alert_id limit 1) as a
          where m.receiver = r.receiver and m.group_key = r."groupKey" and a.state = 'firing' and u.all = 0 limit 1
        ) as f on true order by r.n`,
  );
}

function nextOf(plan: Planning, fresh: Fresh): object {
  const { claim, back, sentAt } = plan;
  const { receiver, groupKey, muting } = claim;
  const lastSentAt = sentAt ?? muting?.lastSentAt;
  const parked = back.held.length > 0 || back.until !== undefined;
  const dueAt = nextMoment(plan, lastSentAt, fresh);
  return { receiver, groupKey, dueAt, wakes: muting?.wakes ?? 0, lastSentAt, parked };
}

function nextMoment({ claim, back, now }: Planning, lastSentAt: number | undefined, fresh: Fresh): number {
  if (fresh.count === 0) return lookAgain(back, now, lastSentAt && lastSentAt + claim.repeatInterval);
  const sent = lastSentAt === undefined ? {} : { lastSentAt };
  return dueAfter({ dueAt: null, ...sent }, { ...claim, flush: fresh.flush ?? false }, now);
}

/** At the reminder, or earlier if something held may be let go by then. */
function lookAgain({ until, held }: HeldBack, now: number, reminder = Infinity): number {
  const next = Math.min(reminder > now ? reminder : Infinity, until ?? (held.length > 0 ? now + RELOOK : Infinity));
  return next < Infinity ? next : now + RELOOK;
}
