import { sql } from 'kysely';
import type { Connection } from './database.ts';

/** Has every group that holds something back looked at again: what held it may be over. Its row is the last that is locked. */
export async function wake(db: Connection): Promise<void> {
  await sql`insert into tocsin.wakes as w (count) values (1)
    on conflict (id) do update set count = w.count + 1`.execute(db);
}

/** How often that was. */
export const wakesSoFar = sql<number>`coalesce((select count from tocsin.wakes), 0)`;
