import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openQueues } from '../../src/jobs/queues.ts';
import type { QueueBackend, Queues } from '../../src/jobs/queues.ts';
import { Secret } from '../../src/model/secret.ts';
import { freshDatabase } from '../support/postgres.ts';
import { freshRedis, redisMissing } from '../support/redis.ts';

const silent = () => undefined;

interface Server {
  readonly backend: QueueBackend;
  /** Empties it behind everybody's back. */
  readonly empty: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const backends: Readonly<Record<string, () => Promise<Server>>> = { postgres: startPostgres, redis: startRedis };
const missing: Readonly<Record<string, string | undefined>> = { redis: redisMissing() };
for (const reason of Object.values(missing)) if (reason !== undefined) console.info(reason);

describe.each(Object.keys(backends))('a queue on %s', (kind) => {
  describe.skipIf(missing[kind] !== undefined)('when its server runs', () => {
    let server: Server;
    let queues: Queues;

    beforeAll(async () => {
      server = await backends[kind]!();
    });
    afterAll(async () => server.stop());
    beforeEach(async () => {
      await server.empty();
      queues = await open();
    });
    afterEach(async () => queues.close());

    const open = async () => openQueues(server.backend, silent);
    const add = async (slot: number) => queues.add('collect', `head.${slot}`, { batch: 'head', slot });

    /** Runs jobs, each until it is let go. */
    function workSlowly(concurrency = 1) {
      const seen: number[] = [];
      const gates: (() => void)[] = [];
      queues.work('collect', concurrency, async ({ slot }) => {
        seen.push(slot);
        await new Promise<void>((resolve) => gates.push(resolve));
      });
      return { seen, letGo: () => gates.shift()?.(), gates };
    }

    function work() {
      const seen: number[] = [];
      queues.work('collect', 1, async ({ slot }) => void seen.push(slot));
      return seen;
    }

    const finished = async (count: number) =>
      vi.waitFor(async () => expect(await queues.all[0]!.getCompletedCount()).toBe(count), { timeout: 5000 });

    test('takes a job once while it waits or runs, and again afterwards', async () => {
      await Promise.all([add(1), add(1)]);
      const { seen, gates, letGo } = workSlowly(4);
      await vi.waitFor(() => expect(gates).toHaveLength(1));
      await add(1);
      await sleep(100);
      expect(seen).toEqual([1]);
      letGo();
      await finished(1);
      await add(1);
      await vi.waitFor(() => expect(seen).toEqual([1, 1]));
      letGo();
    });

    test('carries what a job says, whatever characters its id has', async () => {
      const names = [
        'a:b:c',
        '12345',
        'ünïcödé {x} "y"',
        "'; drop table bullmq.job; --",
        ' ',
        '../../etc',
        '{}:{a="b"}',
      ];
      const seen: string[] = [];
      queues.work('deliver', 4, async ({ groupKey }) => void seen.push(groupKey));
      for (const groupKey of names) await queues.add('deliver', groupKey, { receiver: 'desk', groupKey });
      await vi.waitFor(() => expect(seen.toSorted()).toEqual(names.toSorted()));
    });

    test('keeps apart jobs whose ids differ in odd characters only', async () => {
      const seen: string[] = [];
      queues.work('evaluate', 1, async ({ group }) => void seen.push(group));
      for (const group of ['a b', 'a:b', 'a_b']) await queues.add('evaluate', `${group}.1`, { group, at: 1 });
      await vi.waitFor(() => expect(seen).toEqual(['a b', 'a:b', 'a_b']));
    });

    test('fails the job that throws, runs the next one, and takes the failed one again', async () => {
      const seen: number[] = [];
      queues.work('collect', 1, async ({ slot }) => {
        seen.push(slot);
        if (seen.length === 1) throw new Error('the first one fails');
      });
      await add(1);
      await add(2);
      await finished(1);
      expect(await queues.all[0]!.getFailedCount()).toBe(1);
      await add(1);
      await vi.waitFor(() => expect(seen).toEqual([1, 2, 1]));
    });

    test('waits for running jobs when it closes, and starts none', async () => {
      const { seen, letGo, gates } = workSlowly();
      await add(1);
      await add(2);
      await vi.waitFor(() => expect(gates).toHaveLength(1));
      let closed = false;
      const closing = queues.close().then(() => (closed = true));
      await sleep(100);
      expect(closed).toBe(false);
      letGo();
      await closing;
      expect(seen).toEqual([1]);
    });

    test('hands a job that was not started to the next process', async () => {
      await add(1);
      await queues.close();
      queues = await open();
      const seen = work();
      await vi.waitFor(() => expect(seen).toEqual([1]));
    });

    test('goes on working after it was emptied', async () => {
      const seen = work();
      await add(1);
      await finished(1);
      await server.empty();
      await add(1);
      await add(2);
      await vi.waitFor(() => expect(seen).toEqual([1, 1, 2]), { timeout: 10_000 });
    });

    test('survives being emptied while a job runs', async () => {
      const { seen, letGo, gates } = workSlowly();
      await add(1);
      await vi.waitFor(() => expect(gates).toHaveLength(1));
      await server.empty();
      letGo();
      await add(2);
      await vi.waitFor(() => expect(seen).toEqual([1, 2]), { timeout: 10_000 });
      letGo();
    });
  });
});

test.skipIf(missing['redis'] !== undefined)(
  'a queue whose Redis is gone closes once its running jobs are done',
  async () => {
    const redis = await freshRedis();
    const queues = await openQueues({ kind: 'redis', url: redis.url }, silent);
    let letGo: () => void;
    let done = false;
    queues.work('collect', 1, async () => {
      await new Promise<void>((resolve) => (letGo = resolve));
      done = true;
    });
    await queues.add('collect', 'head.1', { batch: 'head', slot: 1 });
    await vi.waitFor(async () => expect(await queues.all[0]!.getActiveCount()).toBe(1));
    await redis.kill();
    await sleep(200);
    const closing = queues.close();
    letGo!();
    await Promise.race([closing, sleep(5000).then(() => Promise.reject(new Error('still not closed after 5 s')))]);
    expect(done).toBe(true);
    await redis.stop();
  },
);

test.skipIf(missing['redis'] !== undefined)(
  'a queue takes jobs although Redis went away while it was opened',
  async () => {
    const redis = await freshRedis();
    const door = await openDoor(redis.url);
    const queues = await openQueues({ kind: 'redis', url: door.url }, silent);
    const seen: number[] = [];
    queues.work('collect', 1, async ({ slot }) => void seen.push(slot));
    await vi.waitFor(() => expect(door.wasShut()).toBe(true));
    await sleep(500);
    door.open();
    const add = async () => queues.add('collect', 'head.1', { batch: 'head', slot: 1 });
    await vi.waitFor(add, { timeout: 5000 });
    await vi.waitFor(() => expect(seen).toEqual([1]), { timeout: 5000 });
    await queues.close();
    door.close();
    await redis.stop();
  },
);

/** Stands before a Redis: closes for a while as soon as a connection that is ready asks for the server's version. */
async function openDoor(behind: Secret) {
  const ends = new Set<Socket>();
  let wasShut = false;
  const server = createServer((near) => {
    const far = connect(Number(new URL(behind.reveal()).port), '127.0.0.1');
    let asked = 0;
    near.on('data', (data) => {
      // The first question is the driver's own, before it calls the connection ready.
      asked += data.toString().match(/\binfo\r/gi)?.length ?? 0;
      if (wasShut || asked < 2) far.write(data);
      else shut();
    });
    far.pipe(near);
    for (const end of [near, far]) ends.add(end.on('error', silent));
    near.on('close', () => far.destroy());
  });
  const shut = () => {
    wasShut = true;
    server.close();
    for (const end of ends) end.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new Secret(`redis://127.0.0.1:${port}`),
    wasShut: () => wasShut,
    open: () => void server.listen(port, '127.0.0.1'),
    close: () => void server.close(),
  };
}

describe.each(Object.keys(backends))('a job of a killed process on %s', { concurrent: true }, (kind) => {
  test.skipIf(missing[kind] !== undefined)(
    'goes to another process within 20 seconds',
    { timeout: 40_000 },
    async ({ expect: expectHere }) => {
      const server = await backends[kind]!();
      const queues = await openQueues(server.backend, silent);
      await queues.add('collect', 'b.7', { batch: 'b', slot: 7 });
      await holdJobAndDie(server.backend);
      const killedAt = Date.now();
      const seen: number[] = [];
      queues.work('collect', 1, async ({ slot }) => void seen.push(slot));
      await vi.waitFor(() => expectHere(seen).toEqual([7]), { timeout: 25_000, interval: 100 });
      expectHere(Date.now() - killedAt).toBeLessThan(20_000);
      await queues.close();
      await server.stop();
    },
  );
});

/** A process takes a job and is killed while it runs. */
async function holdJobAndDie({ kind, url }: QueueBackend): Promise<void> {
  const holder = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('holder.ts', import.meta.url))],
    { env: { ...process.env, QUEUE_KIND: kind, QUEUE_URL: url.reveal() }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(holder, 'exit');
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await exited;
}

async function startPostgres(): Promise<Server> {
  const { url, drop } = await freshDatabase();
  const backend = { kind: 'postgres', url } as const;
  await (await openQueues(backend, silent)).close();
  const empty = async () => {
    const client = new Client({ connectionString: url.reveal() });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'bullmq' and tablename !~ 'migration'`,
    );
    await client.query(`truncate ${rows.map(({ name }) => `bullmq.${name}`).join(', ')}`);
    await client.end();
  };
  return { backend, empty, stop: drop };
}

async function startRedis(): Promise<Server> {
  const { url, flush, stop } = await freshRedis();
  return { backend: { kind: 'redis', url }, empty: flush, stop };
}
