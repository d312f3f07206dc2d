import { describe, test } from 'vitest';
import { redisMissing } from '../support/redis.ts';
import { runSeed } from './kills.ts';

const missing = redisMissing();
if (missing !== undefined) console.info(missing);

/** Until a claim of a killed worker expires, nobody may tell in its place: such a run takes a minute longer. */
const PATIENCE = 300_000;

// Both replays mostly wait, so they run side by side.
describe.concurrent('a worker killed and asked to end in the middle of a replay', () => {
  const short = { from: '2025-11-03T11:00:00Z', to: '2025-11-03T14:00:00Z', kills: 1, stops: 1 };

  test(
    'with its queue in the database tells each change to each receiver',
    { timeout: PATIENCE },
    async ({ expect: expectHere }) => {
      const { tellings, lost, unexplained } = await runSeed({ ...short, seed: 5, queue: 'postgres', flushes: 0 });
      expectHere({ lost, unexplained }).toEqual({ lost: 0, unexplained: 0 });
      expectHere(tellings).toBeGreaterThan(0);
    },
  );

  test.skipIf(missing !== undefined)(
    'with its queue on Redis, which forgets everything, tells each change to each receiver',
    { timeout: PATIENCE },
    async ({ expect: expectHere }) => {
      const { tellings, lost, unexplained } = await runSeed({ ...short, seed: 6, queue: 'redis', flushes: 1 });
      expectHere({ lost, unexplained }).toEqual({ lost: 0, unexplained: 0 });
      expectHere(tellings).toBeGreaterThan(0);
    },
  );
});
