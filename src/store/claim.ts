import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Claim, DueKey } from '../model/store.ts';
import { alertId } from '../model/alert.ts';
import { type Connection, type Database, query } from './database.ts';
import { endThread, free, itsGroup } from './telling.ts';

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
    const untold = await readUntold(transaction, key);
    const alerts = await readAlerts(transaction, key, untold);
    if (alerts.length === 0) {
      await endThread(transaction, key);
      return undefined;
    }
    const earlier = await readReceipts(transaction, row.threadId);
    return { receiver: key.receiver, groupKey: key.groupKey, ...row, earlier, untold, alerts };
  });
}

type Taken = Omit<Claim, keyof DueKey | 'earlier' | 'untold' | 'alerts'>;

async function take(db: Connection, key: DueKey, times: ClaimTimes): Promise<Taken | undefined> {
  const [row] = await query<Taken>(
    db,
    sql`update tocsin.group_due
        set claim_token = gen_random_uuid(), claimed_until = ${times.machineNow + times.claimMs}
        where ${itsGroup(key)} and due_at <= ${times.now} and ${free(times.machineNow)}
        returning claim_token as token, labels as "groupLabels", thread_id as "threadId", attempts,
          group_wait as "groupWait", group_interval as "groupInterval", repeat_interval as "repeatInterval"`,
  );
  return row;
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

async function readReceipts(db: Connection, threadId: string): Promise<readonly string[]> {
  const rows = await query<{ receipt: string }>(
    db,
    sql`select receipt from tocsin.notifications where thread_id = ${threadId} and receipt is not null order by at, id`,
  );
  return rows.map((row) => row.receipt);
}
