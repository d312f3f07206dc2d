import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatherStatus } from '../../src/http/gatherStatus.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { alertId } from '../../src/model/alert.ts';
import type { Config } from '../../src/model/config.ts';
import { alert, evaluation, minute, now, telling, transition } from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { level, rule } from '../support/rule.ts';

const levels = [level({ name: 'warning', below: 1, clear: 1, written: '$1' })];
const written = rule({
  expr: 'max by (asset) (price_usd)',
  levels,
  annotations: { summary: '{{ labels.asset }} is cheap' },
});
const live = makeLive({
  ...{ assets: {}, sources: [], declared: [], files: {} },
  groups: [{ name: 'stream', interval: minute, rules: [written] }],
});
const times = { groupWait: 0, groupInterval: minute, repeatInterval: minute };
const route = { ...times, receivers: ['desk'], groupBy: [], matchers: [], routes: [], continue: false };
const config = { timezone: 'UTC', route, receivers: [], advice: [] } as unknown as Config;
const silence = {
  matchers: [{ name: 'asset', op: '=', value: 'xusd' }],
  ...{ startsAt: now, endsAt: now + minute, createdBy: 'ada', comment: 'known' },
} as const;

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => fresh.drop());

it('shows what fires and what is pending, posted alerts among them, the worst first, with what they say and what mutes them', async () => {
  const { store } = fresh;
  const firing = alert({ value: 0.9, peak: 0.8, peakAt: now });
  const pending = alert({
    labels: { asset: 'deusd' },
    state: 'pending',
    level: null,
    pending: { warning: { since: now, held: 0 } },
  });
  const calm = alert({ labels: { asset: 'usdc' }, state: 'inactive', level: null });
  const fired = { transition: transition('firing'), tellings: [telling()] };
  await store.commitEvaluation(evaluation(now, 0, { alerts: [firing, pending, calm], transitions: [fired] }));
  const id = await store.addSilence(silence, { by: 'ada', via: 'api', at: now });
  const posted = {
    startsAt: now,
    endsAt: now + minute,
    annotations: { summary: 'disk is full' },
    generatorUrl: '',
    updatedAt: now,
  };
  const disk = alert({ rule: 'Disk', labels: { host: 'a', severity: 'critical' }, level: null, posted });
  const status = await gatherStatus({
    ...{ config, version: 'test', live, store, queue: 'postgres' },
    outcomes: new Map(),
    posted: async () => [disk],
    coverage: () => [],
    now: () => now + 1,
  });
  expect(status.alerts).toMatchObject([
    { rule: 'Disk', level: 'critical', state: 'firing', summary: 'disk is full' },
    {
      id: alertId(firing),
      level: 'warning',
      state: 'firing',
      summary: 'xusd is cheap',
      threshold: 'below $1',
      shown: '$0.90',
    },
    { id: alertId(pending), state: 'pending', level: null },
  ]);
  expect(status.muted).toMatchObject([
    { kind: 'silence', id, by: 'ada', comment: 'known', alerts: 1, until: now + minute },
  ]);
  expect(status.receivers).toMatchObject([{ receiver: 'desk', waiting: 1 }]);
  expect(status.rules).toMatchObject([
    { rule: 'BelowNav', group: 'stream', judgedAt: now, idle: 'not judged yet by this process' },
  ]);
}, 60_000);
