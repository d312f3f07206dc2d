import { sql } from 'kysely';
import type { Database } from './database.ts';

type Files = Readonly<Record<string, string>>;

export async function acceptRules(db: Database, files: Files, now: number): Promise<void> {
  await sql`insert into tocsin.accepted_rules (files, accepted_at) values (${JSON.stringify(files)}, ${now})
    on conflict (id) do update set files = excluded.files, accepted_at = excluded.accepted_at`.execute(db);
}

export async function acceptedRules(db: Database): Promise<Files | undefined> {
  const row = await db.selectFrom('accepted_rules').select('files').executeTakeFirst();
  return row?.files;
}
