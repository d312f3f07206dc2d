import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import { dueId } from '../model/claim.ts';
import type { Telling } from '../model/claim.ts';
import { columnsOf, type Connection, query, rowsOf } from './database.ts';
import { ENDS } from './episodes.ts';
import { groupBy } from './groupBy.ts';

export interface ToldTransition {
  readonly transition: Transition;
  readonly tellings: readonly Telling[];
}

/** Of a commit: which transaction it was, and the ids of its changes in their order. */
export interface Written {
  readonly xid: string;
  readonly ids: readonly number[];
}

const NONE: ReadonlyMap<string, { readonly id: number }> = new Map();

/**
 * Stores alerts as they are now, and appends what changed to the record: transitions, what is owed of them, episodes that
 * begin. `reserved` has the ids, by alert, of those that begin to fire; the others get new ones.
 */
export async function writeChanges(
  db: Connection,
  alerts: readonly Alert[],
  changes: readonly ToldTransition[],
  reserved: ReadonlyMap<string, { readonly id: number }> = NONE,
): Promise<Written | undefined> {
  if (alerts.length === 0 && changes.length === 0) return undefined;
  const ids = alerts.map(alertId);
  const stored = sql`given as materialized (select * from ${givenOf(alerts, ids)}), ${STORED}`;
  if (changes.length === 0) {
    await sql`with ${stored} select true`.execute(db);
    return undefined;
  }
  const [row] = await query<Written>(
    db,
    sql`with ${stored}, ${appended(changes, { given: new Map(ids.map((id, place) => [id, place])), reserved })}
        select pg_current_xact_id()::xid::text as xid, (select json_agg(id order by n) from changed) as ids`,
  );
  return row;
}

function givenOf(alerts: readonly Alert[], ids: readonly string[]) {
  return columnsOf({
    place: ['int', ids.map((_, place) => place)],
    id: ['text', ids],
    rule: ['text', alerts.map(({ rule }) => rule)],
    state: ['text', alerts.map(({ state }) => state)],
    level: ['text', alerts.map(({ level }) => level)],
    posted: ['boolean', alerts.map(({ posted }) => posted !== undefined)],
    labels: ['lines', alerts.map(({ labels }) => JSON.stringify(labels))],
    alert: ['lines', alerts.map((alert) => JSON.stringify(alert))],
  });
}

const STORED = sql`stored as (
    insert into tocsin.alerts (id, rule, state, level, alert, posted)
    select id, rule, state, level, alert::json, posted from given order by id
    on conflict (id) do update set state = excluded.state, level = excluded.level, alert = excluded.alert,
      posted = excluded.posted
  )`;

/** What goes into a message of one receiver together, and which of the changes are owed to it. */
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
  const groups = groupBy(all, ({ telling }) => dueId(telling));
  return [...groups.values()].map((group) => ({ telling: group.at(-1)!.telling, owed: group.map(({ owed }) => owed) }));
}

/** The names and labels of alerts that are `given`, by their place, are not sent twice. */
function appended(changes: readonly ToldTransition[], places: Places) {
  const owing = groupsOf(changes).flatMap(({ telling: { receiver, groupKey }, owed }) =>
    [false, true].map((flush) => {
      return { receiver, groupKey, flush, ns: owed.flatMap((each) => (each.flush === flush ? [each.n] : [])) };
    }),
  );
  return sql`changed as materialized (
      select coalesce(reserved, nextval('tocsin.transition_ids')) as id, ordered.* from (
        select r.*, coalesce(r.rule, given.rule) as name, coalesce(r.labels, given.labels)::jsonb as marks
        from ${changesOf(changes, places)} left join given on given.place = r.place order by n
      ) as ordered
    ), told as (
      insert into tocsin.transitions
        (id, alert_id, rule, labels, kind, at, from_level, to_level, value, peak, peak_at, active_at)
      select id, alert_id, name, marks, kind, at, from_level, to_level, value, peak, peak_at, active_at from changed
    ), opened as (
      insert into tocsin.episodes (alert_id, rule, labels, started_at, fired_at, peak, peak_at)
      select alert_id, name, marks, active_at, fired_at, peak, peak_at from changed where opens order by alert_id
      on conflict (alert_id) where ended_at is null
        do update set fired_at = coalesce(episodes.fired_at, excluded.fired_at),
          peak = coalesce(excluded.peak, episodes.peak), peak_at = coalesce(excluded.peak_at, episodes.peak_at)
    ), owed as (
      insert into tocsin.tellings (receiver, group_key, transition_ids, flush)
      select r.receiver, r."groupKey", array_agg(changed.id order by changed.id), r.flush
      from ${rowsOf(owing, OWING)} cross join unnest(r.ns) as o(n) join changed using (n)
      group by r.receiver, r."groupKey", r.flush
    )`;
}

