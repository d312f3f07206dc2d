import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Pool } from 'pg';
import { labelsKey, NAME } from '../../src/model/labels.ts';
import { measureTold, type Burst } from './burst.ts';
import { startPosting } from './posting.ts';
import { withDatabase } from './stage.ts';

/** The group is judged at every full ten seconds: ms. */
const INTERVAL = 10_000;
/** Samples are there this long before it: ms. */
const AHEAD = 3000;
/** What the first time that a rule is judged may take: ms. */
const FIRST_TIME = 1;

/**
 * Seconds until the last of many alerts is told of which the rules of one group find every one at the same instant, from that instant: each
 * rule reads the price of one asset, all of which fall at once.
 */
export async function measureFall(burst: Burst): Promise<void> {
  const stage = await startPosting(burst, rulesOf(burst.alerts));
  try {
    await withDatabase(stage.folder, async (pool) => {
      const fall = await writer(pool, burst);
      await fall(1);
      // Judged as well before, and what that makes is stored.
      await sleep(2 * INTERVAL + burst.alerts * FIRST_TIME);
      await measureTold(stage, { ...burst, name: 'fall' }, async () => {
        await until(AHEAD);
        await fall(0.9);
        const left = INTERVAL - (Date.now() % INTERVAL);
        return performance.now() + left;
      });
    });
  } finally {
    await stage.close();
  }
}

/** Waits until so many ms before a full interval. */
async function until(ahead: number): Promise<void> {
  const now = Date.now();
  const next = Math.ceil((now + ahead) / INTERVAL) * INTERVAL;
  await sleep(next - ahead - now);
}

function rulesOf(count: number): string {
  const rules = Array.from({ length: count }, (_, index) => ({
    alert: `Depeg${index}`,
    expr: `price{entity="e${index}"} < 0.995`,
    labels: { severity: 'warning' },
    annotations: {
      summary: 'entity {{ $labels.entity }} is off its peg at {{ $value }}',
      description: 'price of entity {{ $labels.entity }} on chain {{ $labels.chain }} is under 0.995',
    },
  }));
  return stringify({ groups: [{ name: 'fall', interval: '10s', rules }] });
}

/** Writes the price of every entity. */
async function writer(pool: Pool, { alerts, groups }: Burst): Promise<(price: number) => Promise<void>> {
  const all = Array.from({ length: alerts }, (_, index) => {
    return { [NAME]: 'price', chain: `c${index % 7}`, entity: `e${index}`, protocol: `p${index % groups}` };
  });
  await pool.query(
    `insert into tocsin.series (key, metric, labels, max_age, last_at, last_value)
     select key, 'price', labels::jsonb, 900000, $3, 1 from unnest($1::text[], $2::text[]) as w(key, labels)`,
    [all.map(labelsKey), all.map((labels) => JSON.stringify(labels)), Date.now()],
  );
  return async (price) => {
    await pool.query(
      `insert into tocsin.samples (series_id, at, seen_at, value) select id, $1, $1, $2 from tocsin.series where metric = 'price'`,
      [Date.now(), price],
    );
  };
}
