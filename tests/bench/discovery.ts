import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { figure, slope } from './figure.ts';
import { startLogNode, WATCHED } from './logNode.ts';

export interface Discovery {
  readonly logs: number;
  readonly blocks: number;
  /** How often the scan is ended by SIGKILL on its way. */
  readonly kills: number;
  /** Address of an empty database. */
  readonly database: string;
}

/** What a scan with kills left behind: rows, rows that are not doubled, and what its processes took. */
export interface Discovered {
  readonly rows: number;
  readonly distinct: number;
  readonly watched: number;
  readonly runs: number;
  /** Memory (MB) of the last run, which no kill ends, after each of its stints. */
  readonly memory: readonly number[];
  readonly cpuSeconds: number;
  readonly requests: number;
}

/** Scans a replayed chain into a database; over its first half the scanner is killed again and again. */
export async function discover({ logs, blocks, kills, database }: Discovery): Promise<Discovered> {
  const node = await startLogNode({ logs, blocks, mostBlocks: 10_000, mostLogs: 5000 });
  let [runs, cpu] = [0, 0];
  for (let killed = 0; ; killed += 1) {
    runs += 1;
    const scanner = startScanner(node.url, database);
    // Somewhere in this share of the first half, in the middle of whatever it does then.
    const place = ((killed + Math.random()) / kills / 2) * blocks;
    if (killed < kills) await scanner.killAt(async () => (await scannedBlocks(database)) >= place);
    const code = await scanner.ended;
    cpu += scanner.said.at(-1)?.cpu ?? 0;
    if (code !== null && code !== 0) throw new Error(`The scanner ended with code ${code}.`);
    if (code === null) continue;
    const found = await counted(database);
    await node.stop();
    const memory = scanner.said.map(({ rss }) => rss / 2 ** 20);
    return { ...found, runs, memory, cpuSeconds: cpu / 1e6, requests: node.requests };
  }
}

function startScanner(node: string, database: string) {
  const place = `${import.meta.dirname}/discover.ts`;
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, ['--import', 'tsx', place, node, database], { stdio: [...stdio] });
  const said: { readonly rss: number; readonly cpu: number }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => void said.push(JSON.parse(line)));
  const ended = endOf(child);
  return {
    said,
    ended,
    killAt: async (due: () => Promise<boolean>): Promise<void> => {
      while (child.exitCode === null && !(await due())) await sleep(5);
      await sleep(Math.random() * 50);
      child.kill('SIGKILL');
    },
  };
}

/** The code that it ended with; null after a kill. */
async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

async function scannedBlocks(database: string): Promise<number> {
  const [row] = await ask<{ next: string }>(database, 'select next from tocsin.log_scans').catch(() => []);
  return Number(row?.next ?? -1);
}

async function counted(database: string) {
  const [row] = await ask<Record<'rows' | 'distinct' | 'watched', string>>(
    database,
    `select count(*) as rows, count(distinct transaction) as distinct, count(*) filter (where keys @> array['${WATCHED}']) as watched
       from tocsin.scanned_logs`,
  );
  return { rows: Number(row!.rows), distinct: Number(row!.distinct), watched: Number(row!.watched) };
}

async function ask<Row extends object>(database: string, statement: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Prints what a scan of this many logs costs, and whether it lost or doubled any. */
export async function measureDiscovery(options: Discovery): Promise<void> {
  const startedAt = performance.now();
  const { rows, distinct, watched, runs, memory, cpuSeconds, requests } = await discover(options);
  const about = { logs: options.logs, kills: runs - 1 };
  figure('discovery_missed_logs', options.logs - distinct, { ...about, limit: 1 });
  figure('discovery_doubled_logs', rows - distinct, { ...about, limit: 1 });
  figure('discovery_watched_logs', watched, about);
  figure('discovery_peak_rss_mb', Math.max(...memory), about);
  const grown = slope(memory.map((megabytes, stint) => [stint / memory.length, megabytes])) * 2;
  figure('discovery_rss_growth_mb_per_whole_scan', grown, { ...about, stints: memory.length, limit: 50 });
  figure('discovery_cpu_seconds', cpuSeconds, about);
  figure('discovery_requests', requests, about);
  figure('discovery_seconds', (performance.now() - startedAt) / 1000, about);
}
