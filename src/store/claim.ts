import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Claim, ClaimMuting, DueKey } from '../model/store.ts';
import { alertId } from '../model/alert.ts';
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
  return db.transaction().execute(async (transaction) => {
    const row = await take(transaction, key, times);
    if (row === undefined) return undefined;
    if (row.lostToken !== null) await markTried(transaction, key);
    const untold = await readUntold(transaction, key);
    const alerts = await readAlerts(transaction, key, untold);
    if (alerts.length === 0) {
      await endThread(transaction, key);
      return undefined;
    }
    const earlier = await readReceipts(transaction, row.threadId);
    const { lastSentAt, wakes, lostToken: _, ...taken } = row;
    const said = await readMuting(transaction, key, { now: times.now, since: untold[0]?.at ?? times.now });
    const muting = { ...said, wakes, ...(lastSentAt !== null && { lastSentAt }) };
    return { receiver: key.receiver, groupKey: key.groupKey, ...taken, earlier, untold, alerts, muting };
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

async function markTried(db: Connection, key: DueKey): Promise<void> {
  await sql`update tocsin.members set tried = true where ${itsGroup(key)}`.execute(db);
}

interface TransitionRow {
  readonly id: number;
  readonly rule: string;
  readonly labels: Labels;
  readonly kind: Transition['kind'];
  readonly at: number;
  readonly from: Transition['from'];
  readonly to: Transition['to'];
  readonly value: number | null;
  readonly peak: number | null;
  readonly peakAt: number | null;
  readonly activeAt: number;
}

async function readUntold(db: Connection, key: DueKey): Promise<Claim['untold']> {
  const rows = await query<TransitionRow>(
    db,
    sql`select id, rule, labels, kind, at, from_level as "from", to_level as "to", value,
          peak, peak_at as "peakAt", active_at as "activeAt"
        from tocsin.tellings join tocsin.transitions on id = transition_id
        where ${itsGroup(key)} and told_at is null order by id`,
  );
  return rows.map(({ value, peak, peakAt, ...row }) => ({
    ...row,
    ...(value !== null && { value }),
    ...(peak !== null && peakAt !== null && { peak, peakAt }),
  }));
}

async function readAlerts(db: Connection, key: DueKey, untold: Claim['untold']): Promise<readonly Alert[]> {
  const changed = new Map(untold.map((transition) => [alertId(transition), transition]));
  const rows = await query<{ id: string; alert: Alert }>(
    db,
    sql`select id, alert from tocsin.members join tocsin.alerts on id = alert_id
        where ${itsGroup(key)} and (state = 'firing' or id = any(${[...changed.keys()]}::text[])) order by id`,
  );
  for (const row of rows) changed.delete(row.id);
  return [...rows.map((row) => row.alert), ...[...changed.values()].map(asRemoved)];
}

/** An alert that is no longer stored, as its last transition left it. */
function asRemoved({ rule, labels, at, value, peak, peakAt, activeAt }: Transition): Alert {
  const ended = { state: 'inactive', level: null, pending: {}, startUnseen: false } as const;
  return { ...ended, rule, labels, lastKnownAt: at, activeAt, value, peak, peakAt };
}

async function readMuting(
  db: Connection,
  key: DueKey,
  { now, since }: { readonly now: number; readonly since: number },
): Promise<Omit<ClaimMuting, 'wakes' | 'lastSentAt'>> {
  const mine = sql`select alert_id from tocsin.members where ${itsGroup(key)}`;
  const [row] = await query<Omit<ClaimMuting, 'wakes' | 'lastSentAt'>>(
    db,
    sql`select
      (select coalesce(jsonb_object_agg(alert_id, told_level), '{}') from tocsin.members
        where ${itsGroup(key)} and told_level is not null) as believed,
      (select coalesce(jsonb_agg(alert_id), '[]') from tocsin.members where ${itsGroup(key)} and tried) as tried,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'matchers', matchers, 'startsAt', starts_at,
          'endsAt', ends_at, 'createdBy', created_by, 'comment', comment, 'updatedAt', updated_at)), '[]')
        from tocsin.silences where starts_at <= ${now} and ends_at > ${Math.min(now, since)}) as silences,
      (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('alertId', alert_id, 'rule', rule, 'labels', labels,
          'by', by_whom, 'via', via, 'at', at, 'note', note, 'until', until)) || jsonb_build_object('level', level)), '[]')
        from tocsin.acknowledgements where ended_at is null and until > ${now} and alert_id in (${mine})
      ) as acknowledgements`,
  );
  return row!;
}

async function readReceipts(db: Connection, threadId: string): Promise<readonly string[]> {
  const rows = await query<{ receipt: string }>(
    db,
    sql`select receipt from tocsin.notifications where thread_id = ${threadId} and receipt is not null order by at, id`,
  );
  return rows.map((row) => row.receipt);
}
