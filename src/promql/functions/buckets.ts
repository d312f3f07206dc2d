/** A cumulative bucket of a classic histogram: how many observations were at most `bound`. */
export interface Bucket {
  readonly bound: number;
  readonly count: number;
}

/** Counts that differ by less than this share are the same but for rounding. */
const TOLERANCE = 1e-12;
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** The φ-quantile, linear within a bucket; NaN without a `+Inf` bucket or without observations. */
export function quantileOf(phi: number, unordered: readonly Bucket[]): number {
  if (Number.isNaN(phi)) return NaN;
  if (phi < 0) return -Infinity;
  if (phi > 1) return Infinity;
  const buckets = monotonic(merged(unordered));
  const last = buckets.at(-1);
  if (buckets.length < 2 || last?.bound !== Infinity || last.count === 0 || Number.isNaN(last.count)) return NaN;
  return valueAt(phi * last.count, buckets);
}

/** The value below which `rank` observations lie. */
function valueAt(rank: number, buckets: readonly Bucket[]): number {
  const found = buckets.findIndex(({ count }) => count >= rank);
  if (found === buckets.length - 1) return buckets[found - 1]!.bound;
  const { bound, count } = buckets[found]!;
  if (found === 0 && bound <= 0) return bound;
  const below = found === 0 ? { bound: 0, count: 0 } : buckets[found - 1]!;
  return below.bound + (bound - below.bound) * ((rank - below.count) / (count - below.count));
}

/** The share of observations between two values, linear within a bucket; NaN without a `+Inf` bucket or without observations. */
export function fractionOf(lower: number, upper: number, unordered: readonly Bucket[]): number {
  const buckets = merged(unordered);
  const last = buckets.at(-1);
  if (last?.bound !== Infinity || last.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / last.count;
}

/** How many observations are below a value. Within a bucket without an end nothing is known: none of `+Inf`, all of `-Inf`. */
function rankOf(value: number, buckets: readonly Bucket[]): number {
  let below: Bucket = { bound: buckets[0]!.bound > 0 ? 0 : -Infinity, count: 0 };
  for (const bucket of buckets) {
    if (below.bound >= value) break;
    if (bucket.bound > value) return within(value, below, bucket);
    below = bucket;
  }
  return Math.min(below.count, buckets.at(-1)!.count);
}

function within(value: number, below: Bucket, bucket: Bucket): number {
  if (below.bound === -Infinity) return bucket.count;
  return below.count + ((bucket.count - below.count) * (value - below.bound)) / (bucket.bound - below.bound);
}

/** In order, those with equal bounds added up. */
function merged(buckets: readonly Bucket[]): readonly Bucket[] {
  const counts = new Map<number, number>();
  for (const { bound, count } of buckets.toSorted((a, b) => (a.bound < b.bound ? -1 : 1))) {
    counts.set(bound, (counts.get(bound) ?? 0) + count);
  }
  return Array.from(counts, ([bound, count]) => ({ bound, count }));
}

/** Buckets of one instant may come from several scrapes: a count never falls below the one before it. */
function monotonic(buckets: readonly Bucket[]): readonly Bucket[] {
  let most = buckets[0]?.count ?? 0;
  return buckets.map(({ bound, count }) => {
    if (count > most && !isAlmost(count, most)) most = count;
    return { bound, count: Number.isNaN(count) ? count : most };
  });
}

function isAlmost(a: number, b: number): boolean {
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0) return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < TOLERANCE;
}
