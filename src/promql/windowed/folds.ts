import type { Fold } from './fold.ts';

/** A sum with its rounding errors (Neumaier): sum, lost. */
const SUM: Omit<Fold, 'value'> = {
  size: 2,
  start: (value, into, at) => {
    into[at] = 0 + value;
    into[at + 1] = 0;
  },
  append: ({ values, from, to }, into, at) => {
    let sum = into[at]!;
    let lost = into[at + 1]!;
    for (let index = from; index < to; index++) {
      const value = values[index]!;
      const next = sum + value;
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sum = next;
    }
    into[at] = sum;
    into[at + 1] = lost;
  },
  join: (into, at, part, from) => {
    const sum = into[at]!;
    const value = part[from]!;
    const next = sum + value;
    const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    into[at] = next;
    into[at + 1] = into[at + 1]! + lost + part[from + 1]!;
  },
};

/** An overflow, an infinity or a NaN among the samples leaves the order of the sums to tell. */
function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

export const sumFold: Fold = { ...SUM, value: (whole, at) => finite(whole[at]! + whole[at + 1]!) };

export const meanFold: Fold = {
  ...SUM,
  value: (whole, at, { count }) => finite((whole[at]! + whole[at + 1]!) / count),
};

/** Count, mean and squared distances (Welford within a part; Chan, Golub and LeVeque between parts). */
const MOMENTS: Omit<Fold, 'value'> = {
  size: 3,
  start: (value, into, at) => {
    into[at] = 1;
    into[at + 1] = value;
    // Nothing, or NaN for what is not finite.
    into[at + 2] = value - value;
  },
  append: ({ values, from, to }, into, at) => {
    let count = into[at]!;
    let mean = into[at + 1]!;
    let squares = into[at + 2]!;
    for (let index = from; index < to; index++) {
      const distance = values[index]! - mean;
      mean += distance / ++count;
      squares += distance * (values[index]! - mean);
    }
    into[at] = count;
    into[at + 1] = mean;
    into[at + 2] = squares;
  },
  join: (into, at, part, from) => {
    const before = into[at]!;
    const added = part[from]!;
    const count = before + added;
    const distance = part[from + 1]! - into[at + 1]!;
    into[at] = count;
    into[at + 1] = into[at + 1]! + distance * (added / count);
    into[at + 2] = into[at + 2]! + part[from + 2]! + distance * distance * ((before * added) / count);
  },
};

export const varianceFold: Fold = { ...MOMENTS, value: (whole, at) => finite(whole[at + 2]! / whole[at]!) };

export const deviationFold: Fold = { ...MOMENTS, value: (whole, at) => finite(Math.sqrt(whole[at + 2]! / whole[at]!)) };

export const minFold = extremeFold((value, best) => value < best);

export const maxFold = extremeFold((value, best) => value > best);

/** NaN is the last resort. */
function extremeFold(better: (value: number, best: number) => boolean): Fold {
  return {
    size: 1,
    start: (value, into, at) => {
      into[at] = value;
    },
    append: ({ values, from, to }, into, at) => {
      let best = into[at]!;
      for (let index = from; index < to; index++) {
        const value = values[index]!;
        if (better(value, best) || Number.isNaN(best)) best = value;
      }
      into[at] = best;
    },
    join: (into, at, part, from) => {
      if (better(part[from]!, into[at]!) || Number.isNaN(into[at])) into[at] = part[from]!;
    },
    value: (whole, at) => whole[at],
  };
}

/** Adds up something of each pair of neighbours: first, last, total. */
export function pairFold(ofPair: (before: number, after: number) => number, value: Fold['value']): Fold {
  return {
    size: 3,
    start: (first, into, at) => {
      into[at] = first;
      into[at + 1] = first;
      into[at + 2] = 0;
    },
    append: ({ values, from, to }, into, at) => {
      let last = into[at + 1]!;
      let total = into[at + 2]!;
      for (let index = from; index < to; index++) {
        total += ofPair(last, values[index]!);
        last = values[index]!;
      }
      into[at + 1] = last;
      into[at + 2] = total;
    },
    join: (into, at, part, from) => {
      into[at + 2] = into[at + 2]! + ofPair(into[at + 1]!, part[from]!) + part[from + 2]!;
      into[at + 1] = part[from + 1]!;
    },
    value,
  };
}
