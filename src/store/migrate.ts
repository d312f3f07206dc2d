import type { Pool, PoolClient } from 'pg';
import { MIGRATIONS } from './migrations/index.ts';

/** Any constant: processes that migrate the same database wait for each other on it. */
const LOCK = 7_052_025;
const OLDEST = 130_000;

/** Brings the schema `tocsin` up to date; repeating it changes nothing. */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await checkVersion(client);
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    await applyMissing(client);
    await forgetForeignTransactions(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function checkVersion(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name`,
  );
  const { number = 0, name = '' } = rows[0] ?? {};
  if (number >= OLDEST) return;
  throw new Error(`The database is PostgreSQL "${name}"; 13 or newer is needed. Point DATABASE_URL at a newer server.`);
}

async function applyMissing(client: PoolClient): Promise<void> {
  await client.query('create schema if not exists tocsin');
  await client.query(
    'create table if not exists tocsin.migrations (name text primary key, applied_at timestamptz not null default now())',
  );
  const { rows } = await client.query<{ name: string }>('select name from tocsin.migrations');
  const applied = new Set(rows.map((row) => row.name));
  for (const { name, sql } of MIGRATIONS.filter((migration) => !applied.has(migration.name))) {
    await client.query(sql);
    await client.query('insert into tocsin.migrations (name) values ($1)', [name]);
  }
}

/** Rows restored from a dump carry another server's transaction ids, which would look new to every cursor. */
async function forgetForeignTransactions(client: PoolClient): Promise<void> {
  for (const table of ['series', 'samples']) {
    await client.query(`update tocsin.${table} set xid = '1' where xid >= pg_snapshot_xmax(pg_current_snapshot())`);
  }
}
