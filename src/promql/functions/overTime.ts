import { valueAt } from '../../model/series.ts';
import { Mean, quantile, quantileOfSorted, Sum, Variance } from '../sums.ts';
import type { Range } from '../value.ts';
import { deviationFold, maxFold, meanFold, minFold, sumFold, varianceFold } from '../windowed/folds.ts';
import { over, type FunctionTable } from './definition.ts';

/** The `*_over_time` family: one value of all samples in a range. */
export const OVER_TIME: FunctionTable = {
  sum_over_time: over((range) => fold(range, new Sum()), sumFold),
  avg_over_time: over((range) => fold(range, new Mean()), meanFold),
  stdvar_over_time: over((range) => fold(range, new Variance()), varianceFold),
  stddev_over_time: over((range) => Math.sqrt(fold(range, new Variance())), deviationFold),
  min_over_time: over((range) => extreme(range, (value, best) => value < best), minFold),
  max_over_time: over((range) => extreme(range, (value, best) => value > best), maxFold),
  count_over_time: over(({ from, to }) => to - from),
  present_over_time: over(() => 1),
  last_over_time: { ...over((range) => valueAt(range, range.to - 1)), keepsName: true },
  quantile_over_time: {
    kind: 'over',
    args: ['scalar', 'matrix'],
    range: 1,
    apply: ({ values, from, to }, phi) => quantile(phi, values.subarray(from, to)),
    ofSorted: (sorted, phi) => quantileOfSorted(phi, sorted),
  },
};

function fold({ values, from, to }: Range, running: { add: (value: number) => void; readonly value: number }): number {
  for (let index = from; index < to; index++) running.add(values[index]!);
  return running.value;
}

function extreme({ values, from, to }: Range, better: (value: number, best: number) => boolean): number {
  let best = values[from]!;
  for (let index = from + 1; index < to; index++) {
    const value = values[index]!;
    if (better(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}
