import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql, type Transaction } from 'kysely';
import { type Pool, TypeOverrides, types } from 'pg';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;
export type Connection = Database | Transaction<Tables>;

/** Our bigints are times and ids, all below 2^53. Set per query, because others may use the same pool. */
const numbers = new TypeOverrides();
numbers.setTypeParser(types.builtins.INT8, Number);

/** A typed view of the schema `tocsin` on a pool that somebody else opens and closes. */
export function onPool(pool: Pool): Database {
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect();
    const ask = async (text: string, values: readonly unknown[]) =>
      client.query({ text, values: [...values], types: numbers });
    return { query: ask, release: () => client.release() } as unknown as PostgresPoolClient;
  };
  const borrowed: PostgresPool = { connect, end: async () => undefined };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: borrowed }) }).withSchema('tocsin');
}

/** Objects as rows `r` of a statement; `columns` declares those it reads, absent ones are null. */
export function rowsOf(objects: readonly object[], columns: string) {
  return sql`jsonb_to_recordset(${JSON.stringify(objects)}::jsonb) as r(${sql.raw(columns)})`;
}

/** Runs a statement and returns its rows. */
export async function query<Row>(db: Connection, statement: ReturnType<typeof sql<Row>>): Promise<readonly Row[]> {
  return (await statement.execute(db)).rows;
}
