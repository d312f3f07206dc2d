import { sql } from 'kysely';
import type { Claim, NewClaim, Sent, SentNotification } from '../model/claim.ts';
import { columnsOf, type Connection, type Database, query, rowsOf } from './database.ts';

/** Takes groups for this process alone. */
export async function claimAhead(
  db: Database,
  claims: readonly NewClaim[],
  { now, machineNow, claimMs }: { readonly now: number; readonly machineNow: number; readonly claimMs: number },
): Promise<ReadonlySet<string>> {
  if (claims.length === 0) return new Set();
  const given = columnsOf({
    receiver: ['text', claims.map(({ receiver }) => receiver)],
    key: ['text', claims.map(({ groupKey }) => groupKey)],
    token: ['uuid', claims.map(({ token }) => token)],
    thread: ['uuid', claims.map(({ threadId }) => threadId)],
    ids: ['text', claims.map(({ alertIds }) => listOf(alertIds))],
    ats: ['text', claims.map(({ ats }) => listOf(ats))],
    numbers: ['text', claims.map(({ transitionIds }) => listOf(transitionIds))],
  });
  const taken = await query<{ token: string }>(
    db,
    sql`insert into tocsin.ahead (receiver, group_key, token, thread_id, alert_ids, ats, transition_ids, claimed_until)
        select receiver, key, token, thread, ids::text[], ats::bigint[], numbers::bigint[], ${machineNow + claimMs}::bigint
        from ${given}
        where not exists (select from tocsin.group_due g where g.receiver = r.receiver and group_key = key)
          and not exists (select from tocsin.acknowledgements
            where ended_at is null and until > ${now} and alert_id = any(ids::text[]))
        order by receiver, key on conflict (receiver, group_key) do nothing returning token`,
  );
  return new Set(taken.map(({ token }) => token));
}

export async function reserveTransitions(db: Database, count: number): Promise<readonly number[]> {
  const [row] = await query<{ numbers: readonly number[] | null }>(
    db,
    sql`select json_agg(nextval('tocsin.transition_ids')) as numbers from generate_series(1, ${count}::int)`,
  );
  return row!.numbers ?? [];
}

/** An array as the database reads it; of alert ids and numbers, in which nothing is to be escaped. */
function listOf(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
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
