import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { stringify } from 'yaml';
import { labelsKey, NAME } from '../../src/model/labels.ts';
import { figure } from './figure.ts';
import type { RunningWorker } from '../../demo/worker.ts';
import { memoryOf, scrape, setBench, withDatabase } from './stage.ts';
import { labelsOf, MINUTE, ruleGroups, valueOf, type Size } from './workload.ts';

const DAY = 86_400_000;
const STANDS = 900_000;

/**
 * Memory of the built worker with a day of every series, a sample a minute, in windows, and all rules over them: from its start on a
 * database that has it all, through some minutes in which each series gets a sample and each group is judged.
 */
export async function measureMemory(size: Size, minutes: number): Promise<void> {
  const stage = await setBench({ run: false, rules: () => rulesOf(size) });
  try {
    await (await stage.start()).kill('SIGTERM');
    await withDatabase(stage.folder, async (pool) => writePast(pool, size));
    const started = Date.now();
    const worker = await stage.start();
    const seconds = (Date.now() - started) / 1000;
    const about = { ...size, rows: (size.series * DAY) / MINUTE };
    figure('memory_start_seconds', seconds, about);
    figure('memory_start_peak_mib', memoryOf(worker.pid).peak, about);
    await withDatabase(stage.folder, async (pool) => {
      const write = await writer(pool, size);
      for (let minute = 0; minute < minutes; minute++) {
        await sleep(MINUTE);
        await write(Date.now());
        figure('memory_rss_mib', memoryOf(worker.pid).rss, { ...about, minute, ...(await partsOf(worker)) });
      }
    });
    const { groups = [] } = (await worker.status()) as unknown as { groups?: readonly unknown[] };
    figure('memory_peak_mib', memoryOf(worker.pid).peak, { ...about, groups: groups.length });
    await worker.kill('SIGTERM');
  } finally {
    await stage.close();
  }
}

/** What of it is the heap of JavaScript, and what is arrays of numbers beside it; the rest is programs and their own memory. MiB. */
async function partsOf(worker: RunningWorker): Promise<Readonly<Record<string, number>>> {
  const scraped = await scrape(worker);
  const mib = (metric: string): number => Math.round(scraped(`tocsin_nodejs_${metric}_bytes`) / 2 ** 20);
  return { heap_mib: mib('heap_size_total'), heap_used_mib: mib('heap_size_used'), arrays_mib: mib('external_memory') };
}

/** Every metric is looked back on for a day, so that all series keep one. */
function rulesOf(size: Size): string {
  const groups = ruleGroups(size).map(({ name, rules }) => ({
    name,
    interval: '1m',
    rules: rules.flatMap((rule) =>
      'alert' in rule ? [{ alert: rule.alert, expr: rule.expr, labels: rule.labels }] : [],
    ),
  }));
  const wide = ['price', 'debt', 'collateral'].map((metric) => ({
    alert: `Wide_${metric}`,
    expr: `max_over_time(${metric}{g="0"}[1d]) > 1e15`,
    labels: { severity: 'warning' },
  }));
  return stringify({ groups: [...groups, { name: 'wide', interval: '1m', rules: wide }] });
}

async function writePast(pool: Pool, size: Size): Promise<void> {
  const labels = Array.from({ length: size.series }, (_, series) => labelsOf(series, size));
  const now = Date.now();
  await pool.query(
    `insert into tocsin.series (key, metric, labels, max_age, last_at, last_value)
     select key, metric, labels::jsonb, $4, $5, 1 from unnest($1::text[], $2::text[], $3::text[]) as w(key, metric, labels)`,
    [labels.map(labelsKey), labels.map((one) => one[NAME]), labels.map((one) => JSON.stringify(one)), STANDS, now],
  );
  const write = await writer(pool, size);
  for (let at = now - DAY; at <= now; at += MINUTE) await write(at);
}

/** Writes a sample of every series at an instant (unix ms): what the workload says of its minute. */
async function writer(pool: Pool, size: Size): Promise<(at: number) => Promise<void>> {
  const { rows } = await pool.query<{ id: number; key: string }>('select id, key from tocsin.series');
  const ids = new Map(rows.map(({ id, key }) => [key, id]));
  const known = Array.from({ length: size.series }, (_, series) => ids.get(labelsKey(labelsOf(series, size)))!);
  return async (at) => {
    await pool.query(
      `insert into tocsin.samples (series_id, at, seen_at, value)
       select id, $3, $3, value from unnest($1::int[], $2::float8[]) as w(id, value)`,
      [known, known.map((_, series) => valueOf(series, Math.floor(at / MINUTE))), at],
    );
  };
}
