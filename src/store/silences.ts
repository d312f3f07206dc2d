import { sql } from 'kysely';
import type { Act, Silence, SilenceInput } from '../model/mute.ts';
import { writeAudit } from './audit.ts';
import { type Connection, type Database, query } from './database.ts';
import { markSilenced } from './stale.ts';
import { wake } from './wake.ts';

const COLUMNS = sql.raw(`id, matchers, starts_at as "startsAt", ends_at as "endsAt", created_by as "createdBy", comment,
  updated_at as "updatedAt"`);

/** Ended silences stay listed this long: ms, as Alertmanager's. */
const KEPT = 432_000_000;

/** Adds a silence and gives its id. */
export async function addSilence(db: Database, input: SilenceInput, act: Act): Promise<string> {
  return db.transaction().execute(async (transaction) => {
    const id = await insert(transaction, input, act);
    await markSilenced(transaction, input.matchers);
    await wake(transaction);
    return id;
  });
}

async function insert(db: Connection, input: SilenceInput, act: Act): Promise<string> {
  const [row] = await query<{ id: string }>(
    db,
    sql`insert into tocsin.silences (matchers, starts_at, ends_at, created_by, comment, updated_at)
        values (${JSON.stringify(input.matchers)}, ${Math.max(input.startsAt, act.at)}, ${input.endsAt},
          ${input.createdBy}, ${input.comment}, ${act.at}) returning id`,
  );
  await writeAudit(db, { ...act, action: 'silence.add', subject: row!.id, detail: { ...input } });
  return row!.id;
}

/**
 * Changes a silence and gives the id it has from then on. As in Alertmanager, what has begun keeps its matchers and its start: a
 * change of these, or of one that is over, ends the old silence and makes a new one. Undefined when there is none of this id.
 */
export async function editSilence(
  db: Database,
  id: string,
  input: SilenceInput,
  act: Act,
): Promise<string | undefined> {
  return db.transaction().execute(async (transaction) => {
    const [old] = await query<Silence>(
      transaction,
      sql`select ${COLUMNS} from tocsin.silences where id::text = ${id.toLowerCase()} for update`,
    );
    if (old === undefined) return undefined;
    const kept = canChange(old, input, act.at) ? await update(transaction, old, input, act) : undefined;
    if (kept === undefined && old.endsAt > act.at) await end(transaction, id, act);
    const now = kept ?? (await insert(transaction, input, act));
    for (const { matchers } of [old, input]) await markSilenced(transaction, matchers);
    await wake(transaction);
    return now;
  });
}

function canChange(old: Silence, input: SilenceInput, now: number): boolean {
  if (printed(old) !== printed(input) || old.endsAt <= now) return false;
  return old.startsAt > now ? input.startsAt >= now : input.startsAt === old.startsAt && input.endsAt >= now;
}

function printed({ matchers }: SilenceInput): string {
  return JSON.stringify(matchers.map(({ name, op, value }) => JSON.stringify([name, op, value])).toSorted());
}

async function update(db: Connection, { id }: Silence, input: SilenceInput, act: Act): Promise<string> {
  await sql`update tocsin.silences set starts_at = ${input.startsAt}, ends_at = ${input.endsAt},
    created_by = ${input.createdBy}, comment = ${input.comment}, updated_at = ${act.at} where id = ${id}`.execute(db);
  await writeAudit(db, { ...act, action: 'silence.edit', subject: id, detail: { ...input } });
  return id;
}

/** Ends a silence now; false when there is none of this id that has not ended. */
export async function expireSilence(db: Database, id: string, act: Act): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const ended = await end(transaction, id, act);
    for (const { matchers } of ended) await markSilenced(transaction, matchers);
    if (ended.length > 0) await wake(transaction);
    return ended.length > 0;
  });
}

/** One that has not begun never does. */
async function end(db: Connection, id: string, act: Act): Promise<readonly Pick<Silence, 'matchers'>[]> {
  const rows = await query<Pick<Silence, 'matchers'>>(
    db,
    sql`update tocsin.silences set starts_at = least(starts_at, ${act.at}), ends_at = ${act.at}, updated_at = ${act.at}
        where id::text = ${id.toLowerCase()} and ends_at > ${act.at} returning matchers`,
  );
  if (rows.length > 0) await writeAudit(db, { ...act, action: 'silence.expire', subject: id });
  return rows;
}

export async function silence(db: Database, id: string): Promise<Silence | undefined> {
  const [row] = await query<Silence>(
    db,
    sql`select ${COLUMNS} from tocsin.silences where id::text = ${id.toLowerCase()}`,
  );
  return row;
}

/** Those that are or will be in force, and those that ended in the last five days; the one that ends last comes first. */
export async function silences(db: Database, now: number): Promise<readonly Silence[]> {
  return query(db, sql`select ${COLUMNS} from tocsin.silences where ends_at > ${now - KEPT} order by ends_at desc, id`);
}
