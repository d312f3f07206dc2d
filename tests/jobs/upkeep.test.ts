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
  const done: number[] = [];
  const failures: unknown[] = [];
  const stop = await startUpkeep({
    maintain: async () => {
      if (failures.length === 0) throw new Error('disk full');
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
      done.push(1);
    },
    onError: (error) => failures.push(error),
    every: 5,
  });
  await vi.waitFor(() => expect(done.length).toBeGreaterThan(1));
  const before = done.length;
  await stop();
  const stopped = done.length;
  expect(failures).toEqual([new Error('disk full')]);
  expect(stopped).toBeGreaterThan(before);
});
