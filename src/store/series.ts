import { sql } from 'kysely';
import { type Labels, labelsKey, NAME } from '../model/labels.ts';
import type { DeclaredSeries } from '../model/sample.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';

/** A series that must exist; `source` is null when Tocsin makes it. */
export interface WantedSeries {
  readonly key: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly maxAge: number;
  readonly source: string | null;
}

export function wanted(labels: Labels, maxAge: number, source: string | null): WantedSeries {
  return { key: labelsKey(labels), metric: labels[NAME] ?? '', labels, maxAge, source };
}

/** Makes series known, revives ended ones and locks them all; ids by key. */
export async function resolveSeries(
  db: Connection,
  series: readonly WantedSeries[],
): Promise<ReadonlyMap<string, number>> {
  const byKey = new Map(series.map((each) => [each.key, each]));
  const known = await lockKnown(db, [...byKey.keys()]);
  const ids = new Map(known.map((row) => [row.key, row.id]));
  for (const row of known) if (isCurrent(row, byKey.get(row.key)!)) byKey.delete(row.key);
  for (const row of await write(db, [...byKey.values()])) ids.set(row.key, row.id);
  return ids;
}

interface KnownSeries {
  readonly id: number;
  readonly key: string;
  readonly max_age: number;
  readonly source: string | null;
  readonly ended_at: number | null;
}

/** By id, as everybody does, so that two writers wait for each other instead of deadlocking. */
async function lockKnown(db: Connection, keys: readonly string[]): Promise<readonly KnownSeries[]> {
  return query<KnownSeries>(
    db,
    sql`select id, key, max_age, source, ended_at from tocsin.series
        where key = any(${keys}::text[]) order by id for no key update`,
  );
}

function isCurrent(row: KnownSeries, want: WantedSeries): boolean {
  return row.max_age === want.maxAge && row.source === want.source && row.ended_at === null;
}

async function write(
  db: Connection,
  series: readonly WantedSeries[],
): Promise<readonly { readonly id: number; readonly key: string }[]> {
  if (series.length === 0) return [];
  return query(
    db,
    sql`insert into tocsin.series (key, metric, labels, max_age, source)
        select key, metric, labels, "maxAge", source
        from ${rowsOf(series, 'key text, metric text, labels jsonb, "maxAge" bigint, source text')} order by key
        on conflict (key) do update set max_age = excluded.max_age, source = excluded.source, ended_at = null,
          xid = pg_current_xact_id()
        returning id, key`,
  );
}

export async function declare(db: Database, series: readonly DeclaredSeries[], now: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const rows = series.map((each) => wanted({ ...each.labels, [NAME]: each.metric }, each.maxAge, each.source));
    await resolveSeries(transaction, rows);
    await sql`update tocsin.series set ended_at = ${now}, xid = pg_current_xact_id() where id in (
      select id from tocsin.series where ended_at is null and source is not null and key not in (select unnest(${rows.map(({ key }) => key)}::text[]))
      order by id for no key update)`.execute(transaction);
  });
}
