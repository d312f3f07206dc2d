import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import type { Claim, ClaimMuting, DueKey } from '../model/store.ts';
import { type Connection, type Database, query } from './database.ts';
import { endThread, free, isDue, itsGroup } from './telling.ts';
import { wakesSoFar } from './wake.ts';

interface ClaimTimes {
  readonly now: number;
  readonly machineNow: number;
  readonly claimMs: number;
}

/** Takes a due group for this process alone; one that has nothing left to say ends instead. */
export async function claim(db: Database, key: DueKey, times: ClaimTimes): Promise<Claim | undefined> {
  const row = await take(db, key, times);
  if (row === undefined) return undefined;
  const { alerts, ...content } = await readTaken(db, key, { ...times, ...row }).catch(async (error: unknown) => {
    await letGo(db, { ...key, ...row });
    throw error;
  });
  const { lastSentAt, wakes, lostToken: _, ...taken } = row;
  const muting = { ...content.muting, wakes, ...(lastSentAt !== null && { lastSentAt }) };
  const claimed = { receiver: key.receiver, groupKey: key.groupKey, ...taken, ...content, alerts, muting };
  if (alerts.length > 0) return claimed;
  await endEmpty(db, claimed);
  return undefined;
}

async function readTaken(db: Database, key: DueKey, row: Taken & ClaimTimes): Promise<Content> {
  if (row.lostToken !== null) await markTried(db, key);
  return readContent(db, key, row);
}

/** Others need not wait for the end of a claim that could not be read. What a lost claim left behind stays for the next one. */
async function letGo(db: Database, { lostToken, token, ...key }: DueKey & Taken): Promise<void> {
  await sql`update tocsin.group_due set claim_token = ${lostToken}, claimed_until = null
    where ${itsGroup(key)} and claim_token = ${token}`
    .execute(db)
    .catch(() => undefined);
}

/** Ends a group that has nothing left to say, unless something came meanwhile: then it is due again. */
async function endEmpty(db: Database, key: Pick<Claim, keyof DueKey | 'token'>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const isOurs = sql`${itsGroup(key)} and claim_token = ${key.token}`;
    const held = await query(transaction, sql`select from tocsin.group_due where ${isOurs} for update`);
    if (held.length === 0) return;
    const { alerts } = await readContent(transaction, key, { now: 0, threadId: undefined });
    if (alerts.length === 0) return endThread(transaction, key);
    await sql`update tocsin.group_due set claim_token = null, claimed_until = null where ${isOurs}`.execute(
      transaction,
    );
  });
}

type Taken = Omit<Claim, keyof DueKey | 'earlier' | 'untold' | 'alerts' | 'muting'> & {
  readonly lastSentAt: number | null;
  readonly wakes: number;
  /** Of a claim that expired: its process may have sent a message. */
  readonly lostToken: string | null;
};

async function take(db: Connection, key: DueKey, times: ClaimTimes): Promise<Taken | undefined> {
  const [row] = await query<Taken>(
    db,
    sql`update tocsin.group_due
        set claim_token = gen_random_uuid(), claimed_until = ${times.machineNow + times.claimMs}
        where ${itsGroup(key)} and ${isDue(times.now)} and ${free(times.machineNow)}
        returning claim_token as token, labels as "groupLabels", thread_id as "threadId", attempts, ${wakesSoFar} as wakes,
          last_sent_at as "lastSentAt",
          (select claim_token from tocsin.group_due where ${itsGroup(key)}) as "lostToken",
          group_wait as "groupWait", group_interval as "groupInterval", repeat_interval as "repeatInterval"`,
  );
  return row;
}

/** A process that dies before this leaves its own claim, and the next one comes here again. */
async function markTried(db: Connection, key: DueKey): Promise<void> {
  await sql`update tocsin.members set tried = true where ${itsGroup(key)}`.execute(db);
}

interface Content extends Pick<Claim, 'earlier' | 'untold' | 'alerts'> {
  readonly muting: Omit<ClaimMuting, 'wakes' | 'lastSentAt'>;
}

