import { sql } from 'kysely';
import { type Database, query } from './database.ts';

/** True for the first who uses a key; it is remembered until `until`. Unix ms, machine clock. */
export async function useOnce(
  db: Database,
  key: string,
  { until, now }: { readonly until: number; readonly now: number },
): Promise<boolean> {
  await sql`delete from tocsin.once where until < ${now}`.execute(db);
  const rows = await query(
    db,
    sql`insert into tocsin.once (key, until) values (${key}, ${until}) on conflict (key) do nothing returning key`,
  );
  return rows.length > 0;
}

/** Whether somebody has used a key that is still remembered. */
export async function isUsed(db: Database, key: string, now: number): Promise<boolean> {
  const rows = await query(db, sql`select key from tocsin.once where key = ${key} and until >= ${now}`);
  return rows.length > 0;
}
