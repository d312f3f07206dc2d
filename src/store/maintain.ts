import { sql } from 'kysely';
import { type Database, query } from './database.ts';
import { forgetPosted } from './posts.ts';
import { takeBackStale } from './undone.ts';

const DAY = 86_400_000;
const AHEAD_DAYS = 3;
const RAW_DAYS = 30;
/** What was tried and refused; what people did is kept for ever. */
const REFUSED_DAYS = 90;
const PARTITIONED = [
  { table: 'samples', column: 'at' },
  { table: 'readings', column: 'seen_at' },
] as const;
/** PostgreSQL's codes: the default partition has rows of that day; another process made it; a long query is in the way. */
const LATER = new Set(['23514', '42P07', '55P03']);

/** Makes the partitions of today and the next days, and drops what is past retention. Safe to repeat and to race. */
export async function maintain(db: Database, now: number): Promise<void> {
  const today = Math.floor(now / DAY);
  const oldest = (today - RAW_DAYS) * DAY;
  for (const { table, column } of PARTITIONED) {
    const present = await partitions(db, table);
    for (let day = today; day <= today + AHEAD_DAYS; day++) {
      if (!present.includes(nameOf(table, day))) await makePartition(db, table, day);
    }
    for (const name of present.filter((each) => each < nameOf(table, oldest / DAY))) await drop(db, name);
    await sql`delete from tocsin.${sql.id(`${table}_default`)} where ${sql.id(column)} < ${oldest}`.execute(db);
  }
  await sql`delete from tocsin.evaluations where at < ${oldest}`.execute(db);
  await sql`delete from tocsin.undone_samples where seen_at < ${oldest}`.execute(db);
  await sql`delete from tocsin.doubted_series where since < ${oldest}`.execute(db);
  await takeBackStale(db, now);
  const forgotten = now - REFUSED_DAYS * DAY;
  await sql`delete from tocsin.audit where refused is not null and at < ${forgotten}`.execute(db);
  await forgetPosted(db, now);
  await sql`delete from tocsin.ahead where made_at < now() - interval '1 hour'`.execute(db);
}

/** PostgreSQL's code for a role that may make no temporary tables: then nothing can be said about room. */
const NOT_ALLOWED = '42501';

/** Four megabytes of a table that goes with its transaction. */
export async function findRoom(db: Database): Promise<void> {
  const filling = db.transaction().execute(async (transaction) => {
    await sql`create temp table room on commit drop as
      select repeat('x', 1900) as filler from generate_series(1, 2000)`.execute(transaction);
  });
  await filling.catch((error: unknown) => {
    if ((error as { code?: string }).code !== NOT_ALLOWED) throw error;
  });
}

/** Those of a day; the default one is not among them. */
async function partitions(db: Database, table: string): Promise<readonly string[]> {
  const rows = await query<{ name: string }>(
    db,
    sql`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = ${`tocsin.${table}`}::regclass and c.relname ~ '_\\d{8}$'`,
  );
  return rows.map((row) => row.name);
}

function nameOf(table: string, day: number): string {
  return `${table}_${new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** A day that already has rows in the default partition stays there. */
async function makePartition(db: Database, table: string, day: number): Promise<void> {
  const bounds = sql.raw(`from (${day * DAY}) to (${(day + 1) * DAY})`);
  const statement = sql`create table tocsin.${sql.id(nameOf(table, day))}
    partition of tocsin.${sql.id(table)} for values ${bounds}`;
  await briefly(db, statement);
}

async function drop(db: Database, name: string): Promise<void> {
  await briefly(db, sql`drop table tocsin.${sql.id(name)}`);
}

/** These need the whole table for a moment: better not at all than with every reader and writer queued behind. */
async function briefly(db: Database, statement: ReturnType<typeof sql>): Promise<void> {
  try {
    await db.transaction().execute(async (transaction) => {
      await sql`set local lock_timeout = '2s'`.execute(transaction);
      await statement.execute(transaction);
    });
  } catch (error) {
    if (!LATER.has((error as { code?: string }).code ?? '')) throw error;
  }
}
