import { sql } from 'kysely';
import type { KeptLog, LogPosition, LogStep, LogSum } from '../model/logs.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';

const COLUMNS = sql.raw('l.block, l.index, l.hash, l.transaction, l.keys, l.args');
const ROW = 'block bigint, index integer, hash text, transaction text, keys text[], args jsonb, amounts jsonb';

/** Where a scan of a chain's logs goes on. */
export async function logPosition(db: Database, scan: string): Promise<LogPosition | undefined> {
  const [row] = await query<LogPosition>(
    db,
    sql`select next, hash, anchors from tocsin.log_scans where scan = ${scan}`,
  );
  return row;
}

/** Replaces what was found from a block on and moves the scan forward, in one transaction. False when another step came first. */
export async function keepLogs(db: Database, scan: string, step: LogStep): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const id = await moved(transaction, scan, step);
    if (id === undefined) return false;
    if (step.anew) await forgotten(transaction, id);
    const undone = await dropped(transaction, id, sql`block >= ${step.from}`);
    const { drop } = step;
    const old = drop === undefined ? [] : await dropped(transaction, id, sql`block < ${drop.before}`);
    await inserted(transaction, id, step.logs);
    await summed(transaction, id, { added: step.logs, gone: drop?.sums === 'leave' ? [...undone, ...old] : undone });
    return true;
  });
}

async function forgotten(db: Connection, id: number): Promise<void> {
  await sql`delete from tocsin.scanned_logs where scan_id = ${id}`.execute(db);
  await sql`delete from tocsin.log_sums where scan_id = ${id}`.execute(db);
}

type Summed = Pick<KeptLog, 'amounts'>;

/** What the dropped logs had added. */
async function dropped(db: Connection, id: number, which: ReturnType<typeof sql>): Promise<readonly Summed[]> {
  const rows = await query<{ amounts: KeptLog['amounts'] | null }>(
    db,
    sql`delete from tocsin.scanned_logs where scan_id = ${id} and ${which} returning amounts`,
  );
  return rows.flatMap(({ amounts }) => (amounts ? [{ amounts }] : []));
}

async function inserted(db: Connection, id: number, logs: readonly KeptLog[]): Promise<void> {
  if (logs.length === 0) return;
  await sql`insert into tocsin.scanned_logs (scan_id, block, index, hash, transaction, keys, args, amounts)
    select ${id}::integer, block, index, hash, transaction, keys, args, amounts from ${rowsOf(logs, ROW)}`.execute(db);
}

async function summed(
  db: Connection,
  id: number,
  { added, gone }: Readonly<Record<'added' | 'gone', readonly Summed[]>>,
): Promise<void> {
  const changes = new Map<string, bigint>();
  const count = (logs: readonly Summed[], sign: bigint) => {
    for (const [name, amount] of logs.flatMap(({ amounts = {} }) => Object.entries(amounts)))
      changes.set(name, (changes.get(name) ?? 0n) + sign * BigInt(amount));
  };
  count(added, 1n);
  count(gone, -1n);
  const rows = [...changes].filter(([, amount]) => amount !== 0n);
  if (rows.length === 0) return;
  const objects = rows.map(([name, amount]) => ({ name, amount: String(amount) }));
  await sql`insert into tocsin.log_sums as s (scan_id, name, amount)
    select ${id}::integer, name, amount from ${rowsOf(objects, 'name text, amount numeric')}
    on conflict (scan_id, name) do update set amount = s.amount + excluded.amount`.execute(db);
  await sql`delete from tocsin.log_sums where scan_id = ${id} and amount = 0`.execute(db);
}

async function moved(db: Connection, scan: string, { previous, position }: LogStep): Promise<number | undefined> {
  const { next, hash } = position;
  const anchors = sql`${JSON.stringify(position.anchors ?? [])}::jsonb`;
  const [row] = await query<{ id: number }>(
    db,
    previous === undefined
      ? sql`insert into tocsin.log_scans (scan, next, hash, anchors) values (${scan}, ${next}, ${hash}, ${anchors})
          on conflict (scan) do nothing returning id`
      : sql`update tocsin.log_scans set next = ${next}, hash = ${hash}, anchors = ${anchors}
          where scan = ${scan} and next = ${previous} returning id`,
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

/** Largest first; sums of 0 are not kept. */
export async function largestSums(db: Database, scan: string, limit: number): Promise<readonly LogSum[]> {
  const rows = await query<{ name: string; amount: string }>(
    db,
    sql`select l.name, l.amount::text as amount from tocsin.log_sums l join tocsin.log_scans s on s.id = l.scan_id
      where s.scan = ${scan} order by l.amount desc, l.name limit ${limit}`,
  );
  return rows.map(({ name, amount }) => ({ name, amount: BigInt(amount) }));
}

export async function countSums(db: Database, scan: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    db,
    sql`select count(*) as count from tocsin.log_sums l join tocsin.log_scans s on s.id = l.scan_id
      where s.scan = ${scan} and l.amount > 0`,
  );
  return row?.count ?? 0;
}
