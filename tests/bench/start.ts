import { setTimeout as sleep } from 'node:timers/promises';
import { figure, percentile } from './figure.ts';
import { setBench } from './stage.ts';
import { watching } from './values.ts';

const LIMIT = 5;

/** Seconds from the process's start to its first stored sample, the private database initialised before. */
export async function measureStart(runs: number): Promise<void> {
  const stage = await setBench({ run: false, rules: (world) => watching(world, 100, [1]) });
  const listening: number[] = [];
  const stored: number[] = [];
  try {
    for (let run = 0; run <= runs; run++) {
      const started = Date.now();
      const worker = await stage.start();
      const listens = Date.now();
      const has = async () => (await worker.status()).sources.some(({ lastOkAt = 0 }) => lastOkAt > started);
      while (!(await has())) await sleep(20);
      // The first run initialises the database.
      if (run > 0) {
        listening.push((listens - started) / 1000);
        stored.push((Date.now() - started) / 1000);
      }
      await worker.kill('SIGTERM');
    }
    figure('start_to_dashboard_seconds', percentile(listening, 0.5), { runs });
    figure('start_to_first_sample_seconds', percentile(stored, 0.5), { runs, limit: LIMIT });
    figure('start_to_first_sample_max_seconds', Math.max(...stored), { runs });
  } finally {
    await stage.close();
  }
}
