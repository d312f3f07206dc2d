import { expect, it } from 'vitest';
import { createDigest } from '../../src/jobs/digest.ts';
import { NotifyError } from '../../src/model/notification.ts';
import type { Notifier } from '../../src/model/notification.ts';
import { MINUTE, NOW } from '../rules/world.ts';

function world() {
  const state = { now: NOW, refuses: false };
  const used = new Map<string, number>();
  const sent: string[] = [];
  const logged: string[] = [];
  const notifier: Notifier = {
    send: async () => undefined,
    digest: async ({ title }) => {
      if (state.refuses) throw new NotifyError('not now', { retryable: true });
      sent.push(title);
    },
  };
  const replica = () =>
    createDigest({
      digest: { minute: 12 * 60, every: 'daily', timezone: 'UTC', receivers: ['ops'] },
      store: {
        isUsed: async (key, now) => (used.get(key) ?? 0) >= now,
        useOnce: async (key, { until, now }) => {
          if ((used.get(key) ?? 0) >= now) return false;
          used.set(key, until);
          return true;
        },
      },
      notifiers: new Map([['ops', notifier]]),
      compose: async (from, slot) => ({
        id: 'd',
        title: `${(slot - from) / 3_600_000} h to ${slot - NOW}`,
        sections: [],
      }),
      now: () => state.now,
      machineNow: () => state.now,
      log: (_level, { receiver }, message) => void logged.push(`${receiver as string}: ${message}`),
    });
  return { state, sent, logged, replica };
}

it('is sent once by all replicas, at each time', async () => {
  const { state, sent, replica } = world();
  const replicas = [replica(), replica(), replica()];
  const tick = async () => Promise.all(replicas.map(async (each) => each()));
  await tick();
  state.now += 5 * MINUTE;
  await tick();
  await replica()();
  expect(sent).toEqual(['24 h to 0']);
  state.now = NOW + 24 * 60 * MINUTE;
  await tick();
  expect(sent).toEqual(['24 h to 0', '24 h to 86400000']);
});

it('is tried again each minute, by whichever replica lives', async () => {
  const { state, sent, logged, replica } = world();
  state.refuses = true;
  const first = replica();
  await first();
  await first();
  expect(logged).toEqual(['ops: the digest was not accepted; it is tried again']);
  state.refuses = false;
  state.now += MINUTE + 1;
  await replica()();
  await first();
  expect(sent).toHaveLength(1);
});

it('is left to the next one when it is six hours late', async () => {
  const { state, sent, replica } = world();
  state.now += 6 * 60 * MINUTE + 1;
  await replica()();
  expect(sent).toEqual([]);
});
