import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { freshRedis, redisMissing } from '../support/redis.ts';
import { fires, startIn, until } from './running.ts';

const missing = redisMissing();
if (missing !== undefined) console.info(missing);

const rulesOf = (lateAt: number) => `groups:
  - name: mine
    interval: 1s
    rules:
      - { alert: Late, expr: 'vector(time()) > ${lateAt / 1000}' }
      - { alert: NoQueue, expr: 'tocsin_queue_up == 0' }
`;

let folder: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let redis: Awaited<ReturnType<typeof freshRedis>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-queue-'));
  database = await freshDatabase();
  if (missing === undefined) redis = await freshRedis();
});

afterAll(async () => {
  await redis?.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

it.skipIf(missing !== undefined)(
  'goes on judging and telling while Redis is away, from the start too, and says so until it is back',
  { timeout: 240_000 },
  async () => {
    await redis.kill();
    const rules = rulesOf(Date.now() + 12_000);
    const env = { DATABASE_URL: database.url.reveal(), REDIS_URL: redis.url.reveal() };
    const app = await startIn({ folder, env, readRules: () => ({ 'rules/mine.yaml': rules }) });
    try {
      const away = await until(app, (status) => !!fires(status, 'Late') && !!fires(status, 'NoQueue'));
      await until(app, ({ inbox }) => inbox.some(({ text }) => text.includes('Late')));
      expect(away.alerts).toHaveLength(2);
      await redis.start();
      await until(app, (status) => !fires(status, 'NoQueue') && !!fires(status, 'Late'));
      await redis.kill();
      await until(app, (status) => !!fires(status, 'NoQueue'));
      await redis.start();
      await until(app, (status) => !fires(status, 'NoQueue'));
    } finally {
      await app.stop();
    }
  },
);
