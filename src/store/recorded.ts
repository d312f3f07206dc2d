import { sql } from 'kysely';
import type { Labels } from '../model/labels.ts';
import type { RecordedSample } from '../model/stored.ts';
import { type Database, query } from './database.ts';

/** How long before it was known a value may have been true, and how far ahead its time may run: ms. They bound the days that are read. */
const LATEST = 90 * 86_400_000;
const AHEAD = 30_000;

/** Every sample that was known in `[from, to]` of series that carry these labels, in the order of series and time. */
export async function recorded(
  db: Database,
  { from, to, labels }: { readonly from: number; readonly to: number; readonly labels: Labels },
): Promise<readonly RecordedSample[]> {
  return query<RecordedSample>(
    db,
    sql`select s.labels, s.max_age as "maxAge", x.seen_at as "seenAt", x.value
        from tocsin.series s join tocsin.samples x on x.series_id = s.id
        where s.labels @> ${JSON.stringify(labels)}::jsonb and x.seen_at between ${from} and ${to}
          and x.at between ${from - LATEST} and ${to + AHEAD}
        order by s.id, x.seen_at, x.at`,
  );
}
