import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { startNode } from '../../demo/chain/node.ts';
import { deployWorld } from '../../demo/chain/world.ts';
import { startSlackSink } from '../../demo/sinks/slack.ts';
import { startWorker } from '../../demo/worker.ts';
import type { RunningWorker } from '../../demo/worker.ts';
import { freePort } from '../../demo/freePort.ts';
import { openPrivatePostgres } from '../../src/io/postgres.ts';

const BUILT = [fileURLToPath(new URL('../../dist/main.js', import.meta.url))];
const REDIS = '/usr/bin/redis-server';

export type QueueKind = 'postgres' | 'redis';

export type World = Awaited<ReturnType<typeof deployWorld>>;

export interface BenchOptions {
  readonly queue?: QueueKind;
  /** The rule file, from the contracts that were deployed. */
  readonly rules: (world: World) => string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** Starts the worker too, unless false. */
  readonly run?: boolean;
}

/** A local chain, a Slack endpoint and the built worker, on the wall clock. */
export async function setBench({ queue = 'postgres', rules, env = {}, onLine, run = true }: BenchOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  chmodSync(folder, 0o755);
  const [node, slack] = await Promise.all([startNode(), startSlackSink()]);
  const redis = queue === 'redis' ? await startRedis(folder) : undefined;
  const world = await deployWorld(node);
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules', 'bench.yaml'), rules(world));
  writeFileSync(join(folder, 'tocsin.yaml'), settings(await freePort(), redis?.url));
  const entry = [...BUILT];
  const start = async () =>
    startWorker({
      ...{ folder, entry },
      env: { LOG_LEVEL: 'info', BENCH_RPC: node.url, BENCH_SLACK: slack.url, ...env },
      ...(onLine && { onLine }),
    });
  let worker: RunningWorker | undefined = run ? await start() : undefined;
  return {
    ...{ node, world, slack, folder, start },
    worker: () => worker!,
    close: async () => {
      await worker?.kill('SIGTERM');
      worker = undefined;
      await Promise.all([node.stop(), slack.close(), redis?.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Bench = Awaited<ReturnType<typeof setBench>>;

export function hasRedis(): boolean {
  return existsSync(REDIS);
}

function settings(port: number, redisUrl: string | undefined): string {
  return `chains: { local: { id: 31337, rpc: ['\${BENCH_RPC}'] } }
receivers: { slack: { kind: slack_webhook, url: '\${BENCH_SLACK}' } }
route: { receivers: [slack], group_by: [alertname], group_wait: 0s, group_interval: 0s, repeat_interval: 7d }
dashboard: { listen: '127.0.0.1:${port}' }
packs: []
${redisUrl === undefined ? '' : `redis: { url: '${redisUrl}' }\n`}`;
}

async function startRedis(folder: string) {
  const port = await freePort();
  const server = spawn(REDIS, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: 'ignore',
  });
  const exited = once(server, 'exit');
  await sleep(300);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
    },
  };
}

/** The sum of a metric on the worker's `/metrics` over the label sets that contain `labels`. */
export async function scrape(worker: RunningWorker): Promise<(metric: string, labels?: string) => number> {
  const lines = (await (await worker.get('/metrics')).text()).split('\n');
  return (metric, labels = '') =>
    lines
      .filter((line) => (line.startsWith(`${metric} `) || line.startsWith(`${metric}{`)) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

const TICKS_PER_SECOND = 100;

/** CPU seconds that the private database has used so far; NaN where there is no `/proc`. */
export function databaseCpu(folder: string): number {
  try {
    const postmaster = readFileSync(join(folder, 'data', 'pg', 'postmaster.pid'), 'utf8').split('\n')[0]!;
    const threads = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
    return [postmaster, ...threads].reduce((sum, pid) => sum + cpuOf(pid), 0);
  } catch {
    return NaN;
  }
}

function cpuOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** MiB of a process: what it holds in memory now, and the most it has held. */
export function memoryOf(pid: number): { readonly rss: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  return { rss: kib('VmRSS') / 1024, peak: kib('VmHWM') / 1024 };
}

/** Uses the private database of a worker in a folder, whether it runs or not. */
export async function withDatabase(folder: string, use: (pool: Pool) => Promise<void>): Promise<void> {
  const database = await openPrivatePostgres({ data: `${folder}/data`, log: () => undefined });
  const pool = new Pool({ connectionString: database.url.reveal() });
  await use(pool);
  await pool.end();
  await database.stop();
}
