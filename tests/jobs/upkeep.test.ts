import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, it, vi } from 'vitest';
import { startUpkeep } from '../../src/jobs/upkeep.ts';
import { freshStore } from '../support/postgres.ts';

const NOW = Date.UTC(2026, 2, 1, 12);

it('makes the partitions of the day before it returns', async () => {
  const { store, url, drop } = await freshStore();
  const stop = await startUpkeep({
    maintain: async () => store.maintain(NOW),
    onError: (error) => {
      throw error;
    },
  });
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  const { rows } = await client.query(`select to_regclass('tocsin.samples_20260301') is not null as made`);
  expect(rows).toEqual([{ made: true }]);
  await client.end();
  await stop();
  await drop();
});

it('tells a failure, tries again, and waits for what runs when it stops', async () => {
  const failures: unknown[] = [];
  let begun = 0;
  let done = 0;
  const stop = await startUpkeep({
    maintain: async () => {
      if (begun++ === 0) throw new Error('disk full');
      await sleep(50);
      done++;
    },
    onError: (error) => failures.push(error),
    every: 5,
  });
  expect(failures).toEqual([new Error('disk full')]);
  // One failed, one is running.
  await vi.waitFor(() => expect(begun).toBe(done + 2), { interval: 5 });
  await stop();
  expect(done).toBe(begun - 1);
});
