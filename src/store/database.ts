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

/** Columns of a `DueKey` in `rowsOf`. */
export const KEY = 'receiver text, "groupKey" text';

type Plain = string | number | boolean | null | undefined;

/**
 * Values by column as rows `r` of a statement; of thousands of rows the database reads them several times as fast as `rowsOf`. Of type
 * `lines` are texts without line breaks, such as JSON: nothing in them is escaped.
 */
export function columnsOf(columns: Readonly<Record<string, readonly [type: string, values: readonly Plain[]]>>) {
  const arrays = Object.values(columns).map(([type, values]) =>
    type === 'lines'
      ? sql`string_to_array(${values.join('\n')}, E'\\n', '')`
      : sql`${arrayOf(values)}::${sql.raw(type)}[]`,
  );
  return sql`unnest(${sql.join(arrays)}) as r(${sql.raw(Object.keys(columns).join(', '))})`;
}

function arrayOf(values: readonly Plain[]): string {
  return `{${values.map(elementOf).join(',')}}`;
}

function elementOf(value: Plain): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value !== 'string') return String(value);
  return `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`;
}

/** Runs a statement and returns its rows. */
export async function query<Row>(db: Connection, statement: ReturnType<typeof sql<Row>>): Promise<readonly Row[]> {
  return (await statement.execute(db)).rows;
}
