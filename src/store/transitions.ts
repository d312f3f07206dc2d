import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Transition } from '../model/alert.ts';
import type { Telling } from '../model/store.ts';
import { type Connection, rowsOf } from './database.ts';
import { groupBy } from './groupBy.ts';

export interface ToldTransition {
  readonly transition: Transition;
  readonly tellings: readonly Telling[];
}

/**
 * Appends transitions to the record and makes their tellings due. Due rows are locked last, in the order of their keys, so that what
 * is told meanwhile waits for little, and before any member is written: their lock keeps the end of a thread from racing with its
 * new members.
 */
export async function writeTransitions(db: Connection, changes: readonly ToldTransition[], now: number): Promise<void> {
  if (changes.length === 0) return;
  const transitions = changes.map(({ transition }, n) => ({ ...transition, n, alertId: alertId(transition) }));
  const tellings = changes.flatMap((change, n) =>
    change.tellings.map(({ receiver, groupKey, flush }) => ({ n, receiver, groupKey, flush })),
  );
  await sql`with ${appended(transitions, tellings)} select true`.execute(db);
  if (tellings.length === 0) return;
  const members = tellings.map(({ n, receiver, groupKey }) => ({ receiver, groupKey, id: transitions[n]!.alertId }));
  await sql`with ${madeDue(groupsOf(changes.flatMap((change) => change.tellings)), members, now)} select true`.execute(
    db,
  );
}

/** One row for each group: the timers of its last telling, at once if any telling wants that. */
function groupsOf(tellings: readonly Telling[]): readonly Telling[] {
  const groups = groupBy(tellings, ({ receiver, groupKey }) => `${receiver}\n${groupKey}`);
  return [...groups.values()].map((group) => ({ ...group.at(-1)!, flush: group.some(({ flush }) => flush) }));
}

function appended(transitions: readonly object[], tellings: readonly object[]) {
  return sql`changed as materialized (
      select nextval('tocsin.transition_ids') as id, ordered.* from (
        select * from ${rowsOf(transitions, TRANSITION)} order by n
      ) as ordered
    ), told as (
      insert into tocsin.transitions
        (id, alert_id, rule, labels, kind, at, from_level, to_level, value, peak, peak_at, active_at)
      select id, "alertId", rule, labels, kind, at, "from", "to", value, peak, "peakAt", "activeAt" from changed
    ), owed as (
      insert into tocsin.tellings (receiver, group_key, transition_id, flush)
      select receiver, "groupKey", id, flush from ${rowsOf(tellings, TELLING)} join changed using (n)
    )`;
}

/** `dispatch/due.ts` says in words when a group is due; what waits for nothing was due a millisecond ago. */
function madeDue(groups: readonly object[], members: readonly object[], now: number) {
  return sql`due as (
      insert into tocsin.group_due as g
        (receiver, group_key, labels, group_wait, group_interval, repeat_interval, due_at)
      select receiver, "groupKey", "groupLabels", "groupWait", "groupInterval", "repeatInterval",
        ${now} + case when flush then -1 else "groupWait" end
      from ${rowsOf(groups, GROUP)} order by receiver, "groupKey"
      on conflict (receiver, group_key) do update set labels = excluded.labels, group_wait = excluded.group_wait,
        group_interval = excluded.group_interval, repeat_interval = excluded.repeat_interval,
        due_at = least(g.due_at, case
          when g.last_sent_at is null or excluded.due_at < ${now} then excluded.due_at
          else greatest(${now}, g.last_sent_at + excluded.group_interval) end)
      returning receiver, group_key
    ), joined as (
      insert into tocsin.members (receiver, group_key, alert_id)
      select distinct m.receiver, m."groupKey", m.id
      from (select * from ${rowsOf(members, MEMBER)}) as m
        join due on due.receiver = m.receiver and due.group_key = m."groupKey"
      on conflict do nothing
    )`;
}

const TRANSITION = `n int, "alertId" text, rule text, labels jsonb, kind text, at bigint,
  "from" text, "to" text, value float8, peak float8, "peakAt" bigint, "activeAt" bigint`;
const TELLING = 'n int, receiver text, "groupKey" text, flush boolean';
const MEMBER = 'receiver text, "groupKey" text, id text';
const GROUP = `receiver text, "groupKey" text, "groupLabels" jsonb, flush boolean,
  "groupWait" bigint, "groupInterval" bigint, "repeatInterval" bigint`;
