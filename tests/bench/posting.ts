import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../demo/freePort.ts';
import { startWorker } from '../../demo/worker.ts';
import type { RunningWorker } from '../../demo/worker.ts';

const BUILT = [fileURLToPath(new URL('../../dist/main.js', import.meta.url))];
/** As Prometheus sends them. */
const BATCH = 64;

export interface Told {
  readonly at: number;
  readonly entity: string;
  readonly ended: boolean;
  /** The message it was in. */
  readonly message: number;
}

interface Arrived {
  readonly labels: { readonly entity: string };
  readonly endsAt: string;
}

/** A receiver that takes every alert in full, as Alertmanager does, and writes down which came when. */
export async function startSink() {
  const told: Told[] = [];
  let [messages, bytes] = [0, 0];
  const listeners = new Set<() => void>();
  const server = createServer((asked, reply) => {
    const parts: Buffer[] = [];
    asked.on('data', (part: Buffer) => parts.push(part));
    asked.on('end', () => {
      const at = performance.now();
      const body = Buffer.concat(parts);
      reply.end();
      messages++;
      bytes += body.length;
      for (const { labels, endsAt } of JSON.parse(body.toString()) as Arrived[])
        told.push({ at, entity: labels.entity, ended: Date.parse(endsAt) <= Date.now(), message: messages });
      for (const listener of listeners) listener();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    sent: () => ({ messages, bytes }),
    onMessage: (listener: () => void) => void listeners.add(listener),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface Timers {
  readonly wait: string;
  readonly interval: string;
}

/** The built worker, that tells a sink what is posted to it and what its rules find. */
export async function startPosting({ wait, interval }: Timers, rules?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-posting-'));
  chmodSync(folder, 0o755);
  const sink = await startSink();
  const port = await freePort();
  writeFileSync(
    join(folder, 'tocsin.yaml'),
    `receivers: { sink: { kind: alertmanager, urls: ['${sink.url}'] } }
route: { receivers: [sink], group_by: [protocol], group_wait: ${wait}, group_interval: ${interval}, repeat_interval: 4h }
dashboard: { listen: '127.0.0.1:${port}' }
packs: []
${rules === undefined ? 'rules: []\n' : ''}`,
  );
  if (rules !== undefined) {
    mkdirSync(join(folder, 'rules'));
    writeFileSync(join(folder, 'rules', 'bench.yaml'), rules);
  }
  const args = process.env['BENCH_WORKER_ARGS']?.split(' ') ?? [];
  const start = async () => startWorker({ folder, env: { LOG_LEVEL: 'warn' }, entry: [...args, ...BUILT] });
  let worker = await start();
  return {
    ...{ folder, sink },
    worker: () => worker,
    restart: async (signal: NodeJS.Signals) => {
      await worker.kill(signal);
      worker = await start();
    },
    close: async () => {
      await worker.kill('SIGTERM');
      sink.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Posting = Awaited<ReturnType<typeof startPosting>>;

export function alertOf(index: number, groups: number, more: object = {}): object {
  const entity = `e${index}`;
  return {
    labels: { alertname: 'Depeg', protocol: `p${index % groups}`, entity, chain: `c${index % 7}`, severity: 'warning' },
    annotations: {
      summary: `entity ${entity} is off its peg by 1.20 %`,
      description: `price of ${entity} on chain c${index % 7} has been under 0.995 for 15 minutes`,
    },
    generatorURL: `http://127.0.0.1/graph?g0.expr=depeg&e=${index}`,
    ...more,
  };
}

export async function call(worker: RunningWorker, path: string, body: object): Promise<string> {
  return exchange(worker, path, { method: 'POST', body: JSON.stringify(body) });
}

export async function ask(worker: RunningWorker, path: string): Promise<string> {
  return exchange(worker, path, { method: 'GET' });
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

/** As the script that measures Alertmanager asks it, so that what asking costs is the same on both sides. */
async function exchange(worker: RunningWorker, path: string, { method, body }: Asked): Promise<string> {
  const { origin, searchParams } = new URL(worker.url);
  const headers = {
    authorization: `Bearer ${searchParams.get('token')}`,
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(origin + path, { method, agent, headers }, resolve);
    asked.on('error', reject);
    asked.end(body);
  });
  const text = await readText(reply);
  if (reply.statusCode !== 200) throw new Error(`${path} answered ${reply.statusCode} "${text}".`);
  return text;
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** One request after another. */
export async function post(
  worker: RunningWorker,
  alerts: readonly object[],
  answered?: (count: number) => void,
): Promise<void> {
  for (let index = 0; index < alerts.length; index += BATCH) {
    await call(worker, '/api/v2/alerts', alerts.slice(index, index + BATCH));
    answered?.(Math.min(alerts.length, index + BATCH));
  }
}
