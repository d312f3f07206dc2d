import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEarly, earlyBatches } from '../../src/jobs/early.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { openQueues } from '../../src/jobs/queues.ts';
import type { Queues } from '../../src/jobs/queues.ts';
import { Tick } from '../../src/jobs/tick.ts';
import type { Source } from '../../src/model/source.ts';
import type { Store } from '../../src/model/store.ts';
import { alert, evaluation, minute, now, reading, telling, transition } from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { rule } from '../support/rule.ts';

const source = {
  id: 'pool',
  kind: 'erc4626',
  reads: 'evm',
  chain: 'ethereum',
  every: minute,
  maxAge: 3 * minute,
} as unknown as Source;
const declared = [{ source: 'pool', metric: 'price_usd', labels: { source: 'pool' }, maxAge: 3 * minute }] as never;
const groups = [
  { name: 'stream', interval: 10 * minute, rules: [rule({ expr: 'price_usd', levels: [] })] },
  { name: 'idle', interval: 60 * minute, rules: [rule({ alert: 'Other', expr: 'nav_per_share_usd', levels: [] })] },
];
const live = makeLive({ assets: {}, sources: [source], declared, groups, files: {} });

let fresh: FreshStore;
let queues: Queues;
const wanted = new Map<string, number>();
const errors: unknown[] = [];
let at = now;

beforeAll(async () => {
  fresh = await freshStore();
  queues = await openQueues({ kind: 'postgres', url: fresh.url }, () => undefined);
  for (const group of groups) await fresh.store.commitEvaluation({ ...evaluation(now - 1, 0), group: group.name });
});
afterAll(async () => {
  await queues.close();
  await fresh.drop();
});

function tickOn(store: Store = fresh.store): Tick {
  return new Tick({
    ...{ store, queues, runtime: { live }, wanted },
    now: () => at,
    machineNow: () => at,
    onError: (error) => errors.push(error),
  });
}

async function waiting(): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const jobs = await Promise.all(queues.all.map(async (queue) => queue.getWaiting()));
  return Object.fromEntries(queues.all.map(({ name }, index) => [name, jobs[index]!.map(({ data }) => data)]));
}

async function emptyQueue(): Promise<void> {
  const client = new Client({ connectionString: fresh.url.reveal() });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'bullmq' and tablename !~ 'migration'`,
  );
  await client.query(`truncate ${rows.map(({ name }) => `bullmq.${name}`).join(', ')}`);
  await client.end();
}

test('fills an emptied queue again with everything that is due and not done', async () => {
  const fired = [{ transition: transition('firing'), tellings: [telling({ groupWait: 0 })] }];
  await fresh.store.saveReadings([reading(now - minute, 1)]);
  await fresh.store.commitEvaluation(
    evaluation(now, now - 1, { deadline: now + 30_000, alerts: [alert()], transitions: fired }),
  );
  await fresh.store.saveReadings([reading(now + 20_000, 1)]);
  at = now + 60_000;
  const due = {
    collect: [{ batch: 'evm.ethereum.60s', slot: now + 60_000 }],
    evaluate: [
      { group: 'stream', at: now + 20_500 },
      { group: 'stream', at: now + 30_000 },
      { group: 'idle', at: now },
    ],
    deliver: [{ receiver: 'desk', groupKey: '{}:xusd' }],
  };
  const tick = tickOn();
  expect(await tick.run()).toBe(true);
  expect(await waiting()).toEqual(due);
  await tick.run();
  expect(await waiting()).toEqual(due);
  await emptyQueue();
  await tick.run();
  expect(await waiting()).toEqual(due);
  expect(await Promise.all([tickOn().run(), tickOn().run()])).toEqual([true, true]);
  expect(await waiting()).toEqual(due);
});

test('asks again for a judgement whose job got lost', async () => {
  await emptyQueue();
  wanted.set('idle', now + 45_000);
  await tickOn().run();
  expect((await waiting())['evaluate']).toContainEqual({ group: 'idle', at: now + 45_000 });
});

test('asks for nothing that the store knows as done', async () => {
  await emptyQueue();
  await fresh.store.saveReadings([reading(at - 500, 1)]);
  await fresh.store.commitEvaluation(evaluation(at, now));
  await fresh.store.commitEvaluation({ ...evaluation(at, now - 1), group: 'idle' });
  await tickOn().run();
  expect(await waiting()).toMatchObject({ collect: [], evaluate: [] });
});

test('says which part failed, does the others, and works again afterwards', async () => {
  await emptyQueue();
  const broken: Store = { ...fresh.store, groupStates: async () => Promise.reject(new Error('the database is away')) };
  expect(await tickOn(broken).run()).toBe(false);
  expect(errors).toEqual([new Error('the database is away')]);
  expect((await waiting())['deliver']).toHaveLength(1);
  expect(await tickOn().run()).toBe(true);
});

test('runs once more for a call that came while it ran', async () => {
  let runs = 0;
  const counting: Store = {
    ...fresh.store,
    dueGroups: async (...args) => {
      runs++;
      return fresh.store.dueGroups(...args);
    },
  };
  const tick = tickOn(counting);
  await Promise.all([tick.run(), tick.run(), tick.run()]);
  expect(runs).toBe(2);
});

test('a new block makes a batch early from half its pace on, once', async () => {
  await emptyQueue();
  errors.length = 0;
  const early = createEarly({
    ...{ store: fresh.store, queues, runtime: { live }, now: () => at },
    onError: (error) => errors.push(error),
  });
  const last = Math.max(...(await fresh.store.lastRuns()).values());
  at = last + minute / 2 - 1;
  await early('ethereum', 7);
  expect((await waiting())['collect']).toEqual([]);
  at += 1;
  await early('plasma', 7);
  await Promise.all([early('ethereum', 7), early('ethereum', 7)]);
  await early('ethereum', 7);
  expect((await waiting())['collect']).toEqual([{ batch: 'evm.ethereum.60s', slot: at }]);
  const never = { lastRuns: new Map<string, number>(), now: at };
  expect(earlyBatches(live.batches.values(), 'ethereum', never).map(({ name }) => name)).toEqual(['evm.ethereum.60s']);
  expect(errors).toEqual([]);
});

test('a store that does not answer costs the early poll, and nothing else', async () => {
  const failures: unknown[] = [];
  const broken = { lastRuns: async () => Promise.reject(new Error('gone')) };
  const early = createEarly({
    ...{ store: broken, queues, runtime: { live }, now: () => at },
    onError: (error) => failures.push(error),
  });
  await early('ethereum', 8);
  expect(failures).toEqual([new Error('gone')]);
});
