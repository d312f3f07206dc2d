import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { figure, percentile } from './figure.ts';
import { alertOf, post, startPosting } from './posting.ts';
import type { Posting, Timers } from './posting.ts';
import { databaseCpu, scrape } from './stage.ts';

export interface Burst extends Timers {
  readonly alerts: number;
  readonly groups: number;
}

const PATIENCE_MS = 80_000;

/** Seconds until the last of many alerts posted at once is told, and what it cost; Alertmanager beside it where `BENCH_PEERS` names its script's folder. */
export async function measureBurst(burst: Burst): Promise<void> {
  await measureOurs(burst);
  const peers = process.env['BENCH_PEERS'];
  if (peers === undefined) process.stderr.write('BENCH_PEERS is not set: Alertmanager was not measured beside it.\n');
  else await measureAlertmanager(peers, burst);
}

async function measureOurs(burst: Burst): Promise<void> {
  const stage = await startPosting(burst);
  try {
    await sleep(1500);
    await measureTold(stage, { ...burst, name: 'burst' }, async () => {
      const startsAt = new Date().toISOString();
      const all = Array.from({ length: burst.alerts }, (_, index) => alertOf(index, burst.groups, { startsAt }));
      const started = performance.now();
      await post(stage.worker(), all);
      figure('burst_posted_seconds', (performance.now() - started) / 1000, aboutOf(burst));
      return started;
    });
  } finally {
    await stage.close();
  }
}

/** Measures until every alert is told, from the instant that `begin` gives (of `performance.now()`), and what is sent and spent by then. */
export async function measureTold(
  stage: Posting,
  { name, ...burst }: Burst & { readonly name: string },
  begin: () => Promise<number>,
): Promise<void> {
  const before = await costs(stage);
  const started = await begin();
  const { alerts } = burst;
  const first = await allTold(stage, alerts, started);
  await sleep(2500);
  const after = await costs(stage);
  const times = [...first.values()].map((at) => (at - started) / 1000);
  const { messages, bytes } = stage.sink.sent();
  const about = aboutOf(burst);
  figure(`${name}_last_told_seconds`, Math.max(...times), about);
  figure(`${name}_told_p50_seconds`, percentile(times, 0.5), about);
  figure(`${name}_missing`, alerts - first.size, about);
  figure(`${name}_times_each_was_sent`, stage.sink.told.length / alerts, about);
  figure(`${name}_messages`, messages, { ...about, mebibytes: bytes / 2 ** 20 });
  figure(`${name}_worker_cpu_seconds`, after.cpu - before.cpu, about);
  figure(`${name}_database_cpu_seconds`, after.database - before.database, { ...about, queue: 'in the database' });
  figure(`${name}_worker_rss_mebibytes`, rss(stage.worker().pid), about);
}

function aboutOf({ alerts, groups, wait, interval }: Burst): Readonly<Record<string, unknown>> {
  return { alerts, groups, group_wait: wait, group_interval: interval };
}

async function allTold({ sink }: Posting, count: number, started: number): Promise<ReadonlyMap<string, number>> {
  const first = new Map<string, number>();
  let read = 0;
  for (;;) {
    for (; read < sink.told.length; read++) {
      const { entity, at } = sink.told[read]!;
      if (!first.has(entity)) first.set(entity, at);
    }
    if (first.size >= count || performance.now() - started > PATIENCE_MS) return first;
    await sleep(5);
  }
}

async function costs({ worker, folder }: Posting) {
  const sum = await scrape(worker());
  return { cpu: sum('tocsin_process_cpu_seconds_total'), database: databaseCpu(folder) };
}

function rss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024;
}

async function measureAlertmanager(peers: string, { alerts, groups, wait, interval }: Burst): Promise<void> {
  const args = { alerts, groups, wait, interval, runs: 1 };
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [join(peers, 'alertmanager-burst.mjs'), ...flags], { stdio: 'inherit' });
  await once(child, 'exit');
}
