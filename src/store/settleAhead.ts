import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import { firstClaim } from '../model/claim.ts';
import type { NewClaim, SentNotification } from '../model/claim.ts';
import type { Said } from './ahead.ts';
import { type Connection, KEY, query, rowsOf } from './database.ts';
import { planNext } from './planNext.ts';
import { recordFailure } from './telling.ts';
import { NOTHING_HELD, settle, type Settling } from './told.ts';
import type { ToldTransition } from './transitions.ts';

/** A group that was claimed before what it tells is committed. */
export interface Ahead extends NewClaim {
  readonly claimedUntil: number;
  readonly retryAt: number | null;
  readonly attempts: number;
  readonly said: Said | null;
}

/** Locks them until the end of the transaction. */
export async function readAhead(db: Connection): Promise<readonly Ahead[]> {
  return query<Ahead>(
    db,
    sql`select receiver, group_key as "groupKey", token, thread_id as "threadId", alert_ids as "alertIds",
          to_json(ats) as ats,
          to_json(transition_ids) as "transitionIds", claimed_until as "claimedUntil", retry_at as "retryAt", attempts, said
        from tocsin.ahead order by receiver, group_key for update`,
  );
}

/** What is known of a transition before it is committed. */
export interface Reserved {
  readonly id: number;
  /** What people are told of it is what stands on record, whoever judges it again after a crash. */
  readonly at: number;
}

/** By alert. What was posted after the reservation is another firing, of which nobody was told. */
export function reservedIn(all: readonly Ahead[], alerts: readonly Alert[]): ReadonlyMap<string, Reserved> {
  if (all.length === 0) return new Map();
  const posted = new Map(alerts.map((alert) => [alertId(alert), alert.posted?.updatedAt ?? Infinity]));
  return new Map(
    all.flatMap(({ alertIds, transitionIds, ats }) =>
      alertIds.flatMap((id, n) =>
        (posted.get(id) ?? Infinity) > ats[n]! ? [] : [[id, { id: transitionIds[n]!, at: ats[n]! }] as const],
      ),
    ),
  );
}

interface Committed {
  readonly changes: readonly ToldTransition[];
  /** Of the changes, in their order. */
  readonly ids: readonly number[];
  readonly now: number;
}

/** Once the groups are due: what was told is recorded, and what is on its way goes on as an ordinary claim. */
export async function settleAhead(db: Connection, all: readonly Ahead[], committed: Committed): Promise<void> {
  const ids = new Set(committed.ids);
  const ended = all.filter(({ transitionIds }) => transitionIds.some((id) => ids.has(id)));
  if (ended.length === 0) return;
  const ours = await handOver(db, ended);
  const said = settlingsOf(ended, committed);
  await settle(db, said);
  for (const { claim, failed, now } of said) if (failed) await recordFailure(db, claim.receiver, { ...failed, now });
  await planNext(
    db,
    said.filter(({ claim }) => ours.has(claim.token)),
  );
  await keepRest(db, ended, ids);
}

/** What is not committed yet waits for the commit that brings it. */
async function keepRest(db: Connection, ended: readonly Ahead[], ids: ReadonlySet<number>): Promise<void> {
  const rests = ended.map(({ token, alertIds, ats, transitionIds }) => {
    const isLeft = (_: unknown, n: number) => !ids.has(transitionIds[n]!);
    return {
      ...{ token, alertIds: alertIds.filter(isLeft), ats: ats.filter(isLeft) },
      transitionIds: transitionIds.filter(isLeft),
    };
  });
  const over = rests.filter(({ alertIds }) => alertIds.length === 0).map(({ token }) => token);
  const left = rests.filter(({ alertIds }) => alertIds.length > 0);
  await sql`delete from tocsin.ahead where token = any(${over}::uuid[])`.execute(db);
  if (left.length === 0) return;
  await sql`update tocsin.ahead a set is_split = true, alert_ids = r."alertIds", ats = r.ats,
      transition_ids = r."transitionIds"
    from ${rowsOf(left, 'token uuid, "alertIds" text[], ats bigint[], "transitionIds" bigint[]')}
    where a.token = r.token`.execute(db);
}

/** Gives the tokens of the claims that hold from now on; a group that somebody made known meanwhile is left to them. */
async function handOver(db: Connection, ended: readonly Ahead[]): Promise<ReadonlySet<string>> {
  const rows = ended.map(({ receiver, groupKey, token, threadId, claimedUntil, retryAt, attempts }) => {
    return { receiver, groupKey, token, threadId, claimedUntil, retryAt, attempts };
  });
  const columns = `${KEY}, token uuid, "threadId" uuid, "claimedUntil" bigint, "retryAt" bigint, attempts int`;
  const held = await query<{ token: string }>(
    db,
    sql`update tocsin.group_due g set claim_token = r.token, thread_id = r."threadId", claimed_until = r."claimedUntil",
          retry_at = r."retryAt", attempts = r.attempts
        from ${rowsOf(rows, columns)} where g.receiver = r.receiver and g.group_key = r."groupKey"
          and g.claim_token is null and g.last_sent_at is null returning r.token`,
  );
  return new Set(held.map(({ token }) => token));
}

function settlingsOf(ended: readonly Ahead[], { changes, ids, now }: Committed): readonly Settling[] {
  const byId = new Map(ids.map((id, n) => [id, changes[n]!]));
  return ended.flatMap(({ said, receiver, groupKey, token, threadId }) => {
    const told = (said?.ids ?? []).flatMap((id) => {
      const change = byId.get(id);
      const telling = change?.tellings.find((each) => each.receiver === receiver && each.groupKey === groupKey);
      return telling === undefined ? [] : [{ telling, transition: { ...change!.transition, id } }];
    });
    const [first] = told;
    if (said === null || first === undefined) return [];
    const untold = told.map(({ transition }) => transition);
    const { ids: _ids, failed, ...message } = said;
    return {
      ...{ claim: { ...firstClaim(first.telling, { token, threadId }), untold }, back: NOTHING_HELD },
      ...{ notification: { ...message, groupKey, alerts: untold.map(saidOf) }, now: Math.max(now, said.at) },
      beliefs: new Map(untold.map((each) => [alertId(each), each.to ?? ''])),
      ...(failed && { failed }),
    };
  });
}

function saidOf({ rule, labels, kind, to }: Transition): SentNotification['alerts'][number] {
  return { rule, labels, changes: [kind], level: to };
}