interface Places {
  /** The place of each alert that is stored with them. */
  readonly given: ReadonlyMap<string, number>;
  readonly reserved: ReadonlyMap<string, { readonly id: number }>;
}

function changesOf(changes: readonly ToldTransition[], { given, reserved }: Places) {
  const opening = openingOf(changes);
  const all = changes.map(({ transition }, n) => ({ ...transition, ...opening.get(n), n, id: alertId(transition) }));
  const places = all.map(({ id }) => given.get(id));
  return columnsOf({
    n: ['int', all.map(({ n }) => n)],
    alert_id: ['text', all.map(({ id }) => id)],
    place: ['int', places],
    rule: ['text', all.map(({ rule }, n) => (places[n] === undefined ? rule : null))],
    labels: ['lines', all.map(({ labels }, n) => (places[n] === undefined ? JSON.stringify(labels) : null))],
    kind: ['text', all.map(({ kind }) => kind)],
    at: ['bigint', all.map(({ at }) => at)],
    from_level: ['text', all.map(({ from }) => from)],
    to_level: ['text', all.map(({ to }) => to)],
    value: ['float8', all.map(({ value }) => value)],
    peak: ['float8', all.map(({ peak }) => peak)],
    peak_at: ['bigint', all.map(({ peakAt }) => peakAt)],
    active_at: ['bigint', all.map(({ activeAt }) => activeAt)],
    reserved: ['bigint', all.map(({ id, kind }) => (kind === 'firing' ? reserved.get(id)?.id : null))],
    opens: ['boolean', all.map(({ opens }) => opens ?? false)],
    fired_at: ['bigint', all.map(({ firedAt }) => firedAt)],
  });
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
 * `dispatch/due.ts` says in words when a group is due; what waits for nothing was due a millisecond ago. A new group waits from `since`.
 */
export async function makeDue(
  db: Connection,
  changes: readonly ToldTransition[],
  now: number,
  since: number = now,
): Promise<void> {
  const groups = groupsOf(changes).map(({ telling, owed }) => ({ ...telling, flush: owed.some(({ flush }) => flush) }));
  if (groups.length === 0) return;
  await sql`insert into tocsin.group_due as g
      (receiver, group_key, labels, group_wait, group_interval, repeat_interval, due_at)
    select receiver, "groupKey", "groupLabels", "groupWait", "groupInterval", "repeatInterval",
      case when flush then ${now}::bigint - 1 else greatest(${now}::bigint, ${since}::bigint + "groupWait") end
    from ${rowsOf(groups, GROUP)} order by receiver, "groupKey"
    on conflict (receiver, group_key) do update set labels = excluded.labels, group_wait = excluded.group_wait,
      group_interval = excluded.group_interval, repeat_interval = excluded.repeat_interval,
      due_at = least(g.due_at, case
        when g.last_sent_at is null or excluded.due_at < ${now} then excluded.due_at
        else greatest(${now}, g.last_sent_at + excluded.group_interval) end)`.execute(db);
}

const OWING = 'receiver text, "groupKey" text, flush boolean, ns int[]';
const GROUP = `receiver text, "groupKey" text, "groupLabels" jsonb, flush boolean,
  "groupWait" bigint, "groupInterval" bigint, "repeatInterval" bigint`;
