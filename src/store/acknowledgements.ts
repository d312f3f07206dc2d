import { sql } from 'kysely';
import type { Act, Acknowledgement, Note } from '../model/mute.ts';
import { alertId } from '../model/alert.ts';
import type { Transition } from '../model/alert.ts';
import { writeAudit } from './audit.ts';
import { type Connection, type Database, query, rowsOf } from './database.ts';
import { markStale } from './stale.ts';
import { wake } from './wake.ts';

export interface AckInput {
  readonly alertIds: readonly string[];
  readonly note?: string;
  /** Unix ms, judging clock. */
  readonly until: number;
}

/** Acknowledges those of the alerts that fire; gives their ids. Somebody else's acknowledgement is replaced. */
export async function acknowledge(db: Database, input: AckInput, act: Act): Promise<readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    const ids = await endAcks(transaction, input.alertIds, act).then(async () => insert(transaction, input, act));
    const { note, until } = input;
    for (const id of ids)
      await writeAudit(transaction, { ...act, action: 'ack', subject: id, detail: { until, ...(note && { note }) } });
    await markStale(transaction, ids);
    return ids;
  });
}

async function insert(db: Connection, { alertIds, note, until }: AckInput, act: Act): Promise<readonly string[]> {
  const rows = await query<{ id: string }>(
    db,
    sql`insert into tocsin.acknowledgements (alert_id, episode_id, rule, labels, by_whom, via, at, note, until, level)
        select a.id, e.id, a.rule, (a.alert->'labels')::jsonb, ${act.by}, ${act.via}, ${act.at}, ${note ?? null}, ${until}, a.level
        from tocsin.alerts a left join tocsin.episodes e on e.alert_id = a.id and e.ended_at is null
        where a.id = any(${alertIds}::text[]) and a.state = 'firing' order by a.id
        returning alert_id as id`,
  );
  return rows.map(({ id }) => id);
}

async function endAcks(db: Connection, alertIds: readonly string[], act: Act): Promise<readonly string[]> {
  const rows = await query<{ id: string }>(
    db,
    sql`update tocsin.acknowledgements set ended_at = ${act.at}, ended_by = ${act.by}
        where alert_id = any(${alertIds}::text[]) and ended_at is null returning alert_id as id`,
  );
  return rows.map(({ id }) => id);
}

/** Takes acknowledgements back; gives the ids of the alerts that had one. */
export async function unacknowledge(db: Database, alertIds: readonly string[], act: Act): Promise<readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    const ids = await endAcks(transaction, alertIds, act);
    for (const id of ids) await writeAudit(transaction, { ...act, action: 'unack', subject: id });
    await markStale(transaction, ids);
    if (ids.length > 0) await wake(transaction);
    return ids;
  });
}

/** An acknowledgement ends when its alert does, and when it rises above the level that was acknowledged or takes another `step`. */
export async function endOutdated(db: Connection, transitions: readonly Transition[]): Promise<void> {
  const rows = transitions
    .filter(({ kind }) => ENDING.has(kind))
    .map((each) => ({ ...each, id: alertId(each) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  if (rows.length === 0) return;
  await sql`update tocsin.acknowledgements k set ended_at = r.at, ended_by = r.kind
    from ${rowsOf(rows, 'id text, kind text, at bigint, "to" text')}
    where k.alert_id = r.id and k.ended_at is null and (r.kind <> 'level' or ${rank(sql`r."to"`)} > ${rank(sql`k.level`)})
  `.execute(db);
}

const ENDING = new Set<Transition['kind']>(['level', 'worse', 'resolved', 'removed']);

const rank = (level: ReturnType<typeof sql>) =>
  sql`array_position(array['info', 'warning', 'critical'], coalesce(${level}, 'warning'))`;

interface AckRow extends Omit<Acknowledgement, 'note'> {
  readonly note: string | null;
}

/** Those in force at `now`, oldest first. */
export async function acknowledgements(db: Connection, now: number): Promise<readonly Acknowledgement[]> {
  const rows = await query<AckRow>(
    db,
    sql`select alert_id as "alertId", rule, labels, by_whom as by, via, at, note, until, level
        from tocsin.acknowledgements where ended_at is null and until > ${now} order by at, id`,
  );
  return rows.map(({ note, ...row }) => ({ ...row, ...(note !== null && { note }) }));
}

/** Keeps a remark on the episode that an alert is in, or was in last; false when it never was in one. */
export async function addNote(
  db: Database,
  { alertId: id, text }: Pick<Note, 'alertId' | 'text'>,
  act: Act,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const rows = await query(
      transaction,
      sql`insert into tocsin.notes (alert_id, episode_id, by_whom, via, at, text)
          select alert_id, id, ${act.by}, ${act.via}, ${act.at}, ${text} from tocsin.episodes
          where alert_id = ${id} order by id desc limit 1 returning id`,
    );
    if (rows.length === 0) return false;
    await writeAudit(transaction, { ...act, action: 'note', subject: id, detail: { text } });
    return true;
  });
}

/** Of the episode that an alert is in, or was in last; oldest first. */
export async function notes(db: Database, id: string): Promise<readonly Note[]> {
  return query<Note>(
    db,
    sql`select alert_id as "alertId", by_whom as by, via, at, text from tocsin.notes
        where episode_id = (select max(id) from tocsin.episodes where alert_id = ${id}) order by at, id`,
  );
}
