import { FOR_EVER, isFresh, lastAt } from '../model/series.ts';
import type { SeriesWindow } from '../model/series.ts';
import type { OwnSample } from '../model/stored.ts';
import { leafInstant } from '../promql/index.ts';
import type { Leaf } from '../promql/index.ts';

/** When a recorded value was true, and how long it stands. */
type Freshness = Pick<OwnSample, 'at' | 'maxAge'>;

/** ms for which a value that rests on no series stands. */
export const WITHOUT_INPUTS = 300_000;

/** As old as the oldest input, and stale with the first. An expression without inputs is as true as the instant it was evaluated at. */
export function freshnessOfAll(inputs: readonly (readonly SeriesWindow[])[], now: number): Freshness {
  let oldest = Infinity;
  let until = Infinity;
  for (const series of inputs) {
    for (const one of series) {
      oldest = Math.min(oldest, trueAt(one));
      until = Math.min(until, endOf(one));
    }
  }
  if (until === Infinity) return { at: now, maxAge: WITHOUT_INPUTS };
  const at = Math.min(now, oldest);
  return { at, maxAge: until - at };
}

/**
 * For `missing: drop` a selector is as good as its newest fresh series, and holds as long as any of them is fresh; one of several
 * alternatives (`or`) may have none (docs/decisions/0025). `undefined` when a selector that is needed has none.
 */
export function freshnessOfAny(
  leaves: readonly Leaf[],
  inputs: readonly (readonly SeriesWindow[])[],
  now: number,
): Freshness | undefined {
  let at = now;
  let needed = Infinity;
  let spare = -Infinity;
  let known = 0;
  for (const [index, leaf] of leaves.entries()) {
    const series = inputs[index]!;
    if (leaf.exempt || series.length === 0) continue;
    known++;
    const fresh = newest(series, leafInstant(leaf, now));
    if (fresh === undefined && !leaf.optional) return undefined;
    if (fresh === undefined) continue;
    at = Math.min(at, fresh.at);
    if (leaf.optional) spare = Math.max(spare, fresh.end);
    else needed = Math.min(needed, fresh.end);
  }
  if (known === 0) return { at: now, maxAge: WITHOUT_INPUTS };
  const end = needed < Infinity ? needed : spare;
  return end === -Infinity ? undefined : { at, maxAge: end - at };
}

/** Of the fresh ones the newest sample's time and the last moment at which any is fresh. */
function newest(series: readonly SeriesWindow[], now: number): { at: number; end: number } | undefined {
  let at = -Infinity;
  let end = -Infinity;
  for (const one of series) {
    if (!isFresh(one, now)) continue;
    at = Math.max(at, trueAt(one));
    end = Math.max(end, endOf(one));
  }
  return end === -Infinity ? undefined : { at, end };
}

/** Unix ms; what holds for ever is true at any time, and holds back nothing that rests on it (docs/decisions/0031). */
function trueAt(series: SeriesWindow): number {
  return series.maxAge >= FOR_EVER && lastAt(series) > -Infinity ? Infinity : lastAt(series);
}

function endOf(series: SeriesWindow): number {
  return lastAt(series) + series.maxAge;
}
