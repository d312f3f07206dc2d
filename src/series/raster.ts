import { after } from '../model/seek.ts';
import type { Window } from './window.ts';

const FIRST_CAPACITY = 16;

/** Most series of one raster: so many move together when room is made. */
const ROWS = 128;

/** Most samples that room is made for before they are there. */
const MOST_EXPECTED = 4096;

/** Rasters of one cadence differ in room by up to so many samples, so that not all of them are moved in one round. */
const STAGGERED = 61;

/** How many samples of each series stand side by side until they are moved to their rows, and up to so many more. */
const RECENT = 16;

let made = 0;

/**
 * Series that were sampled at the same instants, as those of one poll are: one row of times, and under it a row of values for each. A
 * series may begin later than the others and may be behind, but it has no gap: one that is sampled otherwise goes elsewhere.
 *
 * The newest samples stand by time, all series side by side, and are moved to the rows some rounds at once: a row is far from the next.
 */
export class Raster {
  /** Unix ms, in `[from, to)`. */
  times: Float64Array<ArrayBuffer>;
  from = 0;
  to = 0;
  /** ms: the longest of the series here. */
  maxAge = 0;
  /** ms that rules look back beyond `maxAge`. */
  readonly reach: number;
  #values: Float64Array<ArrayBuffer>;
  /** Samples from here on are recent. */
  #settled = 0;
  /** By row: where its samples begin and end. */
  #starts = new Int32Array(1);
  #ends = new Int32Array(1);
  readonly #windows: (Window | undefined)[] = [];
  readonly #spare = made++ % STAGGERED;
  readonly #most = RECENT + (this.#spare % RECENT);
  #recent = new Float64Array(this.#most);

  /** Histories on one raster may bring times that others use too; nothing is appended to those. */
  constructor(reach: number, times = new Float64Array(FIRST_CAPACITY), values = new Float64Array(times.length)) {
    this.reach = reach;
    this.times = times;
    this.#values = values;
  }

