import { decimals } from './decimals.ts';
import { STRETCH, Stretch, type Form, type Part } from './form.ts';
import { near } from './near.ts';
import { plain } from './plain.ts';
import { runs } from './runs.ts';

/** Each by its place here, which is written before a stretch. */
const FORMS: readonly Form[] = [runs, decimals, near, plain];

/** Before each stretch: its form, and how many bytes it takes with this. */
const HEAD = 3;

/** When a stretch takes so few bytes, nothing shorter is looked for. */
const SHORT = 2 * STRETCH;

/** Bytes of the longest stretch. */
export const MOST_BYTES = HEAD + 8 * STRETCH;

const stretch = new Stretch();

/** Writes a stretch of samples at `at` in its shortest form; returns where it ends. */
export function pack(values: Float64Array, into: Uint8Array, at: number): number {
  stretch.values.set(values);
  let shortest = 0;
  let least = Infinity;
  for (let form = 0; form < FORMS.length && least > SHORT; form++) {
    const size = FORMS[form]!.measure(stretch);
    if (size < least) shortest = form;
    least = Math.min(size, least);
  }
  const length = HEAD + least;
  into[at] = shortest;
  into[at + 1] = length & 0xff;
  into[at + 2] = length >> 8;
  FORMS[shortest]!.write(stretch, into, at + HEAD);
  return at + length;
}

/** Where the stretch that begins at `at` ends. */
export function endOf(from: Uint8Array, at: number): number {
  return at + (from[at + 1]! | (from[at + 2]! << 8));
}

/** Reads samples of the stretch that begins at `at`. */
export function unpack(from: Uint8Array, at: number, part: Part): void {
  FORMS[from[at]!]!.read(from, at + HEAD, part);
}
