import { sql } from 'kysely';
import type { AuditEntry } from '../model/mute.ts';
import { type Connection, type Database, query } from './database.ts';

/** Appends to the record of who did what. */
export async function writeAudit(db: Connection, entry: AuditEntry): Promise<void> {
  const { at, by, via, action, subject, detail, refused = null } = entry;
  await sql`insert into tocsin.audit (at, by_whom, via, action, subject, detail, refused)
    values (${at}, ${by}, ${via}, ${action}, ${subject}, ${detail === undefined ? null : JSON.stringify(detail)},
      ${refused})`.execute(db);
}

interface AuditRow extends Omit<AuditEntry, 'detail' | 'refused'> {
  readonly detail: Exclude<AuditEntry['detail'], undefined> | null;
  readonly refused: string | null;
}

/** Newest first. */
export async function audit(db: Database, limit: number): Promise<readonly AuditEntry[]> {
  const rows = await query<AuditRow>(
    db,
    sql`select at, by_whom as by, via, action, subject, detail, refused from tocsin.audit
        order by at desc, id desc limit ${limit}`,
  );
  return rows.map(({ detail, refused, ...row }) => ({
    ...row,
    ...(detail !== null && { detail }),
    ...(refused !== null && { refused }),
  }));
}