  startOf(row: number): number {
    return Math.max(this.from, this.#starts[row]!);
  }

  endOf(row: number): number {
    return this.#ends[row]!;
  }

  /** Puts a sample after the newest of its row. False when that is not where it belongs. */
  append(row: number, at: number, value: number): boolean {
    const end = this.#ends[row]!;
    if (end < this.to) {
      if (this.times[end] !== at) return false;
    } else if (this.times[end - 1]! >= at) return false;
    else this.#appendTime(at);
    this.#write(row, this.#ends[row]!, value);
    return true;
  }

  /** Takes the newest sample of a row back; the row has others. */
  pop(row: number): void {
    this.#ends[row]!--;
    const end = this.#windows.reduce((most, window) => Math.max(most, window?.to ?? 0), this.from);
    this.to = Math.min(this.to, end);
  }

  /** One value, wherever it stands. */
  valueAt(row: number, index: number): number {
    if (index < this.#settled) return this.#values[row * this.times.length + index]!;
    return this.#recent[(index - this.#settled) * this.#ends.length + row]!;
  }

  /** Moves recent samples to the rows. */
  settle(to = this.to): void {
    if (this.#settled >= to) return;
    const rows = this.#ends.length;
    const { length } = this.times;
    for (let row = 0; row < this.#windows.length; row++) {
      let from = row;
      const end = row * length + this.#ends[row]!;
      for (let index = row * length + this.#settled; index < end; index++, from += rows)
        this.#values[index] = this.#recent[from]!;
    }
    this.#settled = to;
  }

  /** Where a row with these times would begin; -1 when they are not the times here. */
  fit(times: Float64Array): number {
    const first = after(this.times, { first: this.from, last: this.to, at: times[0]! }) - 1;
    if (first < this.from) return -1;
    const known = Math.min(times.length, this.to - first);
    for (let index = 0; index < known; index++) if (times[index] !== this.times[first + index]) return -1;
    return first;
  }

  get isFull(): boolean {
    return this.#freeRow() >= ROWS;
  }

  /** Gives a series a row that begins at `start` with these samples, whose times fit. */
  add(window: Window, start: number, { times, values }: Pick<Window, 'times' | 'values'>): void {
    this.settle();
    for (let index = this.to - start; index < times.length; index++) this.#appendTime(times[index]!);
    // Making room may have moved the beginning.
    const from = after(this.times, { first: this.from, last: this.to, at: times[0]! }) - 1;
    const row = this.#freeRow();
    if (row === this.#starts.length) this.#addRows();
    this.maxAge = Math.max(this.maxAge, window.maxAge);
    this.#values.set(values, row * this.times.length + from);
    this.#starts[row] = from;
    this.#ends[row] = from + times.length;
    this.#settled = this.to;
    this.#windows[row] = window;
    this.#attach(row);
  }

  /** Takes the only series of a whole history in, of which nothing is shown yet. */
  hold(window: Window): void {
    this.#windows[0] = window;
    this.#settled = Infinity;
    this.#attach(0);
  }

  /** True when no series is left. */
  remove(row: number): boolean {
    this.#windows[row] = undefined;
    return this.#windows.every((window) => window === undefined);
  }

  /** Shows a history's samples up to `to`, and no more. */
  reveal(row: number, to: number): void {
    this.#ends[row] = to;
    this.to = to;
  }

  /** Forgets samples before `horizon` (unix ms). Returns the series that have no later ones: their newest says since when they are stale. */
  prune(horizon: number): readonly Window[] {
    let from = this.from;
    while (from < this.to - 1 && this.times[from]! < horizon) from++;
    if (from === this.from) return NONE;
    const over = this.#windows.filter((window): window is Window => window !== undefined && window.to <= from);
    this.from = from;
    const capacity = this.#roomFor(this.to - from);
    if (over.length === 0 && capacity < this.times.length / 2) this.#lay(capacity);
    return over;
  }

  /** The first row without a series. */
  #freeRow(): number {
    const hole = this.#windows.indexOf(undefined);
    return hole < 0 ? this.#windows.length : hole;
  }

  #write(row: number, index: number, value: number): void {
    if (index - this.#settled >= this.#most) this.settle(index);
    if (index < this.#settled) this.#values[row * this.times.length + index] = value;
    else this.#recent[(index - this.#settled) * this.#ends.length + row] = value;
    this.#ends[row] = index + 1;
  }

  #appendTime(at: number): void {
    if (this.to === this.times.length) this.#makeRoom();
    this.times[this.to++] = at;
  }

  #makeRoom(): void {
    const { length } = this.times;
    const size = this.to - this.from;
    const isWorthIt = size <= length - length / 16;
    this.#lay(isWorthIt ? length : this.#roomFor(size));
  }

  /** For what will be held at the cadence so far, so that there is little to move on the way there; at least a quarter more than now. */
  #roomFor(size: number): number {
    const cadence = (this.times[this.to - 1]! - this.times[this.from]!) / (size - 1);
    const held = Math.min(MOST_EXPECTED, (this.reach + this.maxAge) / cadence);
    return Math.ceil(size < held ? held * 1.08 : size * 1.25) + FIRST_CAPACITY + this.#spare;
  }

  /** Moves everything to the beginning of rows that are `capacity` long. */
  #lay(capacity: number): void {
    this.settle();
    const { from, to, times } = this;
    const before = this.#values;
    const isSame = capacity === times.length;
    if (!isSame) {
      this.times = new Float64Array(capacity);
      this.#values = new Float64Array(capacity * this.#starts.length);
    }
    this.times.set(times.subarray(from, to));
    this.from = 0;
    this.to -= from;
    this.#settled -= from;
    for (let row = 0; row < this.#windows.length; row++) {
      const old = row * times.length;
      this.#values.set(before.subarray(old + from, old + this.#ends[row]!), row * capacity);
      this.#starts[row] = Math.max(0, this.#starts[row]! - from);
      this.#ends[row] = this.#ends[row]! - from;
      this.#attach(row);
    }
  }

  #addRows(): void {
    const rows = Math.min(ROWS, this.#starts.length * 2);
    this.#recent = new Float64Array(this.#most * rows);
    this.#starts = grown(this.#starts, new Int32Array(rows));
    this.#ends = grown(this.#ends, new Int32Array(rows));
    this.#values = grown(this.#values, new Float64Array(rows * this.times.length));
    for (let row = 0; row < this.#windows.length; row++) this.#attach(row);
  }

  #attach(row: number): void {
    const { length } = this.times;
    this.#windows[row]?.attach(this, row, this.#values.subarray(row * length, (row + 1) * length));
  }
}

const NONE: readonly Window[] = [];

function grown<Numbers extends Int32Array | Float64Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}
