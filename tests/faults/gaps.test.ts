import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeLive } from '../../src/jobs/live.ts';
import type { Route } from '../../src/model/config.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { level, rule } from '../support/rule.ts';
import { lifeOf } from './crashes.ts';
import { Receiver } from './receiver.ts';
import { startProcess } from './world.ts';
import type { Process } from './world.ts';

const [second, minute, hour] = [1000, 60_000, 3_600_000];
const START = Date.UTC(2026, 4, 1, 12);
const MAX_AGE = 3 * minute;

const live = makeLive({
  ...{ assets: {}, sources: [], declared: [], files: {} },
  groups: [
    {
      name: 'g',
      interval: minute,
      rules: [
        rule({
          alert: 'Low',
          expr: 'price_usd',
          levels: [
            level({ name: 'warning', below: 1, clear: 1, for: 5 * minute }),
            level({ name: 'critical', below: 0.5, clear: 0.5 }),
          ],
        }),
        rule({ alert: 'Dip', expr: 'depth_usd', levels: [level({ name: 'warning', below: 1, clear: 1 })] }),
      ],
    },
  ],
});
const route: Route = {
  ...{ receivers: ['desk'], groupBy: [], matchers: [], routes: [], continue: false },
  ...{ groupWait: 30 * second, groupInterval: 5 * minute, repeatInterval: 4 * hour },
};

/** What Prometheus and Alertmanager tell falsely, late or not at all: the real store, evaluator and dispatcher on a clock that is set. */
describe('a gap', () => {
  let fresh: FreshStore;
  let pool: Pool;
  let worker: Process;
  let receiver: Receiver;
  let now = START;

  beforeEach(async () => {
    fresh = await freshStore();
    pool = new Pool({ connectionString: fresh.url.reveal() });
    receiver = new Receiver();
    const life = lifeOf(Infinity);
    worker = await startProcess({
      ...{ pool, life, setting: { route, inhibit: [] }, live },
      clocks: { now: () => now, machineNow: () => now },
      notifiers: new Map([['desk', receiver.notifier(life)]]),
      onWritten: () => undefined,
    });
  });
  afterEach(async () => {
    await pool.end();
    await fresh.drop();
  });

  /** Judges and tells at a time after the start; first reads, if something is read. */
  async function at(ms: number, read: Readonly<Record<string, readonly [metric: string, value: number]>> = {}) {
    now = START + ms;
    const samples = Object.entries(read).map(([asset, [metric, value]]) => ({
      ...{ metric, labels: { asset }, value, at: now },
    }));
    const reading = { source: 'pool', seenAt: now, tookMs: 1, origin: {}, samples, maxAge: MAX_AGE };
    if (samples.length > 0) await worker.store.saveReadings([reading]);
    await worker.judge();
    for (const key of await worker.due()) await worker.tell(key);
  }

  /** `seconds asset: changes` of everything that was told. */
  const told = () =>
    receiver.accepted.flatMap(({ at: sentAt, notification: { alerts } }) =>
      alerts.map(({ labels, changes }) => `${(sentAt - START) / 1000} ${labels['asset']}: ${changes.join(', ')}`),
    );

  it('in the data resolves nothing, and the reminder says since when nothing is known', async () => {
    await at(0, { xusd: ['price_usd', 0.4] });
    for (let passed = 30 * minute; passed <= 5 * hour; passed += 30 * minute) await at(passed);
    expect(told()).toEqual(['0 xusd: firing', '14400 xusd: ']);
    const [reminded] = receiver.accepted.at(-1)!.notification.alerts;
    expect(reminded).toMatchObject({ state: 'firing', staleSince: expect.any(Number) as number });
    await at(6 * hour, { xusd: ['price_usd', 1.2] });
    expect(told().at(-1)).toBe('21600 xusd: resolved');
  });

  it('of one poll does not restart `for`', async () => {
    for (const passed of [0, 1, 2, 4]) await at(passed * minute, { xusd: ['price_usd', 0.9] });
    expect(told()).toEqual([]);
    await at(5 * minute, { xusd: ['price_usd', 0.9] });
    await at(5.5 * minute);
    expect(told()).toEqual(['330 xusd: firing']);
  });

  it('that a silence makes does not swallow the end of what was told before', async () => {
    await at(0, { xusd: ['price_usd', 0.4] });
    const matchers = [{ name: 'asset', op: '=', value: 'xusd' } as const];
    const silence = { matchers, startsAt: now, endsAt: now + hour, createdBy: 'ada', comment: '' };
    await worker.store.addSilence(silence, { by: 'ada', via: 'api', at: now });
    await at(minute, { xusd: ['price_usd', 1.2] });
    await at(5 * minute);
    expect(told()).toEqual(['0 xusd: firing', '300 xusd: resolved']);
  });

  it('between two messages does not hide a breach shorter than group_wait', async () => {
    await at(0, { xusd: ['depth_usd', 0.9] });
    await at(10 * second, { xusd: ['depth_usd', 1.2] });
    await at(30 * second);
    expect(told()).toEqual(['30 xusd: firing, resolved']);
  });

  it('between two messages does not hold back a late critical member of a group, and tells it alone', async () => {
    await at(0, { xusd: ['depth_usd', 0.9] });
    await at(30 * second);
    await at(40 * second, { deusd: ['price_usd', 0.4] });
    expect(told()).toEqual(['30 xusd: firing', '40 deusd: firing']);
    expect(receiver.accepted.at(-1)!.notification).toMatchObject({ level: 'critical', status: 'firing', unchanged: 1 });
  });
});
