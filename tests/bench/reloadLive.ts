import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openPrivatePostgres } from '../../src/io/postgres.ts';
import { figure } from './figure.ts';
import { filesOf, RULES } from './reload.ts';
import { setBench } from './stage.ts';
import type { Bench } from './stage.ts';

const SECOND = 1000;
/** Each evaluation of this group leaves a sample at the instant it was due: it says which slots were judged. */
const BEAT = 'groups: [{ name: beat, interval: 1s, rules: [{ record: "bench:beat", expr: "vector(time())" }] }]\n';

/** One of 5,000 rules is edited under a worker that runs: how long until the new set judges, and which due slots were not judged. */
export async function measureReloadLive(edits: number): Promise<void> {
  const reloads: number[] = [];
  const onLine = (line: string) => {
    if (line.includes('"rules reloaded"')) reloads.push(Date.now());
  };
  const stage = await setBench({ rules: () => BEAT, onLine, run: false });
  for (const [path, text] of Object.entries(filesOf('0.9'))) writeFileSync(join(stage.folder, path), text);
  const worker = await stage.start();
  try {
    await sleep(15 * SECOND);
    const from = Date.now();
    const waits: number[] = [];
    for (let edit = 0; edit < edits; edit++) waits.push(await reloadOnce(stage, `0.${91 + edit}`, reloads));
    const to = Date.now();
    await sleep(5 * SECOND);
    const judged = new Set(await instants(stage.folder));
    const due = slots(from, to);
    const missed = due.filter((slot) => !judged.has(slot));
    const about = { rules: RULES, edits };
    figure('reload_live_ms', Math.max(...waits), about);
    figure('reload_live_slots_due', due.length, about);
    figure('reload_live_slots_missed', missed.length, { ...about, limit: 1, missed: missed.slice(0, 5) });
  } finally {
    await worker.kill('SIGTERM');
    await stage.close();
  }
}

/** From the write of a file to the rules that run, ms. */
async function reloadOnce({ folder }: Bench, threshold: string, reloads: readonly number[]): Promise<number> {
  const before = reloads.length;
  const written = Date.now();
  writeFileSync(join(folder, 'rules', '7.yaml'), filesOf(threshold)['rules/7.yaml']!);
  while (reloads.length === before) {
    if (Date.now() > written + 60 * SECOND) throw new Error('The worker did not reload within a minute.');
    await sleep(10);
  }
  await sleep(3 * SECOND);
  return reloads[before]! - written;
}

/** Whole seconds between two moments, unix ms. */
function slots(from: number, to: number): readonly number[] {
  const first = Math.ceil(from / SECOND);
  return Array.from({ length: Math.floor(to / SECOND) - first + 1 }, (_, index) => (first + index) * SECOND);
}

/** When the group was judged, unix ms, as its samples say. */
async function instants(folder: string): Promise<readonly number[]> {
  const database = await openPrivatePostgres({ data: join(folder, 'data'), log: () => undefined });
  const client = new Client({ connectionString: database.url.reveal() });
  await client.connect();
  const { rows } = await client.query<{ at: string }>(
    `select at from tocsin.samples join tocsin.series on series.id = series_id where metric = 'bench:beat'`,
  );
  await client.end();
  await database.stop();
  return rows.map(({ at }) => Number(at));
}
