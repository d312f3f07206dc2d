import { sql } from 'kysely';
import { alertId, identify } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Claim, ClaimMuting, DueKey } from '../model/store.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { endThreads, free, isDue, KEY, markTried } from './telling.ts';
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

async function readTaken(db: Database, taken: readonly Taken[], { now }: ClaimTimes): Promise<readonly Content[]> {
  const lost = taken.filter(({ lostToken }) => lostToken !== null);
  // A process that dies before this leaves its own claims, and the next one comes here again.
  if (lost.length > 0) await markTried(db, lost);
  return readContents(db, taken, now);
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
export async function unclaim(db: Database, claims: readonly Pick<Claim, keyof DueKey | 'token'>[]): Promise<void> {
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
    const contents = await readContents(transaction, held, 0);
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

interface Content extends Pick<Claim, 'earlier' | 'untold' | 'alerts'> {
  readonly muting: Omit<ClaimMuting, 'wakes' | 'lastSentAt'>;
}

/** What the groups say, in the order asked, read in one statement: of one instant, and in one turn. */
async function readContents(
  db: Connection,
  claims: readonly Pick<Claim, keyof DueKey | 'threadId'>[],
  now: number,
): Promise<readonly Content[]> {
  const keys = claims.map(({ receiver, groupKey, threadId }, n) => ({ n, receiver, groupKey, threadId }));
  const rows = await query<ContentRow>(db, contentsOf(keys, now));
  return rows.map(contentOf);
}

function contentOf({ ids, alerts: found, untold: columns, earlier, ...muting }: ContentRow): Content {
  const alerts = found.map((alert, index) => identify(alert, ids[index]!));
  const known = new Map(alerts.map((alert, index) => [ids[index]!, alert]));
  const untold = columns.id.map((_, index) => readTransition(columns, index, known));
  const last = new Map(untold.map((transition) => [alertId(transition), transition]));
  const removed = [...last].filter(([id]) => !known.has(id)).map(([, transition]) => asRemoved(transition));
  return { earlier, untold, alerts: [...alerts, ...removed], muting };
}

function contentsOf(keys: readonly object[], now: number) {
  return sql<ContentRow>`select c.* from ${rowsOf(keys, `n int, ${KEY}, "threadId" uuid`)} cross join lateral (
      with untold as materialized (
        select x.* from tocsin.tellings t, lateral (select * from tocsin.transitions where id = t.transition_id limit 1) as x
        where t.receiver = r.receiver and t.group_key = r."groupKey" and t.told_at is null
      ), mine as materialized (
        select alert_id, told_level, tried, spoken_at from tocsin.members m
        where m.receiver = r.receiver and m.group_key = r."groupKey"
      ), listed as materialized (
        select a.id, a.alert from (select alert_id from mine union select alert_id from untold) as heard
        join tocsin.alerts a on a.id = heard.alert_id
        where a.state = 'firing' or a.id in (select alert_id from untold) order by a.id
      )
      select
        said.*, those.*,
        (select coalesce(json_agg(receipt order by at, id), '[]') from tocsin.notifications
          where thread_id = r."threadId" and receipt is not null) as earlier,
        (select coalesce(json_object_agg(alert_id, told_level), '{}') from mine where told_level is not null) as believed,
        (select coalesce(json_object_agg(alert_id, spoken_at), '{}') from mine where spoken_at is not null) as "spokenAt",
        (select coalesce(json_agg(alert_id), '[]') from mine where tried) as tried,
        (select coalesce(json_agg(json_build_object('id', id, 'matchers', matchers, 'startsAt', starts_at,
            'endsAt', ends_at, 'createdBy', created_by, 'comment', comment, 'updatedAt', updated_at)), '[]')
          from tocsin.silences
          where starts_at <= ${now} and ends_at > least(${now}, (select min(at) from untold))) as silences,
        (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('alertId', alert_id, 'rule', rule, 'labels', labels,
            'by', by_whom, 'via', via, 'at', at, 'note', note, 'until', until)) || jsonb_build_object('level', level)), '[]')
          from tocsin.acknowledgements
          where ended_at is null and until > ${now} and alert_id in (select id from listed)) as acknowledgements
      from (
        select coalesce(json_agg(id), '[]') as ids, coalesce(json_agg(alert), '[]') as alerts from listed
      ) as those, (
        select json_build_object('id', coalesce(json_agg(id), '[]'), 'alertId', json_agg(alert_id), 'kind', json_agg(kind),
          'at', json_agg(at), 'value', json_agg(value), 'activeAt', json_agg(active_at), 'peak', json_agg(peak),
          'peakAt', json_agg(peak_at), 'from', json_agg(from_level), 'to', json_agg(to_level),
          'rule', json_agg(case when is_gone then rule end), 'labels', json_agg(case when is_gone then labels end)) as untold
        from (select untold.*, listed.id is null as is_gone from untold left join listed on listed.id = untold.alert_id
          order by untold.id) as told
      ) as said
    ) as c order by r.n`;
}

/** Names and labels stand with the alert, unless it is no longer stored. */
function readTransition(columns: Columns, index: number, known: ReadonlyMap<string, Alert>): Claim['untold'][number] {
  const alert = columns.alertId[index]!;
  const { rule, labels } = known.get(alert) ?? { rule: columns.rule[index]!, labels: columns.labels[index]! };
  const [value, peak, peakAt] = [columns.value[index], columns.peak[index], columns.peakAt[index]];
  const told = {
    id: columns.id[index]!,
    rule,
    labels,
    kind: columns.kind[index]!,
    from: columns.from[index]!,
    to: columns.to[index]!,
    at: columns.at[index]!,
    activeAt: columns.activeAt[index]!,
    ...(value != null && { value: Number(value) }),
    ...(peak != null && { peak: Number(peak) }),
    ...(peakAt != null && { peakAt }),
  };
  return known.has(alert) ? told : identify(told, alert);
}

/** Each property of all transitions, which the database prints several times as fast as one after the other. */
type Columns = { readonly [Name in keyof Printed]: readonly Printed[Name][] };

/** JSON has no infinity: the database writes it as text. */
interface Printed extends Required<Omit<Claim['untold'][number], 'value' | 'peak' | 'peakAt' | 'rule' | 'labels'>> {
  readonly alertId: string;
  readonly value: number | string | null;
  readonly peak: number | string | null;
  readonly peakAt: number | null;
  readonly rule: string | null;
  readonly labels: Labels | null;
}

interface ContentRow extends Omit<ClaimMuting, 'wakes' | 'lastSentAt'> {
  readonly untold: Columns;
  /** Of the alerts, in their order. */
  readonly ids: readonly string[];
  readonly alerts: readonly Alert[];
  readonly earlier: readonly string[];
}

/** An alert that is no longer stored, as its last transition left it. */
function asRemoved({ rule, labels, at, value, peak, peakAt, activeAt }: Transition): Alert {
  const ended = { state: 'inactive', level: null, pending: {}, startUnseen: false } as const;
  return { ...ended, rule, labels, lastKnownAt: at, activeAt, value, peak, peakAt };
}
