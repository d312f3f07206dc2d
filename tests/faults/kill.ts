import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { CLAIM_MS } from '../../src/jobs/deliver.ts';
import { alertId } from '../../src/model/alert.ts';
import type { Silence } from '../../src/model/mute.ts';
import type { Notification } from '../../src/model/notification.ts';
import { openStore } from '../../src/store/index.ts';
import type { FreshRedis } from '../support/redis.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';
import { randomOf } from './random.ts';
import { MODES, Receiver } from './receiver.ts';
import { ASSETS, settingsOf } from './rules.ts';
import { calmDown, drawStorm, postsOf } from './storm.ts';
import type { Posting } from './storm.ts';
import { readingOf } from './world.ts';

export interface Killing {
  readonly database: string;
  readonly redis: FreshRedis | undefined;
}

const SECOND = 10;
const STEPS = 12;
const PATIENCE = 60_000;
/** How long a receiver says nothing before its connection is cut: machine ms. */
const SILENT_MS = 300;
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** One seeded story in which the worker is a process of its own that is killed by signal 9. */
export async function runKilled(seed: number, { database, redis }: Killing): Promise<Judgement> {
  const random = randomOf(seed);
  // Mute times are of whole minutes, and these stories last seconds.
  const settings = settingsOf(SECOND).filter(({ route }) => route.muteTimes === undefined);
  const setting = settings[seed % settings.length]!;
  const receiver = new Receiver();
  const server = createServer((request, response) => void answer(receiver, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = new Pool({ connectionString: database, max: 3 });
  const store = await openStore({ pool, log: () => undefined });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** Machine time, unix ms, by life. */
  const kills: number[] = [];
  const orders = () =>
    JSON.stringify({ database, redis: redis?.url.reveal(), receiver: `${url}/${kills.length}`, setting });
  const silences: Silence[] = [];
  const posted = new Map<string, Posting>();
  let outage = Promise.resolve();
  let child = await startWorker(orders());
  try {
    for (let step = 0; step < STEPS; step++) {
      const prices = new Map(
        ASSETS.filter(() => random.chance(0.5)).map((asset) => [asset, random.of([0.3, 0.8, 1.1, 2])]),
      );
      if (prices.size > 0) await store.saveReadings([readingOf(prices, Date.now())]);
      receiver.mode = random.of(MODES);
      if (random.chance(0.4)) {
        drawStorm(posted, random);
        post(child, posted);
      }
      if (random.chance(0.2)) await mute(store, random.of(ASSETS), silences);
      if (random.chance(0.15)) await redis?.flush();
      if (redis !== undefined && random.chance(0.2)) outage = outage.then(async () => stop(redis, random.below(600)));
      await sleep(random.below(250));
      if (step !== 3 && !random.chance(0.06)) continue;
      kills.push(Date.now());
      await kill(child);
      child = await startWorker(orders());
    }
    receiver.mode = 'fine';
    await outage;
    // What is critical at the end would inhibit others for good.
    const last = Date.now();
    await store.saveReadings([readingOf(new Map(ASSETS.map((asset) => [asset, 0.8])), last)]);
    calmDown(posted);
    post(child, posted);
    await quiet(pool, last);
    await excuse(receiver, kills, pool);
    return await judge(pool, receiver.accepted, { setting, silences, posted });
  } finally {
    await kill(child);
    server.closeAllConnections();
    server.close();
    await store.close();
    await pool.end();
  }
}

/** Says all again each time, as Prometheus does, since nobody may have taken it. */
function post({ stdin }: ChildProcess, posted: ReadonlyMap<string, Posting>): void {
  stdin!.write(`${JSON.stringify(postsOf(posted, Date.now()))}\n`);
}

/** Redis is away for a while and comes back empty. */
async function stop(redis: FreshRedis, ms: number): Promise<void> {
  await redis.kill();
  await sleep(ms);
  await redis.start();
}

type Store = Awaited<ReturnType<typeof openStore>>;

async function mute(store: Store, asset: string, silences: Silence[]): Promise<void> {
  const at = Date.now();
  const act = { by: 'ada', via: 'api', at };
  if (at % 2 === 0) {
    await store.acknowledge({ alertIds: [alertId({ rule: 'Low', labels: { asset } })], until: at + 1000 }, act);
    return;
  }
  const input = {
    matchers: [{ name: 'asset', op: '=' as const, value: asset }],
    ...{ startsAt: at, endsAt: at + 1500, createdBy: 'ada', comment: '' },
  };
  silences.push({ ...input, id: await store.addSilence(input, act), updatedAt: at });
}

/** One that does not come up, as while Redis is away, is started again. */
async function startWorker(orders: string, tries = 20): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', WORKER, orders], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const isUp = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'exit').then(() => false)]);
  return isUp || tries === 0 ? child : startWorker(orders, tries - 1);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/**
 * What was accepted of a worker that was killed, and never written down, may be told again within the claim window. It may arrive after the
 * kill, which was noted before the signal was sent.
 */
async function excuse({ accepted }: Receiver, kills: readonly number[], pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from tocsin.notifications');
  const written = new Set(rows.map(({ id }) => id));
  for (const [index, each] of accepted.entries()) {
    const { id } = each.notification;
    const isWritten = written.has(id) && !accepted.slice(index + 1).some((later) => later.notification.id === id);
    const killedAt = kills[each.life!];
    const isKilled = killedAt !== undefined && killedAt - each.machineAt < CLAIM_MS;
    each.excused ||= !isWritten && isKilled;
  }
}

/** Waits until the last reading is judged and everything is told: nothing untold, for longer than a reminder takes. */
async function quiet(pool: Pool, last: number): Promise<void> {
  const repeat = 600 * SECOND;
  await sleep(repeat);
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(100)) {
    const { rows } = await pool.query<{ isTold: boolean }>(
      `select (select count(*) from tocsin.tellings where told_at is null) = 0
         and (select evaluated_at from tocsin.rule_groups where name = 'g') >= $1
         and not exists (select from tocsin.kept_posts) as "isTold"`,
      [last],
    );
    if (rows[0]!.isTold) break;
  }
  // What is firing and was muted is told by then.
  await sleep(200);
}

async function answer(receiver: Receiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { mode } = receiver;
  if (mode === 'busy') return void response.writeHead(429, { 'retry-after': '0' }).end();
  if (mode === 'broken') return void response.writeHead(500).end();
  if (mode === 'silent') return void setTimeout(() => response.destroy(), SILENT_MS);
  const notification = JSON.parse(Buffer.concat(parts).toString()) as Notification;
  receiver.keep(notification, mode !== 'fine', { life: Number(request.url!.slice(1)) });
  if (mode === 'fine') return void response.end(notification.id);
  if (mode === 'half') response.writeHead(200, { 'content-length': '1000' }).write('half');
  response.destroy();
}
