import { afterAll, beforeAll, expect, it } from 'vitest';
import { Adrift } from '../../src/jobs/adrift.ts';
import { Evaluator } from '../../src/jobs/evaluate.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { Runtime } from '../../src/jobs/runtime.ts';
import { openWindows } from '../../src/jobs/windows.ts';
import { compose } from '../../src/dispatch/compose.ts';
import type { Route } from '../../src/model/config.ts';
import { NAME } from '../../src/model/labels.ts';
import { NotifyError } from '../../src/model/notification.ts';
import type { Notification } from '../../src/model/notification.ts';
import type { Source } from '../../src/model/source.ts';
import type { Store } from '../../src/model/store.ts';
import { Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from '../rules/world.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';

const labels = { asset: 'xusd', source: 'pool' };
const source: Source = {
  ...{ id: 'pool', kind: 'pool', reads: 'http', shares: false, every: MINUTE, maxAge: 3 * MINUTE, labels },
  made: { yields: [{ metric: 'price_usd' }], collect: async () => [] },
};
const live = makeLive({
  assets: {},
  sources: [source],
  declared: [{ metric: 'price_usd', labels, maxAge: 3 * MINUTE, source: 'pool' }],
  groups: [
    {
      name: 'g',
      interval: MINUTE,
      rules: [rule('price_usd', { alert: 'Low', levels: [level({ name: 'critical', below: 0.95, clear: 0.97 })] })],
    },
    { name: 'self', interval: MINUTE, rules: [rule('tocsin_store_writable == 0', { alert: 'StoreNotWritable' })] },
  ],
  files: {},
});
const route: Route = {
  ...{ receivers: ['desk'], groupBy: ['alertname'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 0, groupInterval: 0, repeatInterval: 60 * MINUTE },
};

let fresh: FreshStore;
let now = NOW;
let price = 1;
let isDown = false;
let isDeaf = false;
const told: string[] = [];

beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => fresh.drop());

/** A store whose every answer fails while it is down. */
function breakable(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        if (isDown) throw new Error('could not extend file: No space left on device');
        return method(...given);
      };
    },
  });
}

const read = async () => [
  {
    source: 'pool',
    seenAt: now,
    tookMs: 1,
    origin: {},
    samples: [{ metric: 'price_usd', labels, value: price, at: now }],
  },
];
const send = async ({ alerts }: Notification) => {
  if (isDeaf) throw new NotifyError('Nobody answers.', { retryable: true });
  told.push(...alerts.map((alert) => `${alert.rule} ${alert.changes.join(', ')}`));
  return undefined;
};

const evidenceOf = () => ({ expression: '', substituted: '', inputs: [] });

it('judges and tells without the store, and tells nothing twice when it is back', async () => {
  const store = breakable(fresh.store);
  await store.declare(live.rules.declared, now);
  const windows = await openWindows(store, new Windows(live.needs), live, now);
  const runtime = new Runtime(live, windows);
  const evaluator = new Evaluator({ store, runtime, route });
  const adrift = new Adrift({
    ...{ store, runtime, evaluator, route, collect: read, log: () => undefined, quiet: () => undefined },
    notifiers: new Map([['desk', { send }]]),
    compose: async (claim, at) =>
      compose({
        claim,
        route,
        evidenceOf,
        now: at,
        timezone: 'UTC',
        ruleOf: (name) => live.alertRules.get(name),
        assetOf: () => undefined,
      }),
    now: () => now,
  });
  await store.saveReadings((await read()).map((reading) => ({ ...reading, maxAge: 3 * MINUTE })));
  await evaluator.evaluate('g', now);

  isDown = true;
  now += MINUTE;
  price = 0.9;
  expect(await adrift.probe()).toBe(false);
  await adrift.tick();
  expect(told.splice(0).sort()).toEqual(['Low firing', 'StoreNotWritable firing']);
  now += MINUTE;
  await adrift.tick();
  expect(told).toEqual([]);

  isDeaf = true;
  price = 1;
  now += MINUTE;
  await adrift.tick();
  isDown = false;
  expect(await adrift.probe()).toBe(true);
  await adrift.land();
  expect(await store.alerts(['Low'])).toMatchObject([{ state: 'inactive' }]);
  expect(await store.dueGroups(now, now)).toEqual([{ receiver: 'desk', groupKey: '{}:{alertname="Low"}' }]);

  now += MINUTE;
  const again = await evaluator.evaluate('g', now);
  expect(again?.transitions).toEqual([]);
  expect(windows.view.select([{ name: NAME, op: '=', value: 'price_usd' }])).toHaveLength(1);
});
