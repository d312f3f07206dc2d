import { sql } from 'kysely';
import type { Labels } from '../model/labels.ts';
import type { LatestValue, StoredSample } from '../model/stored.ts';
import { type Database, query } from './database.ts';

interface LatestRow {
  readonly labels: Labels;
  readonly value: number | null;
  readonly at: number | null;
  readonly maxAge: number;
}

export async function latest(db: Database, metrics: readonly string[]): Promise<readonly LatestValue[]> {
  const rows = await query<LatestRow>(
    db,
    sql`select labels, last_value as value, last_at as at, max_age as "maxAge" from tocsin.series
        where metric = any(${[...metrics]}::text[]) and ended_at is null order by id`,
  );
  return rows.map(({ value, at, ...row }) => ({ ...row, ...(value !== null && at !== null && { value, at }) }));
}

export async function samplesSince(
  db: Database,
  seriesIds: readonly number[],
  since: number,
): Promise<readonly StoredSample[]> {
  return query<StoredSample>(
    db,
    sql`select series_id as "seriesId", at, value from tocsin.samples
        where series_id = any(${[...seriesIds]}::int[]) and at > ${since} order by at`,
  );
}
