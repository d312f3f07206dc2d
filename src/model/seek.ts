/** How many samples are passed one by one before the rest is halved. */
const STEPS = 8;

interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly at: number;
}

/**
 * The first index in `[first, last)` whose time is later than `at`, else `last`. Looks from `hint` on first: the next answer is
 * mostly near the last one.
 */
export function after(times: Float64Array, { first, last, at }: Stretch, hint = last): number {
  let index = Math.min(last, Math.max(first, hint));
  if (index > first && times[index - 1]! > at) return halve(times, { first, last: index - 1, at });
  for (const limit = Math.min(last, index + STEPS); index < limit; index++) if (times[index]! > at) return index;
  return index === last ? last : halve(times, { first: index, last, at });
}

function halve(times: Float64Array, { first, last, at }: Stretch): number {
  let low = first;
  let high = last;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
