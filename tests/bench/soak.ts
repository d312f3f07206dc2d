import { setTimeout as sleep } from 'node:timers/promises';
import { figure, slope } from './figure.ts';
import { databaseCpu, memoryOf, scrape, setBench } from './stage.ts';
import { watching } from './values.ts';

const LIMIT_MB = 300;
const MB = 1024 * 1024;

/** Memory of the worker over time with this many series at cadences from 1 s to 15 s. */
export async function soak(series: number, minutes: number): Promise<void> {
  const stage = await setBench({ rules: (world) => watching(world, series, [1, 5, 15]) });
  const points: [number, number][] = [];
  const started = Date.now();
  try {
    let lines = await scrape(stage.worker());
    while (Date.now() - started < minutes * 60_000) {
      await sleep(5000);
      lines = await scrape(stage.worker());
      points.push([(Date.now() - started) / 60_000, memoryOf(stage.worker().pid).rss]);
    }
    const seconds = (Date.now() - started) / 1000;
    const about = { series, minutes };
    figure('rss_mb', points.at(-1)![1], { ...about, limit: LIMIT_MB });
    figure('rss_max_mb', Math.max(...points.map(([, mb]) => mb)), about);
    figure('rss_slope_mb_per_minute', slope(points.slice(points.length / 2)), about);
    figure('heap_used_mb', lines('tocsin_nodejs_heap_size_used_bytes') / MB, about);
    figure('worker_cpu_share', lines('tocsin_process_cpu_seconds_total') / seconds, about);
    figure('database_cpu_share', databaseCpu(stage.folder) / seconds, about);
    figure('event_loop_lag_p99_ms', lines('tocsin_nodejs_eventloop_lag_p99_seconds') * 1000, about);
  } finally {
    await stage.close();
  }
}
