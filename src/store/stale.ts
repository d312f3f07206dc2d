import { sql } from 'kysely';
import { matchesAll } from '../dispatch/match.ts';
import { shownLabels } from '../dispatch/shown.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import type { Matcher } from '../model/labels.ts';
import { type Connection, query } from './database.ts';

/** Where these alerts are known to fire, something else is to be shown of them now. */
export async function markStale(db: Connection, alertIds: readonly string[]): Promise<void> {
  if (alertIds.length === 0) return;
  await sql`with shown as materialized (
      select g.receiver, g.group_key from tocsin.group_due g where not stale and exists (
        select from jsonb_each(g.heard) as h(id, of) where h.id = any(${alertIds}::text[]) and of ->> 'level' is not null)
      order by receiver, group_key for no key update
    )
    update tocsin.group_due g set stale = true from shown
    where g.receiver = shown.receiver and g.group_key = shown.group_key`.execute(db);
}

/** The same for all alerts that a silence is about. */
export async function markSilenced(db: Connection, matchers: readonly Matcher[]): Promise<void> {
  const rows = await query<{ alert: Alert }>(db, sql`select alert from tocsin.alerts where state = 'firing'`);
  const found = rows.filter(({ alert }) => matchesAll(matchers, shownLabels(alert)));
  await markStale(
    db,
    found.map(({ alert }) => alertId(alert)),
  );
}
