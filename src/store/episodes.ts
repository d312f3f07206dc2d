import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import { alertId } from '../model/alert.ts';
import { type Connection, rowsOf } from './database.ts';
import { groupBy } from './groupBy.ts';

const ENDS = new Set<Transition['kind']>(['resolved', 'removed', 'cancelled']);

/** An episode opens with the first transition of an alert and ends as resolved, removed or cancelled; peaks are kept meanwhile. */
export async function writeEpisodes(
  db: Connection,
  transitions: readonly Transition[],
  alerts: readonly Alert[],
): Promise<void> {
  const ends = transitions.filter((each) => ENDS.has(each.kind));
  const opens = transitions.filter((each) => !ENDS.has(each.kind));
  await open(db, opens);
  await keepPeaks(db, alerts);
  await end(db, ends);
}

async function open(db: Connection, transitions: readonly Transition[]): Promise<void> {
  if (transitions.length === 0) return;
  const rows = [...groupBy(transitions, alertId)].map(([id, group]) => {
    return { ...group[0], id, firedAt: group.find((each) => each.kind === 'firing')?.at };
  });
  const columns = 'id text, rule text, labels jsonb, "activeAt" bigint, "firedAt" bigint';
  await sql`insert into tocsin.episodes (alert_id, rule, labels, started_at, fired_at)
    select id, rule, labels, "activeAt", "firedAt" from ${rowsOf(rows, columns)} order by id
    on conflict (alert_id) where ended_at is null
      do update set fired_at = coalesce(episodes.fired_at, excluded.fired_at)`.execute(db);
}

/** The alert itself forgets its peak when it resolves. */
async function keepPeaks(db: Connection, alerts: readonly Alert[]): Promise<void> {
  const rows = alerts.filter((alert) => alert.peak !== undefined).map((alert) => ({ ...alert, id: alertId(alert) }));
  if (rows.length === 0) return;
  await sql`update tocsin.episodes e set peak = r.peak, peak_at = r."peakAt"
    from ${rowsOf(rows, 'id text, peak float8, "peakAt" bigint')}
    where e.alert_id = r.id and e.ended_at is null`.execute(db);
}

async function end(db: Connection, transitions: readonly Transition[]): Promise<void> {
  if (transitions.length === 0) return;
  const rows = transitions.map((each) => ({ ...each, id: alertId(each) }));
  await sql`update tocsin.episodes e set ended_at = r.at, how = r.kind
    from ${rowsOf(rows, 'id text, at bigint, kind text')}
    where e.alert_id = r.id and e.ended_at is null`.execute(db);
}
