import { expect, it } from 'vitest';
import { canaryWait, createCanary } from '../../src/jobs/canary.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { Schedule } from '../../src/model/config.ts';
import type { AlertHistory } from '../../src/model/store.ts';
import { MINUTE, NOW } from '../rules/world.ts';

const DAY = 86_400_000;
const schedule: Schedule = { minute: 12 * 60, every: 'daily', timezone: 'UTC' };
const labels = { canary: 'true' };

function world(
  options: { readonly schedule?: Schedule | undefined; readonly value?: number; readonly routeWaits?: number } = {
    schedule,
  },
) {
  const state = { now: NOW - MINUTE, alert: undefined as Alert | undefined };
  const transitions: AlertHistory['transitions'][number][] = [];
  const said: string[] = [];
  const fire = (at: number, told: AlertHistory['transitions'][number]['told']) => {
    const known = { lastKnownAt: at, startUnseen: false, pending: {}, level: null };
    state.alert = { rule: 'Canary', labels, state: 'firing', ...known };
    transitions.unshift({ at, kind: 'firing', level: null, value: 1, told });
  };
  const resolve = () => (state.alert = { ...state.alert!, state: 'inactive' });
  const canary = createCanary({
    schedule: options.schedule,
    routeWaits: options.routeWaits ?? 0,
    store: {
      alerts: async () => (state.alert ? [state.alert] : []),
      alertHistory: async () => ({ rule: 'Canary', labels, transitions }),
      latest: async ([metric]) =>
        options.value === undefined
          ? []
          : [{ labels: { __name__: metric! }, value: options.value, at: NOW, maxAge: 1 }],
    },
    say: async (metric, _labels, value) => {
      if (said.findLast((each) => each.startsWith(`${metric} `)) !== `${metric} ${value}`)
        said.push(`${metric} ${value}`);
    },
    now: () => state.now,
  });
  const at = async (now: number) => {
    state.now = now;
    await canary.tick();
    return { said: said.splice(0), state: canary.state() };
  };
  return { at, fire, resolve };
}

it('flies for five minutes and is well once each receiver has accepted it', async () => {
  const { at, fire, resolve } = world();
  expect(await at(NOW)).toEqual({ said: ['tocsin_canary 1'], state: 'ok' });
  fire(NOW, [{ receiver: 'ops', at: NOW, kept: null }]);
  expect(await at(NOW + MINUTE)).toEqual({ said: ['tocsin_canary 1', 'tocsin_canary_missing 0'], state: 'ok' });
  expect((await at(NOW + 5 * MINUTE)).said).toContain('tocsin_canary 0');
  resolve();
  expect((await at(NOW + DAY - MINUTE)).said).toEqual([]);
  expect((await at(NOW + DAY)).said).toEqual(['tocsin_canary 1']);
});

it('is missed when a receiver did not accept it in time, and well again when it did', async () => {
  const { at, fire } = world();
  const told: { receiver: string; at: number | null; kept: string | null }[] = [
    { receiver: 'mail', at: NOW, kept: null },
    { receiver: 'ops', at: null, kept: null },
  ];
  await at(NOW);
  fire(NOW, told);
  expect((await at(NOW + 15 * MINUTE)).state).toBe('ok');
  const late = await at(NOW + 16 * MINUTE);
  expect(late.said).toContain('tocsin_canary_missing 1');
  expect(late.state).toBe('the canary was not accepted by "ops"');
  told[1] = { receiver: 'ops', at: NOW + 17 * MINUTE, kept: null };
  expect(await at(NOW + 17 * MINUTE)).toMatchObject({
    state: 'ok',
    said: expect.arrayContaining(['tocsin_canary_missing 0']),
  });
});

it('is missed when it is muted, goes nowhere, or is never judged', async () => {
  const late = NOW + 16 * MINUTE;
  const silenced = world();
  silenced.fire(NOW, [{ receiver: 'ops', at: null, kept: 'silence' }]);
  expect((await silenced.at(late)).state).toBe('the canary was not accepted by "ops" (silence)');
  const nowhere = world();
  nowhere.fire(NOW, []);
  expect((await nowhere.at(late)).state).toBe('the canary goes to no receiver');
  expect((await world().at(late)).state).toBe('the canary of the day was not judged');
});

it('ends one of yesterday before it flies anew', async () => {
  const { at, fire, resolve } = world();
  fire(NOW - DAY, [{ receiver: 'ops', at: NOW - DAY, kept: null }]);
  expect((await at(NOW)).said).toContain('tocsin_canary 0');
  resolve();
  expect((await at(NOW + 1)).said).toContain('tocsin_canary 1');
});

it('leaves nothing firing when the setting is taken out', async () => {
  expect(await world({ value: 1 }).at(NOW)).toEqual({
    said: ['tocsin_canary 0', 'tocsin_canary_missing 0'],
    state: undefined,
  });
  expect((await world({}).at(NOW)).said).toEqual([]);
});

it('is not missed while its route may still wait, and waits for no escalation', async () => {
  const { at, fire } = world({ schedule, routeWaits: 30 * MINUTE });
  await at(NOW);
  fire(NOW, [{ receiver: 'mail', at: null, kept: null }]);
  expect((await at(NOW + 44 * MINUTE)).state).toBe('ok');
  expect((await at(NOW + 46 * MINUTE)).state).toBe('the canary was not accepted by "mail"');
  const timers = { groupWait: MINUTE, groupInterval: 30 * MINUTE, repeatInterval: DAY };
  const escalate = [{ after: DAY, receivers: ['boss'] }];
  const route = { ...timers, receivers: ['mail'], groupBy: [], matchers: [], routes: [], continue: false, escalate };
  expect(canaryWait(route)).toBe(30 * MINUTE);
});
