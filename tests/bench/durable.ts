import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPrivatePostgres } from '../../src/io/postgres.ts';
import { NAME } from '../../src/model/labels.ts';
import type { Store } from '../../src/model/store.ts';
import { openStore } from '../../src/store/index.ts';
import { figure, percentile } from './figure.ts';
import { databaseCpu } from './stage.ts';
import { labelsOf, METRICS, MINUTE, valueOf, type Size } from './workload.ts';

const MAX_AGE = 5 * MINUTE;

/** What it takes to write one round's samples durably, as the worker does: the readings of each metric's source in a transaction of their own. */
export async function measureDurable(size: Size, rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-durable-'));
  const database = await openPrivatePostgres({ data: join(folder, 'data'), log: silent, exclusive: true });
  const store = await openStore({ url: database.url, log: silent });
  try {
    const minute = Math.floor(Date.now() / MINUTE) - rounds;
    // The first round makes the series.
    await write(store, size, minute);
    const before = { own: process.cpuUsage(), database: databaseCpu(folder) };
    const spent: number[] = [];
    for (let round = 1; round <= rounds; round++) spent.push(await write(store, size, minute + round));
    const { user, system } = process.cpuUsage(before.own);
    const about = {
      ...{ samples: size.series, rounds, transactions: METRICS.length },
      own_cpu_ms: (user + system) / 1000 / rounds,
      database_cpu_ms: ((databaseCpu(folder) - before.database) * 1000) / rounds,
    };
    figure('durable_write_p50_ms', percentile(spent, 0.5), about);
    figure('durable_write_p99_ms', percentile(spent, 0.99), about);
  } finally {
    await store.close();
    await database.stop();
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds from the first statement to the last commit. */
async function write(store: Store, size: Size, minute: number): Promise<number> {
  const at = minute * MINUTE;
  const readings = METRICS.map((metric) => ({
    ...{ source: metric, seenAt: at, tookMs: 1, origin: {}, maxAge: MAX_AGE },
    samples: Array.from({ length: size.series }, (_, series) => series)
      .filter((series) => METRICS[series % METRICS.length] === metric)
      .map((series) => {
        const { [NAME]: _name, ...labels } = labelsOf(series, size);
        return { metric, labels, at, value: valueOf(series, minute) };
      }),
  }));
  const started = performance.now();
  await Promise.all(readings.map(async (reading) => store.saveReadings([reading])));
  return performance.now() - started;
}

function silent(): void {}
