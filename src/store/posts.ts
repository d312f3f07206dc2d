import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import { POSTED_GROUP } from '../model/posted.ts';
import type { PostsCommit } from '../model/store.ts';
import { endOutdated } from './acknowledgements.ts';
import { type Database, query, rowsOf } from './database.ts';
import { writeEpisodes } from './episodes.ts';
import { advanceGroup, groupState, writeAlerts } from './evaluation.ts';
import { transitionParts, writeTransitions } from './transitions.ts';
import { wake } from './wake.ts';

/** Ended ones are kept this long, so that what is said of their end still has their annotations: ms. */
const KEPT = 3_600_000;

export async function postedAlerts(db: Database): Promise<{ readonly at: number; readonly alerts: readonly Alert[] }> {
  const { evaluatedAt: at } = await groupState(db, POSTED_GROUP);
  const rows = await query<{ alert: Alert }>(db, sql`select alert from tocsin.alerts where posted`);
  return { at, alerts: rows.map(({ alert }) => alert) };
}

export async function commitPosts(db: Database, posts: PostsCommit): Promise<boolean> {
  const isPlain = !posts.wakes && posts.transitions.every(({ transition }) => transition.kind === 'firing');
  return isPlain ? commitFiring(db, posts) : commitChanges(db, posts);
}

/**
 * What only fires or goes on firing, which is nearly all that is ever posted, in one statement: a burst of posts waits for the
 * database once each. Writes what `commitChanges` would write.
 */
async function commitFiring(db: Database, { now, previous, alerts, transitions }: PostsCommit): Promise<boolean> {
  if (now <= previous) return false;
  const stored = alerts.map((alert) => {
    const { rule, state, level } = alert;
    return { id: alertId(alert), rule, state, level, alert };
  });
  const opened = transitions.map(({ transition }) => {
    const { rule, labels, activeAt, at } = transition;
    return { id: alertId(transition), rule, labels, activeAt, at };
  });
  const held = sql<boolean>`exists (select from held)`;
  const rows = await query(
    db,
    sql`with held as (
        insert into tocsin.rule_groups as g (name, evaluated_at) values (${POSTED_GROUP}, ${now})
        on conflict (name) do update set evaluated_at = excluded.evaluated_at where g.evaluated_at = ${previous}
        returning name
      ), stored as (
        insert into tocsin.alerts (id, rule, state, level, alert, posted)
        select id, rule, state, level, alert, true
        from ${rowsOf(stored, 'id text, rule text, state text, level text, alert jsonb')} where ${held} order by id
        on conflict (id) do update set state = excluded.state, level = excluded.level, alert = excluded.alert, posted = true
      ), opened as (
        insert into tocsin.episodes (alert_id, rule, labels, started_at, fired_at)
        select id, rule, labels, "activeAt", at
        from ${rowsOf(opened, 'id text, rule text, labels jsonb, "activeAt" bigint, at bigint')} where ${held} order by id
        on conflict (alert_id) where ended_at is null
          do update set fired_at = coalesce(episodes.fired_at, excluded.fired_at)
      ), ${transitionParts(transitions, now, held)}
      select name from held`,
  );
  return rows.length === 1;
}

async function commitChanges(db: Database, posts: PostsCommit): Promise<boolean> {
  const { now, alerts, transitions } = posts;
  return db.transaction().execute(async (transaction) => {
    if (!(await advanceGroup(transaction, { ...posts, group: POSTED_GROUP }))) return false;
    await writeAlerts(transaction, alerts);
    const changes = transitions.map((each) => each.transition);
    await writeEpisodes(transaction, changes, []);
    await endOutdated(transaction, changes);
    await writeTransitions(transaction, transitions, now);
    if (posts.wakes) await wake(transaction);
    return true;
  });
}

/** Forgets what other programs said of alerts that are over. */
export async function forgetPosted(db: Database, now: number): Promise<void> {
  await sql`delete from tocsin.alerts where posted and state = 'inactive'
    and (alert -> 'posted' ->> 'endsAt')::float8 < ${now - KEPT}`.execute(db);
}
