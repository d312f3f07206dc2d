import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Claim, NewGroup, Sent, SentNotification, Telling } from '../model/claim.ts';
import { type Connection, type Database, KEY, query, rowsOf } from './database.ts';

/** Takes groups for this process alone, and reserves the ids of their transitions. */
export async function claimAhead(
  db: Database,
  groups: readonly NewGroup[],
  { now, machineNow, claimMs }: { readonly now: number; readonly machineNow: number; readonly claimMs: number },
): Promise<readonly Claim[]> {
  if (groups.length === 0) return [];
  const numbers = await reserve(db, groups);
  const numberOf = ({ transition }: NewGroup['changes'][number]) => numbers.get(alertId(transition))!;
  const rows = groups.map(({ telling: { receiver, groupKey }, changes }, n) => ({
    ...{ n, receiver, groupKey, alertIds: changes.map(({ transition }) => alertId(transition)) },
    ...{ ats: changes.map(({ transition }) => transition.at), transitionIds: changes.map(numberOf) },
  }));
  const taken = await query<{ n: number; token: string; threadId: string }>(
    db,
    sql`with given as materialized (
        select * from ${rowsOf(rows, `n int, ${KEY}, "alertIds" text[], ats bigint[], "transitionIds" bigint[]`)}
      ), taken as (
        insert into tocsin.ahead (receiver, group_key, alert_ids, ats, transition_ids, claimed_until)
        select receiver, "groupKey", "alertIds", ats, "transitionIds", ${machineNow + claimMs}::bigint from given
        where not exists (select from tocsin.group_due g where g.receiver = given.receiver and group_key = "groupKey")
          and not exists (select from tocsin.silences where starts_at <= ${now} and ends_at > ${now})
          and not exists (select from tocsin.acknowledgements
            where ended_at is null and until > ${now} and alert_id = any("alertIds"))
        order by receiver, "groupKey" on conflict (receiver, group_key) do nothing
        returning receiver, group_key, token, thread_id
      )
      select n, token, thread_id as "threadId" from given
      join taken on taken.receiver = given.receiver and group_key = "groupKey" order by n`,
  );
  return taken.map(({ n, token, threadId }) => {
    const { telling, changes } = groups[n]!;
    const untold = changes.map((change) => ({ ...change.transition, id: numberOf(change) }));
    const alerts = changes.map(({ alert }) => alert);
    return { ...claimFor(telling, { token, threadId }), untold, alerts };
  });
}

/** By alert; one that several receivers are told of has one transition. */
async function reserve(db: Database, groups: readonly NewGroup[]): Promise<ReadonlyMap<string, number>> {
  const ids = new Set(groups.flatMap(({ changes }) => changes.map(({ transition }) => alertId(transition))));
  const [row] = await query<{ numbers: readonly number[] }>(
    db,
    sql`select json_agg(nextval('tocsin.transition_ids')) as numbers from generate_series(1, ${ids.size}::int)`,
  );
  return new Map([...ids].map((id, index) => [id, row!.numbers[index]!]));
}

export function claimFor(telling: Telling, taken: { readonly token: string; readonly threadId: string }): Claim {
  const { receiver, groupKey, groupLabels, groupWait, groupInterval, repeatInterval } = telling;
  const timers = { groupWait, groupInterval, repeatInterval };
  return {
    ...{ receiver, groupKey, groupLabels, ...timers, ...taken },
    ...{ attempts: 0, earlier: [], untold: [], alerts: [], ahead: true },
  };
}

/** Of a message that was accepted, what cannot be told from the transitions that it spoke of. */
export interface Said
  extends Pick<SentNotification, 'id' | 'receiver' | 'at' | 'receipt' | 'status'>, Pick<Sent, 'failed'> {
  /** Transitions. */
  readonly ids: readonly number[];
}

/** Keeps that messages were accepted; gives the tokens of the claims that are still ahead, and whether that is true of all they tell. */
export async function sayAhead(
  db: Database,
  accepted: readonly { readonly claim: Claim; readonly sent: Sent }[],
): Promise<readonly { readonly token: string; readonly isWhole: boolean }[]> {
  if (accepted.length === 0) return [];
  const rows = accepted.map(({ claim: { token, untold }, sent: { notification, failed } }) => {
    const { groupKey: _groupKey, alerts: _alerts, ...message } = notification;
    const said: Said = { ...message, ...(failed && { failed }), ids: untold.map(({ id }) => id) };
    return { token, said };
  });
  return query<{ token: string; isWhole: boolean }>(
    db,
    sql`with held as materialized (${locked(rows.map(({ token }) => token))})
        update tocsin.ahead a set said = r.said from held join ${rowsOf(rows, 'token uuid, said json')} using (token)
        where a.token = held.token returning a.token, not is_split as "isWhole"`,
  );
}

/** Forgets claims of which nothing was told. */
export async function dropAhead(db: Connection, claims: readonly Pick<Claim, 'token' | 'ahead'>[]): Promise<void> {
  const tokens = claims.flatMap(({ token, ahead }) => (ahead ? [token] : []));
  if (tokens.length === 0) return;
  await sql`delete from tocsin.ahead where token in (${locked(tokens)})`.execute(db);
}

/** In the order in which a commit locks them. */
function locked(tokens: readonly string[]) {
  return sql`select token from tocsin.ahead where token = any(${tokens}::uuid[]) order by receiver, group_key for update`;
}

/** Its receiver may know of its alerts: it is like a claim whose process died, and waits. */
export async function failAhead(db: Connection, { token }: Claim, retryAt: number): Promise<void> {
  await sql`update tocsin.ahead set claimed_until = 0, retry_at = ${retryAt}, attempts = attempts + 1
    where token = ${token}`.execute(db);
}
