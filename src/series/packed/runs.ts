import { readDouble, STRETCH, writeDouble, type Form } from './form.ts';

/** Of a run: its value, and the index after its last sample. */
const BYTES = 9;

/** Indexes after the last sample of each run. */
const ends = new Uint8Array(STRETCH);
let count = 0;

/** Runs of one value, as of a price that stands still: how many, then each. */
export const runs: Form = {
  measure: ({ halves }) => {
    count = 0;
    for (let index = 1; index < STRETCH; index++) {
      const isSame = halves[2 * index] === halves[2 * index - 2] && halves[2 * index + 1] === halves[2 * index - 1];
      if (!isSame) ends[count++] = index;
    }
    ends[count++] = STRETCH;
    return 1 + BYTES * count;
  },
  write: ({ values }, into, at) => {
    into[at] = count;
    for (let run = 0; run < count; run++) {
      const place = at + 1 + BYTES * run;
      writeDouble(values[ends[run]! - 1]!, into, place);
      into[place + 8] = ends[run]!;
    }
  },
  read: (from, at, { first, last, into, to }) => {
    let place = at + 1;
    for (let index = first; index < last; place += BYTES) {
      const end = Math.min(last, from[place + 8]!);
      if (end <= index) continue;
      const value = readDouble(from, place);
      while (index < end) into[to + index++ - first] = value;
    }
  },
};
