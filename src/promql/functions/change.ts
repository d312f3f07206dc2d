import { valueAt } from '../../model/series.ts';
import { Sum } from '../sums.ts';
import type { Range } from '../value.ts';
import { pairFold } from '../windowed/folds.ts';
import { over, type FunctionTable, type OverFunction } from './definition.ts';

/** How values change within a range. */
export const CHANGE: FunctionTable = {
  changes: ofPairs((a, b) => (a !== b && !(Number.isNaN(a) && Number.isNaN(b)) ? 1 : 0)),
  resets: ofPairs((a, b) => (b < a ? 1 : 0)),
  delta: over((range) => extrapolated(range, 0, false)),
  increase: ofCounter(({ total }) => total),
  rate: ofCounter(({ total, seconds }) => total / seconds),
  idelta: over((range) =>
    range.to - range.from < 2 ? undefined : valueAt(range, range.to - 1) - valueAt(range, range.to - 2),
  ),
  irate: over(instantRate),
  deriv: over((range) => regression(range, range.times[range.from]!)?.slope),
  predict_linear: { kind: 'over', args: ['matrix', 'scalar'], range: 0, apply: predict },
};

type OfPair = (before: number, after: number) => number;

function ofPairs(ofPair: OfPair): OverFunction {
  return over(
    (range) => sumOfPairs(range, ofPair),
    pairFold(ofPair, (whole, at) => whole[at + 2]),
  );
}

function sumOfPairs({ values, from, to }: Range, ofPair: OfPair): number {
  let total = 0;
  for (let index = from + 1; index < to; index++) total += ofPair(values[index - 1]!, values[index]!);
  return total;
}

/** What a counter lost when it started again. */
function lostInReset(before: number, after: number): number {
  return after < before ? before : 0;
}

function ofCounter(value: (grown: { total: number; seconds: number }) => number): OverFunction {
  const grown = (range: Range, lost: number): number | undefined => {
    const total = extrapolated(range, lost, true);
    return total === undefined ? undefined : value({ total, seconds: (range.end - range.start) / 1000 });
  };
  return over(
    (range) => grown(range, sumOfPairs(range, lostInReset)),
    pairFold(lostInReset, (whole, at, { range }) => grown(range(), whole[at + 2]!)),
  );
}

function instantRate(range: Range): number | undefined {
  const { times, from, to } = range;
  if (to - from < 2) return undefined;
  const last = valueAt(range, to - 1);
  const before = valueAt(range, to - 2);
  const increase = last < before ? last : last - before;
  return increase / ((times[to - 1]! - times[to - 2]!) / 1000);
}

/**
 * The change over the whole range: what the samples span, stretched to the ends of the range, but by no more than half a
 * sample interval where samples begin late or end early, and for a counter not to below zero.
 */
function extrapolated(range: Range, lost: number, counter: boolean): number | undefined {
  const { times, from, to, start, end } = range;
  if (to - from < 2) return undefined;
  const first = valueAt(range, from);
  const change = valueAt(range, to - 1) - first + lost;
  const span = times[to - 1]! - times[from]!;
  const interval = span / (to - from - 1);
  const reach = (gap: number): number => (gap >= interval * 1.1 ? interval / 2 : gap);
  let before = reach(times[from]! - start);
  if (counter && change > 0 && first >= 0) before = Math.min(before, span * (first / change));
  return change * ((span + before + reach(end - times[to - 1]!)) / span);
}

/** Least squares: the slope per second and the value at `origin` (unix ms). */
function regression({ times, values, from, to }: Range, origin: number): { slope: number; value: number } | undefined {
  const count = to - from;
  if (count < 2) return undefined;
  const [x, y, xy, xx] = [new Sum(), new Sum(), new Sum(), new Sum()];
  let constant = true;
  for (let index = from; index < to; index++) {
    const seconds = (times[index]! - origin) / 1000;
    const value = values[index]!;
    constant &&= value === values[from]!;
    x.add(seconds);
    y.add(value);
    xy.add(seconds * value);
    xx.add(seconds * seconds);
  }
  if (constant && Number.isFinite(values[from]!)) return { slope: 0, value: values[from]! };
  if (constant) return { slope: NaN, value: NaN };
  const slope = (xy.value - (x.value * y.value) / count) / (xx.value - (x.value * x.value) / count);
  return { slope, value: y.value / count - (slope * x.value) / count };
}

function predict(range: Range, seconds: number): number | undefined {
  const line = regression(range, range.now);
  return line && line.slope * seconds + line.value;
}
