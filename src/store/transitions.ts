import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { Telling } from '../model/store.ts';
import { type Connection, rowsOf } from './database.ts';
import { ENDS } from './episodes.ts';
import { groupBy } from './groupBy.ts';

export interface ToldTransition {
  readonly transition: Transition;
  readonly tellings: readonly Telling[];
}

/** Stores alerts as they are now, and appends what changed to the record: transitions, what is owed of them, episodes that begin. */
export async function writeChanges(
  db: Connection,
  alerts: readonly Alert[],
  changes: readonly ToldTransition[],
): Promise<void> {
  if (alerts.length === 0 && changes.length === 0) return;
  const given = alerts.map((alert) => ({ id: alertId(alert), alert }));
  const stored = sql`given as materialized (select * from ${rowsOf(given, 'id text, alert jsonb')}), ${STORED}`;
  if (changes.length === 0) await sql`with ${stored} select true`.execute(db);
  else await sql`with ${stored}, ${appended(changes, new Set(given.map(({ id }) => id)))} select true`.execute(db);
}

const STORED = sql`stored as (
    insert into tocsin.alerts (id, rule, state, level, alert, posted)
    select id, alert->>'rule', alert->>'state', alert->>'level', alert, alert ? 'posted' from given order by id
    on conflict (id) do update set state = excluded.state, level = excluded.level, alert = excluded.alert,
      posted = excluded.posted
  )`;

/** What goes into a message of one receiver together, and what of the changes is owed to it. */
interface Group {
  readonly telling: Telling;
  readonly owed: readonly Owed[];
}

interface Owed {
  readonly n: number;
  readonly flush: boolean;
}

function groupsOf(changes: readonly ToldTransition[]): readonly Group[] {
  const all = changes.flatMap(({ tellings }, n) =>
    tellings.map((telling) => ({ telling, owed: { n, flush: telling.flush } })),
  );
  const groups = groupBy(all, ({ telling: { receiver, groupKey } }) => `${receiver}\n${groupKey}`);
  return [...groups.values()].map((group) => ({ telling: group.at(-1)!.telling, owed: group.map(({ owed }) => owed) }));
}

/** The names and labels of alerts that are `given` are not sent twice. */
function appended(changes: readonly ToldTransition[], given: ReadonlySet<string>) {
  const opening = openingOf(changes);
  const transitions = changes.map(({ transition: { rule, labels, ...rest } }, n) => {
    const id = alertId(changes[n]!.transition);
    return { ...rest, ...opening.get(n), n, alertId: id, ...(!given.has(id) && { rule, labels }) };
  });
  const owing = groupsOf(changes).map(({ telling: { receiver, groupKey }, owed }) => {
    return { receiver, groupKey, ns: owed.map(({ n }) => n), flushes: owed.map(({ flush }) => flush) };
  });
  return sql`changed as materialized (
      select nextval('tocsin.transition_ids') as id, ordered.* from (
        select r.*, coalesce(r.rule, alert->>'rule') as name, coalesce(r.labels, alert->'labels') as marks
        from ${rowsOf(transitions, TRANSITION)} left join given on given.id = r."alertId" order by n
      ) as ordered
    ), told as (
      insert into tocsin.transitions
        (id, alert_id, rule, labels, kind, at, from_level, to_level, value, peak, peak_at, active_at)
      select id, "alertId", name, marks, kind, at, "from", "to", value, peak, "peakAt", "activeAt" from changed
    ), opened as (
      insert into tocsin.episodes (alert_id, rule, labels, started_at, fired_at)
      select "alertId", name, marks, "activeAt", "firedAt" from changed where opens order by "alertId"
      on conflict (alert_id) where ended_at is null
        do update set fired_at = coalesce(episodes.fired_at, excluded.fired_at)
    ), owed as (
      insert into tocsin.tellings (receiver, group_key, transition_id, flush)
      select r.receiver, r."groupKey", changed.id, o.flush
      from ${rowsOf(owing, OWING)} cross join unnest(r.ns, r.flushes) as o(n, flush) join changed using (n)
    )`;
}

/** An episode opens with the first transition of an alert that is no end, by its place among the changes. */
function openingOf(changes: readonly ToldTransition[]) {
  const opening = new Map<number, { readonly opens: true; readonly firedAt: number | undefined }>();
  const begun = changes.flatMap(({ transition }, n) => (ENDS.has(transition.kind) ? [] : [{ n, transition }]));
  for (const group of groupBy(begun, ({ transition }) => alertId(transition)).values()) {
    const firedAt = group.find(({ transition: { kind } }) => kind === 'firing')?.transition.at;
    opening.set(group[0].n, { opens: true, firedAt });
  }
  return opening;
}

/**
 * Makes due what is owed of changes. Due rows are locked last, in the order of their keys, so that what is told meanwhile waits for
 * little; whoever ends a group at that moment ends it before, and this makes it anew.
 * `dispatch/due.ts` says in words when a group is due; what waits for nothing was due a millisecond ago.
 */
export async function makeDue(db: Connection, changes: readonly ToldTransition[], now: number): Promise<void> {
  const groups = groupsOf(changes).map(({ telling, owed }) => ({ ...telling, flush: owed.some(({ flush }) => flush) }));
  if (groups.length === 0) return;
  await sql`insert into tocsin.group_due as g
      (receiver, group_key, labels, group_wait, group_interval, repeat_interval, due_at)
    select receiver, "groupKey", "groupLabels", "groupWait", "groupInterval", "repeatInterval",
      ${now} + case when flush then -1 else "groupWait" end
    from ${rowsOf(groups, GROUP)} order by receiver, "groupKey"
    on conflict (receiver, group_key) do update set labels = excluded.labels, group_wait = excluded.group_wait,
      group_interval = excluded.group_interval, repeat_interval = excluded.repeat_interval,
      due_at = least(g.due_at, case
        when g.last_sent_at is null or excluded.due_at < ${now} then excluded.due_at
        else greatest(${now}, g.last_sent_at + excluded.group_interval) end)`.execute(db);
}

const TRANSITION = `n int, "alertId" text, rule text, labels jsonb, kind text, at bigint, "from" text, "to" text,
  value float8, peak float8, "peakAt" bigint, "activeAt" bigint, opens boolean, "firedAt" bigint`;
const OWING = 'receiver text, "groupKey" text, ns int[], flushes boolean[]';
const GROUP = `receiver text, "groupKey" text, "groupLabels" jsonb, flush boolean,
  "groupWait" bigint, "groupInterval" bigint, "repeatInterval" bigint`;
