import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { sql } from 'kysely';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import { POSTED_GROUP } from '../model/posted.ts';
import type { Post, Received } from '../model/posted.ts';
import type { KeptPosts, PostsCommit } from '../model/store.ts';
import { endOutdated } from './acknowledgements.ts';
import { type Connection, type Database, query } from './database.ts';
import { endEpisodes } from './episodes.ts';
import { advanceGroup, groupState } from './evaluation.ts';
import { remember } from './fresh.ts';
import { readAhead, type Reserved, reservedIn, settleAhead } from './settleAhead.ts';
import { makeDue, type ToldTransition, writeChanges } from './transitions.ts';
import { wake } from './wake.ts';

/** Ended ones are kept this long, so that what is said of their end still has their annotations: ms. */
const KEPT = 3_600_000;

export async function postedAlerts(db: Database): Promise<{ readonly at: number; readonly alerts: readonly Alert[] }> {
  const { evaluatedAt: at } = await groupState(db, POSTED_GROUP);
  const rows = await query<{ alert: Alert }>(db, sql`select alert from tocsin.alerts where posted`);
  return { at, alerts: rows.map(({ alert }) => alert) };
}

export async function commitPosts(db: Database, posts: PostsCommit): Promise<boolean> {
  const { now, alerts } = posts;
  const written = await db.transaction().execute(async (transaction) => {
    if (!(await advanceGroup(transaction, { ...posts, group: POSTED_GROUP }))) return undefined;
    const ahead = await readAhead(transaction);
    const reserved = reservedIn(ahead, alerts);
    const transitions = posts.transitions.map((change) => asTold(change, reserved));
    const stored = await writeChanges(transaction, alerts, transitions, reserved);
    const changes = transitions.map((each) => each.transition);
    await endEpisodes(transaction, changes);
    await endOutdated(transaction, changes);
    await makeDue(transaction, transitions, now, posts.since);
    if (stored !== undefined) await settleAhead(transaction, ahead, { changes: transitions, ids: stored.ids, now });
    if (posts.wakes) await wake(transaction);
    await forgetKept(transaction, posts.kept ?? []);
    return { stored, transitions };
  });
  if (written !== undefined) remember(db, written.stored, { alerts, transitions: written.transitions });
  return written !== undefined;
}

function asTold(change: ToldTransition, reserved: ReadonlyMap<string, Reserved>): ToldTransition {
  const { transition } = change;
  const at = transition.kind === 'firing' ? reserved.get(alertId(transition))?.at : undefined;
  return at === undefined || at === transition.at ? change : { ...change, transition: { ...transition, at } };
}

/** In one statement, so that requests that come together wait for the disk once; packed, since the disk takes longer than packing. */
export async function keepPosts(db: Database, requests: readonly Received[]): Promise<readonly number[]> {
  const rows = requests.map(({ body, at }) => sql`(${deflateRawSync(body, { level: 1 })}::bytea, ${at}::bigint)`);
  const kept = await query<{ id: number }>(
    db,
    sql`insert into tocsin.kept_posts (body, at) values ${sql.join(rows)} returning id`,
  );
  return kept.map(({ id }) => id);
}

export async function keptPosts(db: Database, since: number): Promise<readonly KeptPosts[]> {
  const rows = await query<KeptPosts & { readonly posts: string | null }>(
    db,
    sql`select id, body, at, posts from tocsin.kept_posts
        where kept_at <= clock_timestamp() - ${since} * interval '1 millisecond' order by id`,
  );
  return rows.map(({ id, body, at, posts }) =>
    posts === null
      ? { id, at, body: inflateRawSync(body) }
      : { id, ...receivedOf(JSON.parse(posts) as readonly Post[]) },
  );
}

/** A request with these alerts, all posted at once: an earlier version kept what it had read. */
export function receivedOf(posts: readonly Post[]): Received {
  const alerts = posts.map(({ rule, labels, annotations, startsAt, endsAt, generatorUrl: generatorURL }) => ({
    labels: { ...labels, alertname: rule },
    annotations,
    generatorURL,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  }));
  return { body: Buffer.from(JSON.stringify(alerts)), at: posts[0]?.updatedAt ?? 0 };
}

async function forgetKept(db: Connection, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await sql`delete from tocsin.kept_posts where id = any(${ids}::bigint[])`.execute(db);
}

/** Forgets what other programs said of alerts that are over. */
export async function forgetPosted(db: Database, now: number): Promise<void> {
  await sql`delete from tocsin.alerts where posted and state = 'inactive'
    and (alert -> 'posted' ->> 'endsAt')::float8 < ${now - KEPT}`.execute(db);
}
