import { readDouble, STRETCH, writeDouble, type Form } from './form.ts';
import { readWhole, widthOf, writeWhole } from './wholes.ts';

/** Digits after the point, bytes of a sample, the least. */
const HEAD = 10;

/** A whole number below 2^53 divided by one of these is the double next to that decimal. */
const POWERS = Float64Array.from({ length: 15 }, (_, digits) => Number(`1e${digits}`));

/** Two whole numbers up to here differ by one that is a double too. */
const MOST = 2 ** 52;

/** The values in units of the last digit. */
const wholes = new Float64Array(STRETCH);
let digits = 0;
let least = 0;
let width = 0;

/** Decimals of few digits: how far each is above the least, in units of the last digit. */
export const decimals: Form = {
  measure: ({ values }) => {
    digits = 0;
    while (digits < POWERS.length && !areWhole(values, POWERS[digits]!)) digits++;
    if (digits === POWERS.length) return Infinity;
    let most = wholes[0]!;
    least = most;
    for (const whole of wholes) {
      if (whole < least) least = whole;
      if (whole > most) most = whole;
    }
    width = widthOf(most - least);
    return HEAD + width * STRETCH;
  },
  write: (_, into, at) => {
    into[at] = digits;
    into[at + 1] = width;
    writeDouble(least, into, at + 2);
    for (let index = 0; index < STRETCH; index++)
      writeWhole(wholes[index]! - least, width, into, at + HEAD + width * index);
  },
  read: (from, at, { first, last, into, to }) => {
    const power = POWERS[from[at]!]!;
    const bytes = from[at + 1]!;
    const lowest = readDouble(from, at + 2);
    for (let index = first; index < last; index++)
      into[to + index - first] = (lowest + readWhole(from, at + HEAD + bytes * index, bytes)) / power;
  },
};

/** Whether each value is a whole number divided by this power, to the last bit; a zero below zero, what is not finite and NaN are not. */
function areWhole(values: Float64Array, power: number): boolean {
  for (let index = 0; index < STRETCH; index++) {
    const value = values[index]!;
    const whole = Math.round(value * power);
    if (whole / power !== value || whole > MOST || whole < -MOST || (whole === 0 && 1 / value < 0)) return false;
    wholes[index] = whole;
  }
  return true;
}
