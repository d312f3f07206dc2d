/** Samples of a stretch. */
export const STRETCH = 64;

/** A stretch as doubles, as their bytes, and as halves of them: on little-endian machines the upper one is the second. */
export class Stretch {
  readonly values = new Float64Array(STRETCH);
  readonly halves = new Uint32Array(this.values.buffer);
  readonly bytes = new Uint8Array(this.values.buffer);
}

/** One way of writing a stretch, which gives it back bit for bit. */
export interface Form {
  /** Bytes it would take; Infinity when it cannot be said so. To be asked before `write`, which relies on what was found. */
  readonly measure: (stretch: Stretch) => number;
  readonly write: (stretch: Stretch, into: Uint8Array, at: number) => void;
  /** Reads samples `[first, last)` of what was written at `at`, to `to`. */
  readonly read: (from: Uint8Array, at: number, part: Part) => void;
}

/** Samples `[first, last)` of a stretch, and where they go. */
export interface Part {
  readonly first: number;
  readonly last: number;
  readonly into: Float64Array;
  readonly to: number;
}

const one = new Float64Array(1);
const bytesOfOne = new Uint8Array(one.buffer);

export function writeDouble(value: number, into: Uint8Array, at: number): void {
  one[0] = value;
  into.set(bytesOfOne, at);
}

export function readDouble(from: Uint8Array, at: number): number {
  for (let index = 0; index < 8; index++) bytesOfOne[index] = from[at + index]!;
  return one[0]!;
}
