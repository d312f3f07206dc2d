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

async function measureOurs({ alerts, groups, wait, interval }: Burst): Promise<void> {
  const stage = await startPosting({ wait, interval });
  try {
    await sleep(1500);
    const before = await costs(stage);
    const startsAt = new Date().toISOString();
    const all = Array.from({ length: alerts }, (_, index) => alertOf(index, groups, { startsAt }));
    const started = performance.now();
    await post(stage.worker(), all);
    const posted = performance.now();
    const first = await allTold(stage, alerts, started);
    await sleep(2500);
    const after = await costs(stage);
    const times = [...first.values()].map((at) => (at - started) / 1000);
    const { messages, bytes } = stage.sink.sent();
    const about = { alerts, groups, group_wait: wait, group_interval: interval };
    figure('burst_last_told_seconds', Math.max(...times), about);
    figure('burst_told_p50_seconds', percentile(times, 0.5), about);
    figure('burst_posted_seconds', (posted - started) / 1000, about);
    figure('burst_missing', alerts - first.size, about);
    figure('burst_times_each_was_sent', stage.sink.told.length / alerts, about);
    figure('burst_messages', messages, { ...about, mebibytes: bytes / 2 ** 20 });
    figure('burst_worker_cpu_seconds', after.cpu - before.cpu, about);
    figure('burst_database_cpu_seconds', after.database - before.database, { ...about, queue: 'in the database' });
    figure('burst_worker_rss_mebibytes', rss(stage.worker().pid), about);
  } finally {
    await stage.close();
  }
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
