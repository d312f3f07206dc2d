import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { figure } from './figure.ts';
import { startLogNode, WATCHED } from './logNode.ts';

export interface Discovery {
  readonly logs: number;
  readonly blocks: number;
  /** How often the scan is ended by SIGKILL on its way. */
  readonly kills: number;
  /** Address of an empty database. */
  readonly database: string;
}

/** What a scan with kills left behind: rows, rows that are not doubled, peak memory and CPU of the processes. */
export interface Discovered {
  readonly rows: number;
  readonly distinct: number;
  readonly watched: number;
  readonly runs: number;
  readonly peakMegabytes: number;
  readonly cpuSeconds: number;
  readonly requests: number;
}

/** Scans a replayed chain into a database, killing the scanner again and again. */
export async function discover({ logs, blocks, kills, database }: Discovery): Promise<Discovered> {
  const node = await startLogNode({ logs, blocks, mostBlocks: 10_000, mostLogs: 5000 });
  let [runs, peak, cpu] = [0, 0, 0];
  for (let left = kills; ; left -= 1) {
    runs += 1;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', `${import.meta.dirname}/discover.ts`, node.url, database],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let spent = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { rss: number; cpu: number };
      peak = Math.max(peak, said.rss);
      spent = said.cpu;
    });
    const exit = once(child, 'exit');
    if (left > 0) {
      const before = await rowsOf(database);
      // Kill it somewhere in the middle: once it has stored something, or has ended by itself.
      while (child.exitCode === null && (await rowsOf(database)) === before) await sleep(5);
      await sleep(Math.random() * 50);
      child.kill('SIGKILL');
    }
    const [code] = (await exit) as [number | null];
    cpu += spent;
    if (code === 0) break;
    if (code !== null) throw new Error(`The scanner ended with code ${code}.`);
  }
  const found = await counted(database);
  await node.stop();
  return { ...found, runs, peakMegabytes: peak / 2 ** 20, cpuSeconds: cpu / 1e6, requests: node.requests };
}

async function rowsOf(database: string): Promise<number> {
  return (await counted(database).catch(() => ({ rows: 0 }))).rows;
}

async function counted(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<'rows' | 'distinct' | 'watched', string>>(
      `select count(*) as rows, count(distinct transaction) as distinct, count(*) filter (where keys @> array['${WATCHED}']) as watched
         from tocsin.scanned_logs`,
    );
    const { rows: all, distinct, watched } = rows[0]!;
    return { rows: Number(all), distinct: Number(distinct), watched: Number(watched) };
  } finally {
    await client.end();
  }
}

/** Prints what a scan of this many logs costs, and whether it lost or doubled any. */
export async function measureDiscovery(options: Discovery): Promise<void> {
  const startedAt = performance.now();
  const { rows, distinct, watched, runs, peakMegabytes, cpuSeconds, requests } = await discover(options);
  const about = { logs: options.logs, kills: runs - 1 };
  figure('discovery_missed_logs', options.logs - distinct, { ...about, limit: 1 });
  figure('discovery_doubled_logs', rows - distinct, { ...about, limit: 1 });
  figure('discovery_watched_logs', watched, about);
  figure('discovery_peak_rss_mb', peakMegabytes, about);
  figure('discovery_cpu_seconds', cpuSeconds, about);
  figure('discovery_requests', requests, about);
  figure('discovery_seconds', (performance.now() - startedAt) / 1000, about);
}
