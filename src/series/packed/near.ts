import { STRETCH, type Form } from './form.ts';
import { readWhole, widthOf, writeWhole } from './wholes.ts';

/** Bytes of the upper half of a sample, the least upper half. */
const HEAD = 5;

const HALF = 4;

const one = new Float64Array(1);
const halvesOfOne = new Uint32Array(one.buffer);

let least = 0;
let width = 0;

/** Values near to each other, which have sign, exponent and first digits in common: how far the upper half of each is above the least, and its lower half. */
export const near: Form = {
  measure: ({ halves }) => {
    let most = halves[1]!;
    least = most;
    for (let index = 3; index < halves.length; index += 2) {
      const upper = halves[index]!;
      if (upper < least) least = upper;
      if (upper > most) most = upper;
    }
    width = widthOf(most - least);
    return HEAD + (width + HALF) * STRETCH;
  },
  write: ({ halves }, into, at) => {
    into[at] = width;
    writeWhole(least, HALF, into, at + 1);
    for (let index = 0; index < STRETCH; index++) {
      const place = at + HEAD + (width + HALF) * index;
      writeWhole(halves[2 * index + 1]! - least, width, into, place);
      writeWhole(halves[2 * index]!, HALF, into, place + width);
    }
  },
  read: (from, at, { first, last, into, to }) => {
    const bytes = from[at]!;
    const lowest = readWhole(from, at + 1, HALF);
    for (let index = first; index < last; index++) {
      const place = at + HEAD + (bytes + HALF) * index;
      halvesOfOne[1] = lowest + readWhole(from, place, bytes);
      halvesOfOne[0] = readWhole(from, place + bytes, HALF);
      into[to + index - first] = one[0]!;
    }
  },
};
