import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import { alertId } from '../model/alert.ts';
import { type Connection, rowsOf } from './database.ts';

/** An episode ends as one of these. */
export const ENDS: ReadonlySet<Transition['kind']> = new Set(['resolved', 'removed', 'cancelled']);

/** The alert itself forgets its peak when it resolves. What the changes of the same commit say of peaks is stored with them. */
export async function keepPeaks(
  db: Connection,
  alerts: readonly Alert[],
  changes: readonly Transition[],
): Promise<void> {
  const said = new Map(changes.map((transition) => [alertId(transition), transition]));
  const rows = alerts.flatMap((alert) => {
    const id = alertId(alert);
    const { peak, peakAt } = alert;
    const change = said.get(id);
    const isSaid = change !== undefined && Object.is(change.peak, peak) && change.peakAt === peakAt;
    return peak === undefined || isSaid ? [] : [{ id, peak, peakAt }];
  });
  if (rows.length === 0) return;
  await sql`update tocsin.episodes e set peak = r.peak, peak_at = r."peakAt"
    from ${rowsOf(rows, 'id text, peak float8, "peakAt" bigint')}
    where e.alert_id = r.id and e.ended_at is null and (e.peak, e.peak_at) is distinct from (r.peak, r."peakAt")`.execute(
    db,
  );
}

export async function endEpisodes(db: Connection, transitions: readonly Transition[]): Promise<void> {
  const rows = transitions
    .filter(({ kind }) => ENDS.has(kind))
    .map((each) => ({ id: alertId(each), at: each.at, kind: each.kind }));
  if (rows.length === 0) return;
  await sql`update tocsin.episodes e set ended_at = r.at, how = r.kind
    from ${rowsOf(rows, 'id text, at bigint, kind text')}
    where e.alert_id = r.id and e.ended_at is null`.execute(db);
}
