import { sql } from 'kysely';
import { NAME } from '../model/labels.ts';
import type { Reading } from '../model/sample.ts';
import type { OwnSample, Undone } from '../model/stored.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { resolveSeries, wanted, type WantedSeries } from './series.ts';
import { keepBlocks, takeBack } from './undone.ts';

type AgedReading = Reading & { readonly maxAge: number };

interface NewSample {
  readonly series: WantedSeries;
  readonly at: number;
  readonly seenAt: number;
  readonly value: number;
  readonly readingId: number | null;
}

export async function saveReadings(db: Database, readings: readonly AgedReading[], undone?: Undone): Promise<void> {
  if (readings.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    const ids = await writeReadings(transaction, readings);
    await writeSourceStates(transaction, readings);
    const samples = readings.flatMap((reading, index) => samplesOf(reading, ids[index]!));
    const rows = await resolved(transaction, samples);
    if (undone !== undefined)
      await takeBack(
        transaction,
        undone,
        rows.map(({ id }) => id),
      );
    const written = await writeSamples(transaction, rows);
    if (written > rows.filter(({ series }) => isOwn(series.metric)).length) await keepBlocks(transaction, readings);
  });
}

export async function saveOwn(db: Database, samples: readonly OwnSample[], seenAt: number): Promise<void> {
  await db.transaction().execute(async (transaction) => writeOwn(transaction, samples, seenAt));
}

/** As `saveOwn`, inside a transaction of the caller's. Returns what was written. */
export async function writeOwn(
  db: Connection,
  samples: readonly OwnSample[],
  seenAt: number,
): Promise<readonly { readonly id: number; readonly at: number }[]> {
  const rows = samples.map(({ labels, maxAge, at, value }) => {
    return { series: wanted(labels, maxAge, null), at, seenAt, value, readingId: null };
  });
  const written = await resolved(db, rows);
  await writeSamples(db, written);
  return written;
}

function samplesOf(reading: AgedReading, readingId: number): NewSample[] {
  return reading.samples.map(({ labels, metric, at, value }) => {
    const series = wanted({ ...labels, [NAME]: metric }, reading.maxAge, reading.source);
    return { series, at, seenAt: reading.seenAt, value, readingId };
  });
}

async function writeReadings(db: Connection, readings: readonly AgedReading[]): Promise<number[]> {
  const numbered = await query<{ id: number }>(
    db,
    sql`select nextval('tocsin.reading_ids') as id from generate_series(1, ${readings.length}::int)`,
  );
  const ids = numbered.map((row) => row.id);
  const rows = readings.map(({ source, seenAt, tookMs, origin, error }, index) => {
    return { id: ids[index], source, seenAt, tookMs, origin, error };
  });
  await sql`insert into tocsin.readings (id, source, seen_at, took_ms, origin, error)
    select id, source, "seenAt", "tookMs", origin, error
    from ${rowsOf(rows, 'id bigint, source text, "seenAt" bigint, "tookMs" float8, origin jsonb, error text')}
  `.execute(db);
  return ids;
}

async function writeSourceStates(db: Connection, readings: readonly AgedReading[]): Promise<void> {
  const states = new Map<string, object>();
  const okAt = new Map<string, number>();
  for (const { source, seenAt, tookMs, origin, error } of readings.toSorted((a, b) => a.seenAt - b.seenAt)) {
    if (error === undefined) okAt.set(source, seenAt);
    states.set(source, { source, seenAt, tookMs, origin, error, okAt: okAt.get(source) });
  }
  const columns = 'source text, "seenAt" bigint, "okAt" bigint, error text, "tookMs" float8, origin jsonb';
  await sql`insert into tocsin.source_states (source, last_run_at, last_ok_at, error, took_ms, origin)
    select source, "seenAt", "okAt", error, "tookMs", origin from ${rowsOf([...states.values()], columns)}
    order by source
    on conflict (source) do update set last_run_at = excluded.last_run_at, error = excluded.error,
      last_ok_at = coalesce(excluded.last_ok_at, source_states.last_ok_at),
      took_ms = excluded.took_ms, origin = excluded.origin
    where source_states.last_run_at <= excluded.last_run_at`.execute(db);
}

/** What a source says of itself rests on no block. */
function isOwn(metric: string): boolean {
  return metric.startsWith('tocsin_');
}

type Resolved = NewSample & { readonly id: number };

/** The samples with the ids of their series, which are made known and locked; of several of one time the last. */
async function resolved(db: Connection, samples: readonly NewSample[]): Promise<readonly Resolved[]> {
  if (samples.length === 0) return [];
  const ids = await resolveSeries(
    db,
    samples.map((sample) => sample.series),
  );
  const rows = new Map<string, Resolved>();
  for (const sample of samples) {
    const id = ids.get(sample.series.key)!;
    rows.set(`${id}:${sample.at}`, { ...sample, id });
  }
  return [...rows.values()];
}

/** Returns how many of them were not there yet. */
async function writeSamples(db: Connection, rows: readonly Resolved[]): Promise<number> {
  if (rows.length === 0) return 0;
  const written = await insert(db, rows);
  await moveLast(db, rows);
  return written;
}

/** What is read again is known since it was read first: only another value is written over. */
async function insert(db: Connection, rows: readonly Resolved[]): Promise<number> {
  const { numAffectedRows = 0n } = await sql`insert into tocsin.samples (series_id, at, seen_at, value, reading_id)
    select * from unnest(
      ${rows.map((row) => row.id)}::int[], ${rows.map((row) => row.at)}::bigint[],
      ${rows.map((row) => row.seenAt)}::bigint[], ${rows.map((row) => row.value)}::float8[],
      ${rows.map((row) => row.readingId)}::bigint[])
    on conflict (series_id, at) do update set value = excluded.value, seen_at = excluded.seen_at,
      reading_id = excluded.reading_id, xid = pg_current_xact_id()
    where samples.value is distinct from excluded.value`.execute(db);
  return Number(numAffectedRows);
}

async function moveLast(db: Connection, rows: readonly { id: number; at: number; value: number }[]): Promise<void> {
  const last = new Map(rows.toSorted((a, b) => a.at - b.at).map((row) => [row.id, row]));
  const latest = [...last.values()];
  await sql`update tocsin.series set last_at = r.at, last_value = r.value
    from unnest(${latest.map((row) => row.id)}::int[], ${latest.map((row) => row.at)}::bigint[],
      ${latest.map((row) => row.value)}::float8[]) as r(id, at, value)
    where series.id = r.id and (series.last_at is null or series.last_at <= r.at)`.execute(db);
}
