import { sql } from 'kysely';
import type { Labels } from '../model/labels.ts';
import type { Origin } from '../model/sample.ts';
import type { Cursor, Followed, History, StoredSample, StoredSeries } from '../model/stored.ts';
import { type Database, query } from './database.ts';

/** Stands for every metric. */
const EVERY = '';

/** Samples of a history that are in memory at once as rows. */
const AT_ONCE = 20_000;

/** Every sample of these metrics later than `since`, and where to follow from. */
export async function history(db: Database, since: ReadonlyMap<string, number>): Promise<History> {
  const cursor = await seen(db);
  if (since.size === 0) return { cursor, series: [], samples: samplesOf(db, []) };
  const metrics = [...since.keys()];
  const windows = sql`unnest(${metrics}::text[], ${[...since.values()].map(floor)}::bigint[]) as w(metric, since)`;
  const named = since.has(EVERY) ? sql`w.metric in (s.metric, ${EVERY})` : sql`w.metric = s.metric`;
  const series = await query<SeriesRow & Since>(
    db,
    sql`select s.id, s.labels, s.max_age, s.ended_at, min(w.since) as since from ${windows} join tocsin.series s on ${named}
        where s.ended_at is null or s.last_at > w.since group by s.id order by s.id`,
  );
  return { cursor, series: series.map(asSeries), samples: samplesOf(db, series) };
}

/** The samples of these series by time: windows of many series are filled side by side then. */
async function* samplesOf(db: Database, series: readonly Since[]): AsyncGenerator<readonly StoredSample[]> {
  if (series.length === 0) return;
  const first = series.reduce((earliest, { since }) => Math.min(earliest, since), Infinity);
  const reading = await db.startTransaction().execute();
  try {
    // All will be read, so what is soonest at the first of them does not count.
    await query(reading, sql`set local cursor_tuple_fraction = 1`);
    await query(reading, sql`set local work_mem = '32MB'`);
    await query(
      reading,
      sql`declare past no scroll cursor for select x.series_id as "seriesId", x.at, x.value
          from unnest(${series.map(({ id }) => id)}::int[], ${series.map(({ since }) => since)}::bigint[]) as w(id, since)
          join tocsin.samples x on x.series_id = w.id and x.at > w.since where x.at > ${first} order by x.at`,
    );
    for (;;) {
      const part = await query<StoredSample>(reading, sql`fetch ${sql.raw(String(AT_ONCE))} from past`);
      if (part.length === 0) return;
      yield part;
    }
  } finally {
    await reading.rollback().execute();
  }
}

interface Since {
  readonly id: number;
  /** Unix ms. */
  readonly since: number;
}

/**
 * The cursor is what the database saw committed when we looked. All before the oldest transaction that was still open then are settled
 * and have been seen, all from it on are read again next time. What such a transaction committed meanwhile is therefore never skipped,
 * and what is already visible is never held back by it.
 */
export async function follow(db: Database, cursor: Cursor, metrics: readonly string[]): Promise<Followed> {
  const amongThem = metrics.includes(EVERY) ? sql`true` : sql`s.metric = any(${metrics}::text[])`;
  const since = sql`pg_snapshot_xmin(${cursor}::pg_snapshot)`;
  // In one statement, so that what takes the place of a sample that was taken back is seen with it, and the cursor knows of both.
  const rows = await query<FollowedRow>(
    db,
    sql`select x.series_id as "seriesId", x.at, x.value, null as cursor
        from tocsin.samples x join tocsin.series s on s.id = x.series_id where x.xid >= ${since} and ${amongThem}
        union all select u.series_id, u.at, null, null
        from tocsin.undone_samples u join tocsin.series s on s.id = u.series_id where u.xid >= ${since} and ${amongThem}
          and not exists (select from tocsin.samples x where x.series_id = u.series_id and x.at = u.at)
        union all select null, null, null, pg_current_snapshot()::text
        order by 1, 2 nulls last`,
  );
  const samples = rows.slice(0, -1);
  // After the samples, so that a series committed in between is not missing for its first sample.
  const series = await query<SeriesRow>(
    db,
    sql`select id, labels, max_age, ended_at from tocsin.series s where xid >= ${since} and ${amongThem} order by id`,
  );
  return {
    cursor: rows.at(-1)!.cursor!,
    series: series.map(asSeries),
    undone: samples.filter(({ value }) => value === null),
    samples: samples.filter((sample): sample is Sampled => sample.value !== null),
  };
}

type Sampled = FollowedRow & StoredSample;

/** A sample, or one that is gone, which has no value; the last row is the cursor. */
interface FollowedRow extends Omit<StoredSample, 'value'> {
  readonly value: number | null;
  readonly cursor: Cursor | null;
}

export async function origins(
  db: Database,
  samples: readonly { readonly seriesId: number; readonly at: number }[],
): Promise<readonly ({ readonly source: string; readonly origin: Origin } | undefined)[]> {
  if (samples.length === 0) return [];
  const rows = await query<{ source: string | null; origin: Origin }>(
    db,
    sql`select r.source, r.origin
        from unnest(${samples.map((each) => each.seriesId)}::int[], ${samples.map((each) => each.at)}::bigint[])
          with ordinality as asked(series_id, at, position)
        left join tocsin.samples x using (series_id, at)
        left join tocsin.readings r on r.id = x.reading_id and r.seen_at = x.seen_at
        order by position`,
  );
  return rows.map(({ source, origin }) => (source === null ? undefined : { source, origin }));
}

async function seen(db: Database): Promise<Cursor> {
  const [row] = await query<{ cursor: Cursor }>(db, sql`select pg_current_snapshot()::text as cursor`);
  return row!.cursor;
}

interface SeriesRow {
  readonly id: number;
  readonly labels: Labels;
  readonly max_age: number;
  readonly ended_at: number | null;
}

function asSeries({ id, labels, max_age: maxAge, ended_at: endedAt }: SeriesRow): StoredSeries {
  return { id, labels, maxAge, ...(endedAt !== null && { endedAt }) };
}

/** -Infinity asks for everything. */
function floor(since: number): number {
  return Math.max(Math.floor(since), Number.MIN_SAFE_INTEGER);
}
