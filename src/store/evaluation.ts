import { sql } from 'kysely';
import type { Alert, Transition } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { EvaluationCommit, GroupState } from '../model/store.ts';
import { alertId } from '../model/alert.ts';
import { endOutdated } from './acknowledgements.ts';
import { type Connection, type Database, query } from './database.ts';
import { endEpisodes, keepPeaks } from './episodes.ts';
import { remember } from './fresh.ts';
import { writeOwn } from './samples.ts';
import { settleDoubts } from './undone.ts';
import { wake } from './wake.ts';
import { makeDue, type ToldTransition, writeChanges } from './transitions.ts';

export async function groupStates(db: Database): Promise<ReadonlyMap<string, GroupState>> {
  const rows = await db.selectFrom('rule_groups').selectAll().execute();
  return new Map(rows.map((row) => [row.name, asState(row)]));
}

export async function groupState(db: Database, group: string): Promise<GroupState> {
  const row = await db.selectFrom('rule_groups').selectAll().where('name', '=', group).executeTakeFirst();
  return row === undefined ? { evaluatedAt: 0 } : asState(row);
}

function asState(row: { readonly evaluated_at: number; readonly deadline: number | null }): GroupState {
  return { evaluatedAt: row.evaluated_at, ...(row.deadline !== null && { deadline: row.deadline }) };
}

export async function alerts(db: Database, rules: readonly string[]): Promise<readonly Alert[]> {
  if (rules.length === 0) return [];
  const rows = await db
    .selectFrom('alerts')
    .select('alert')
    .where('rule', 'in', rules)
    .where('posted', '=', false)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.alert);
}

export async function strayAlerts(db: Database, rules: readonly string[]): Promise<readonly Alert[]> {
  const rows = await query<{ alert: Alert }>(
    db,
    sql`select alert from tocsin.alerts where not posted and not rule = any(${rules}::text[]) order by id`,
  );
  return rows.map((row) => row.alert);
}

export async function firingLike(db: Database, patterns: readonly Labels[]): Promise<readonly Alert[]> {
  if (patterns.length === 0) return [];
  const shown = sql`(alert->'labels')::jsonb || jsonb_build_object('alertname', rule)
    || case when level is null then '{}' else jsonb_build_object('severity', level) end`;
  const rows = await query<{ alert: Alert }>(
    db,
    sql`select alert from tocsin.alerts where state = 'firing' and (${shown}) @>
        any (array(select jsonb_array_elements(${JSON.stringify(patterns)}::jsonb))) order by id`,
  );
  return rows.map((row) => row.alert);
}

export async function commitEvaluation(db: Database, evaluation: EvaluationCommit): Promise<boolean> {
  const written = await db.transaction().execute(async (transaction) => {
    if (!(await advanceGroup(transaction, evaluation))) return false;
    const { group, now } = evaluation;
    await sql`insert into tocsin.evaluations (group_name, at) values (${group}, ${now})`.execute(transaction);
    const samples = await writeOwn(transaction, evaluation.recorded, now);
    if (evaluation.followed !== undefined && samples.length > 0)
      await settleDoubts(transaction, samples, { now, followed: evaluation.followed });
    const stored = await writeChanges(transaction, evaluation.alerts, evaluation.transitions);
    await deleteAlerts(transaction, evaluation.deleted.map(alertId));
    const changes = transitionsOf(evaluation.transitions);
    await keepPeaks(transaction, evaluation.alerts, changes);
    await endEpisodes(transaction, changes);
    await endOutdated(transaction, changes);
    await makeDue(transaction, evaluation.transitions, now);
    if (evaluation.wakes) await wake(transaction);
    return stored ?? true;
  });
  if (typeof written === 'object') remember(db, written, evaluation);
  return written !== false;
}

export async function removeAlerts(db: Database, removed: readonly ToldTransition[]): Promise<void> {
  if (removed.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    const transitions = transitionsOf(removed);
    await deleteAlerts(transaction, transitions.map(alertId));
    await writeChanges(transaction, [], removed);
    await endEpisodes(transaction, transitions);
    await endOutdated(transaction, transitions);
    await makeDue(
      transaction,
      removed,
      transitions.reduce((latest, { at }) => Math.max(latest, at), -Infinity),
    );
    await wake(transaction);
  });
}

/** Takes the group's row if nobody has evaluated it since `previous`. */
export async function advanceGroup(
  db: Connection,
  evaluation: Pick<EvaluationCommit, 'group' | 'now' | 'previous' | 'deadline'>,
): Promise<boolean> {
  const { group, now, previous, deadline = null } = evaluation;
  if (now <= previous) return false;
  const rows =
    previous === 0
      ? sql`insert into tocsin.rule_groups (name, evaluated_at, deadline) values (${group}, ${now}, ${deadline})
            on conflict (name) do nothing returning name`
      : sql`update tocsin.rule_groups set evaluated_at = ${now}, deadline = ${deadline}
            where name = ${group} and evaluated_at = ${previous} returning name`;
  return (await query(db, rows)).length === 1;
}

async function deleteAlerts(db: Connection, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from tocsin.alerts where id in (
    select id from tocsin.alerts where id = any(${ids}::text[]) order by id for update)`.execute(db);
}

function transitionsOf(changes: readonly ToldTransition[]): readonly Transition[] {
  return changes.map((change) => change.transition);
}