interface Moment {
  readonly now: number;
  readonly threadId: string | undefined;
}

/** The state now is read in one statement: of one instant, and in one turn. */
async function readContent(db: Connection, key: DueKey, moment: Moment): Promise<Content> {
  const [row] = await query<ContentRow>(db, contentOf(key, moment));
  const { alerts, earlier, ...rest } = row!;
  const { believed, tried, silences, acknowledgements } = rest;
  const transitions = rest.untold.map(withNumbers);
  const known = new Set(alerts.map(({ id }) => id));
  const last = new Map(transitions.map((transition) => [transition.alertId, transition]));
  const removed = [...last].filter(([id]) => !known.has(id)).map(([, transition]) => asRemoved(transition));
  return {
    earlier,
    untold: transitions,
    alerts: [...alerts.map(({ alert }) => alert), ...removed],
    muting: { believed, tried, silences, acknowledgements },
  };
}

function contentOf(key: DueKey, { now, threadId }: Moment) {
  const untold = sql`select x.* from tocsin.tellings join tocsin.transitions x on id = transition_id
    where ${itsGroup(key)} and told_at is null`;
  return sql<ContentRow>`with untold as materialized (${untold}), mine as materialized (
        select alert_id, told_level, tried from tocsin.members where ${itsGroup(key)}
      )
      select
        (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', id, 'alertId', alert_id, 'rule', rule,
            'labels', labels, 'kind', kind, 'at', at, 'value', value, 'activeAt', active_at, 'peak', peak, 'peakAt', peak_at))
            || jsonb_build_object('from', from_level, 'to', to_level) order by id), '[]') from untold) as untold,
        (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'alert', a.alert) order by a.id), '[]')
          from mine join tocsin.alerts a on a.id = mine.alert_id
          where a.state = 'firing' or a.id in (select alert_id from untold)) as alerts,
        (select coalesce(jsonb_agg(receipt order by at, id), '[]') from tocsin.notifications
          where thread_id = ${threadId ?? null}::uuid and receipt is not null) as earlier,
        (select coalesce(jsonb_object_agg(alert_id, told_level), '{}') from mine where told_level is not null) as believed,
        (select coalesce(jsonb_agg(alert_id), '[]') from mine where tried) as tried,
        (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'matchers', matchers, 'startsAt', starts_at,
            'endsAt', ends_at, 'createdBy', created_by, 'comment', comment, 'updatedAt', updated_at)), '[]')
          from tocsin.silences
          where starts_at <= ${now} and ends_at > least(${now}, (select min(at) from untold))) as silences,
        (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('alertId', alert_id, 'rule', rule, 'labels', labels,
            'by', by_whom, 'via', via, 'at', at, 'note', note, 'until', until)) || jsonb_build_object('level', level)), '[]')
          from tocsin.acknowledgements
          where ended_at is null and until > ${now} and alert_id in (select alert_id from mine)) as acknowledgements`;
}

function withNumbers({ value, peak, ...transition }: Printed<Told>): Told {
  return {
    ...transition,
    ...(value !== undefined && { value: Number(value) }),
    ...(peak !== undefined && { peak: Number(peak) }),
  };
}

type Told = Claim['untold'][number] & { readonly alertId: string };
/** JSON has no infinity: the database writes it as text. */
type Printed<T extends Transition> = Omit<T, 'value' | 'peak'> & {
  readonly value?: number | string;
  readonly peak?: number | string;
};

interface ContentRow extends Omit<ClaimMuting, 'wakes' | 'lastSentAt'> {
  readonly untold: readonly Printed<Told>[];
  readonly alerts: readonly { readonly id: string; readonly alert: Alert }[];
  readonly earlier: readonly string[];
}

/** An alert that is no longer stored, as its last transition left it. */
function asRemoved({ rule, labels, at, value, peak, peakAt, activeAt }: Transition): Alert {
  const ended = { state: 'inactive', level: null, pending: {}, startUnseen: false } as const;
  return { ...ended, rule, labels, lastKnownAt: at, activeAt, value, peak, peakAt };
}
