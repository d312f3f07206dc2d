import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Evaluator } from '../../src/jobs/evaluate.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { Runtime } from '../../src/jobs/runtime.ts';
import { openWindows } from '../../src/jobs/windows.ts';
import type { Route } from '../../src/model/config.ts';
import { Windows } from '../../src/series/index.ts';
import { ask, minute, now } from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { level, rule } from '../support/rule.ts';

const alerting = rule({ alert: 'Low', expr: 'price_usd', levels: [level({ below: 1, clear: 1 })] });
const live = makeLive({
  ...{ assets: {}, sources: [], declared: [], files: {} },
  groups: [{ name: 'g', interval: minute, rules: [alerting] }],
});
const route: Route = {
  ...{ receivers: ['desk', 'mail'], groupBy: ['alertname'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 0, groupInterval: 0, repeatInterval: minute },
};

let fresh: FreshStore;

beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => fresh.drop());

async function replica(): Promise<Evaluator> {
  const windows = await openWindows(fresh.store, new Windows(live.needs), live, now);
  return new Evaluator({ store: fresh.store, runtime: new Runtime(live, windows), route });
}

async function empty(): Promise<void> {
  const tables = ['alerts', 'rule_groups', 'transitions', 'tellings', 'group_due', 'evaluations'];
  await ask(fresh.url, `truncate ${[...tables, 'samples'].map((name) => `tocsin.${name}`).join(', ')} cascade`);
}

async function read(at: number, value: number): Promise<void> {
  const samples = [{ metric: 'price_usd', labels: { source: 'pool' }, value, at }];
  await fresh.store.saveReadings([{ source: 'pool', seenAt: at, tookMs: 1, origin: {}, samples, maxAge: 60 * minute }]);
}

test('of replicas that evaluate at the same instant one commits', async () => {
  await empty();
  await read(now, 0.5);
  const replicas = await Promise.all([replica(), replica(), replica()]);
  const outcomes = await Promise.all(replicas.map(async (each) => each.evaluate('g', now)));
  expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1);
  expect(await ask(fresh.url, `select kind from tocsin.transitions where kind = 'firing'`)).toHaveLength(1);
  expect(await ask(fresh.url, 'select unnest(transition_ids) from tocsin.tellings')).toHaveLength(2);
});

test('an instant that a later one overtook is dropped', async () => {
  await empty();
  await read(now, 0.5);
  const one = await replica();
  expect(await one.evaluate('g', now + 2)).toBeDefined();
  expect(await one.evaluate('g', now + 1)).toBeUndefined();
  expect(await one.evaluate('g', now + 2)).toBeUndefined();
});

test('whoever evaluates, firing and resolved alternate and each is told once to each receiver', async () => {
  const step = fc.record({ value: fc.constantFrom(0.5, 2), by: fc.subarray([0, 1, 2], { minLength: 1 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      await empty();
      const replicas = await Promise.all([replica(), replica(), replica()]);
      for (const [index, { value, by }] of steps.entries()) {
        const at = now + (index + 1) * 1000;
        await read(at, value);
        await Promise.all(by.map(async (each) => replicas[each]!.evaluate('g', at)));
      }
      const told = await ask(
        fresh.url,
        `select kind, count(receiver)::int as receivers from tocsin.transitions join tocsin.tellings on id = any(transition_ids)
         group by id, kind order by id`,
      );
      const values = steps.map(({ value }) => value);
      const kinds = values.flatMap((value, index) => {
        const before = index === 0 ? 2 : values[index - 1]!;
        if (value === before) return [];
        return [value < before ? 'firing' : 'resolved'];
      });
      expect(told).toEqual(kinds.map((kind) => ({ kind, receivers: 2 })));
    }),
    { numRuns: 8 },
  );
});
