import { sql } from 'kysely';
import type { Connection } from './database.ts';

/** Has every group that holds something back looked at again: what held it may be over. */
export async function wake(db: Connection, now: number): Promise<void> {
  await sql`update tocsin.group_due g set wakes = wakes + 1, due_at = least(due_at, ${now})
    from (select receiver, group_key from tocsin.group_due where parked or claim_token is not null
      order by receiver, group_key for update) as held
    where g.receiver = held.receiver and g.group_key = held.group_key`.execute(db);
}
