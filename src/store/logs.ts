import { sql } from 'kysely';
import type { KeptLog, LogPosition, LogStep } from '../model/logs.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';

const COLUMNS = sql.raw('l.block, l.index, l.hash, l.transaction, l.keys, l.args');
const ROW = 'block bigint, index integer, hash text, transaction text, keys text[], args jsonb';

/** Where a scan of a chain's logs goes on. */
export async function logPosition(db: Database, scan: string): Promise<LogPosition | undefined> {
  const [row] = await query<LogPosition>(db, sql`select next, hash from tocsin.log_scans where scan = ${scan}`);
  return row;
}

/** Replaces what was found from a block on and moves the scan forward, in one transaction. False when another step came first. */
export async function keepLogs(db: Database, scan: string, step: LogStep): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const id = await moved(transaction, scan, step);
    if (id === undefined) return false;
    await sql`delete from tocsin.scanned_logs where scan_id = ${id} and block >= ${step.from}`.execute(transaction);
    if (step.logs.length === 0) return true;
    await sql`insert into tocsin.scanned_logs (scan_id, block, index, hash, transaction, keys, args)
      select ${id}::integer, block, index, hash, transaction, keys, args from ${rowsOf(step.logs, ROW)}`.execute(
      transaction,
    );
    return true;
  });
}

async function moved(db: Connection, scan: string, { previous, position }: LogStep): Promise<number | undefined> {
  const { next, hash } = position;
  const [row] = await query<{ id: number }>(
    db,
    previous === undefined
      ? sql`insert into tocsin.log_scans (scan, next, hash) values (${scan}, ${next}, ${hash})
          on conflict (scan) do nothing returning id`
      : sql`update tocsin.log_scans set next = ${next}, hash = ${hash} where scan = ${scan} and next = ${previous} returning id`,
  );
  return row?.id;
}

/** Logs that carry a word, newest first. */
export async function findLogs(db: Database, scan: string, key: string, limit: number): Promise<readonly KeptLog[]> {
  return query<KeptLog>(
    db,
    sql`select ${COLUMNS} from tocsin.scanned_logs l join tocsin.log_scans s on s.id = l.scan_id
      where s.scan = ${scan} and l.keys @> array[${key}] order by l.block desc, l.index desc limit ${limit}`,
  );
}

export async function countLogs(db: Database, scan: string, key: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    db,
    sql`select count(*) as count from tocsin.scanned_logs l join tocsin.log_scans s on s.id = l.scan_id
      where s.scan = ${scan} and l.keys @> array[${key}]`,
  );
  return row?.count ?? 0;
}

/** Distinct words of a scan, most recently seen first. */
export async function logKeys(db: Database, scan: string, limit: number): Promise<readonly string[]> {
  const rows = await query<{ key: string }>(
    db,
    sql`select key from tocsin.scanned_logs l join tocsin.log_scans s on s.id = l.scan_id, unnest(l.keys) as key
      where s.scan = ${scan} group by key order by max(l.block) desc, key limit ${limit}`,
  );
  return rows.map(({ key }) => key);
}
