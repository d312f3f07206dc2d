import { formatDuration } from '../../model/duration.ts';
import type { ScannedLogs } from '../../model/logs.ts';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Blocks that may be unscanned while sums are told. */
export const NEAR = 100;

/** As label `window`: a day is `24h`, as references write it. */
export function windowLabel(window: number): string {
  return window % HOUR === 0 ? `${window / HOUR}h` : formatDuration(window);
}

/** Names that a scan over one pool or token can have: the pairs of eight coins, in and out. */
const MOST_NAMES = 200;

/** A sum of a scan; 0 where no log added to it. */
export async function totalOf(scanned: ScannedLogs, name: string): Promise<bigint> {
  const sums = await scanned.largest(MOST_NAMES);
  return sums.find((sum) => sum.name === name)?.amount ?? 0n;
}
