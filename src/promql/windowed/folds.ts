import type { Fold } from './fold.ts';

/** A sum with its rounding errors (Neumaier): sum, lost. */
const SUM: Omit<Fold, 'value'> = {
  size: 2,
  scan: ({ values, from, to }, into, at) => {
    let sum = 0;
    let lost = 0;
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

export const sumFold: Fold = { ...SUM, value: (whole) => finite(whole[0]! + whole[1]!) };

export const meanFold: Fold = {
  ...SUM,
  value: (whole, { from, to }) => finite((whole[0]! + whole[1]!) / (to - from)),
};

/** Count, mean and squared distances (Welford within a part; Chan, Golub and LeVeque between parts). */
const MOMENTS: Omit<Fold, 'value'> = {
  size: 3,
  scan: ({ values, from, to }, into, at) => {
    let mean = 0;
    let squares = 0;
    for (let index = from; index < to; index++) {
      const distance = values[index]! - mean;
      mean += distance / (index - from + 1);
      squares += distance * (values[index]! - mean);
    }
    into[at] = to - from;
    into[at + 1] = mean;
    into[at + 2] = squares;
  },
  join: (into, at, part, from) => {
    const [before, added] = [into[at]!, part[from]!];
    const count = before + added;
    const distance = part[from + 1]! - into[at + 1]!;
    into[at] = count;
    into[at + 1] = into[at + 1]! + distance * (added / count);
    into[at + 2] = into[at + 2]! + part[from + 2]! + distance * distance * ((before * added) / count);
  },
};

export const varianceFold: Fold = { ...MOMENTS, value: (whole) => finite(whole[2]! / whole[0]!) };

export const deviationFold: Fold = { ...MOMENTS, value: (whole) => finite(Math.sqrt(whole[2]! / whole[0]!)) };

export const minFold = extremeFold((value, best) => value < best);

export const maxFold = extremeFold((value, best) => value > best);

/** NaN is the last resort. */
function extremeFold(better: (value: number, best: number) => boolean): Fold {
  return {
    size: 1,
    scan: ({ values, from, to }, into, at) => {
      let best = values[from]!;
      for (let index = from + 1; index < to; index++) {
        const value = values[index]!;
        if (better(value, best) || Number.isNaN(best)) best = value;
      }
      into[at] = best;
    },
    join: (into, at, part, from) => {
      if (better(part[from]!, into[at]!) || Number.isNaN(into[at])) into[at] = part[from]!;
    },
    value: (whole) => whole[0],
  };
}

/** Adds up something of each pair of neighbours: first, last, total. */
export function pairFold(ofPair: (before: number, after: number) => number, value: Fold['value']): Fold {
  return {
    size: 3,
    scan: ({ values, from, to }, into, at) => {
      let total = 0;
      for (let index = from + 1; index < to; index++) total += ofPair(values[index - 1]!, values[index]!);
      into[at] = values[from]!;
      into[at + 1] = values[to - 1]!;
      into[at + 2] = total;
    },
    join: (into, at, part, from) => {
      into[at + 2] = into[at + 2]! + ofPair(into[at + 1]!, part[from]!) + part[from + 2]!;
      into[at + 1] = part[from + 1]!;
    },
    value,
  };
}
