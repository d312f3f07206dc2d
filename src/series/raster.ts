import { after } from '../model/seek.ts';
import { STRETCH } from './packed/form.ts';
import { PackedRow } from './packed/row.ts';
import type { Window } from './window.ts';

const FIRST_CAPACITY = 16;

/** Most series of one raster: so many are packed together. */
const ROWS = 128;

/** Most times that room is made for before they are there. */
const MOST_EXPECTED = 4096;

/** Rasters of one cadence differ in room by up to so many times, so that not all of them are moved in one round. */
const STAGGERED = 61;

/** How many samples of each series stay open at least, and by how many rasters differ, so that not all of them pack in one round. */
const OPEN = 8;
const OPEN_STAGGERED = 32;

let made = 0;

/** What `peek` has read last. */
let peeked = new Float64Array();

const one = new Float64Array(1);
const column = new Float64Array(STRETCH);

/**
 * Series that were sampled at the same instants, as those of one poll are: one row of times, and the values of each. A series may begin later than the others
 * and may be behind, but it has no gap: one that is sampled otherwise goes elsewhere.
 *
 * The newest samples are open: they stand by time, all series side by side. What is older is packed, a stretch of all series at once. A sample's ordinal is its index
 * and what `times` has been moved by so far.
 */
export class Raster {
  /** Unix ms, in `[from, to)`. */
  times = new Float64Array(FIRST_CAPACITY);
  from = 0;
  to = 0;
  /** ms: the longest of the series here. */
  maxAge = 0;
  /** ms that rules look back beyond `maxAge`. */
  readonly reach: number;
  /** The ordinal of index 0. */
  #moved = 0;
  /** Ordinal from which on samples are open. */
  #packed = 0;
  /** By row: where its samples begin and end. */
  #starts = new Int32Array(1);
  #ends = new Int32Array(1);
  readonly #windows: (Window | undefined)[] = [];
  readonly #rows: (PackedRow | undefined)[] = [];
  readonly #spare = made++ % STAGGERED;
  readonly #most = STRETCH + OPEN + (this.#spare % OPEN_STAGGERED);
  #open = new Float64Array(this.#most);

  constructor(reach: number) {
    this.reach = reach;
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
    this.#write(row, value);
    return true;
  }

  /** Takes the newest sample of a row back; the row has others. False when it is packed. */
  pop(row: number): boolean {
    if (this.#ends[row]! + this.#moved <= this.#packed) return false;
    this.#ends[row]!--;
    const end = this.#windows.reduce((most, window) => Math.max(most, window?.to ?? 0), this.from);
    this.to = Math.min(this.to, end);
    return true;
  }

  /** One value, wherever it stands. */
  valueAt(row: number, index: number): number {
    const open = index + this.#moved - this.#packed;
    if (open >= 0) return this.#open[open * this.#ends.length + row]!;
    this.#rows[row]!.read(index + this.#moved, index + this.#moved + 1, one, 0);
    return one[0]!;
  }

  /** The values at `[from, to)`, each at its index in an array that the next call writes over. */
  peek(row: number, from: number, to: number): Float64Array {
    if (peeked.length < to) peeked = new Float64Array(Math.max(to, this.times.length));
    this.#read(row, from, to, peeked);
    return peeked;
  }

  /** The values of a row, each at its index. */
  valuesOf(row: number): Float64Array {
    const values = new Float64Array(this.#ends[row]!);
    this.#read(row, this.startOf(row), values.length, values);
    return values;
  }

  /** Writes another value over a sample. */
  rewrite(row: number, index: number, value: number): void {
    const open = index + this.#moved - this.#packed;
    if (open >= 0) this.#open[open * this.#ends.length + row] = value;
    else this.#rows[row]!.replace(index + this.#moved, value);
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
  add(window: Window, start: number, times: Float64Array, values: Float64Array): void {
    for (let index = this.to - start; index < times.length; index++) this.#appendTime(times[index]!);
    // Making room may have moved the beginning.
    const from = after(this.times, { first: this.from, last: this.to, at: times[0]! }) - 1;
    const row = this.#freeRow();
    if (row === this.#starts.length) this.#addRows();
    this.maxAge = Math.max(this.maxAge, window.maxAge);
    this.#starts[row] = from;
    this.#ends[row] = from;
    this.#windows[row] = window;
    this.#rows[row] = undefined;
    const older = values.subarray(0, Math.max(0, this.#packed - this.#moved - from));
    if (older.length > 0) this.#pack(row, older);
    for (const value of values.subarray(older.length)) this.#write(row, value);
    window.attach(this, row);
  }

  /** True when no series is left. */
  remove(row: number): boolean {
    this.#windows[row] = undefined;
    this.#rows[row] = undefined;
    return this.#windows.every((window) => window === undefined);
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

  /** Appends a value to a row, whose time is there. */
  #write(row: number, value: number): void {
    const open = this.#ends[row]! + this.#moved - this.#packed;
    if (open < 0) return this.#pack(row, Float64Array.of(value));
    this.#open[open * this.#ends.length + row] = value;
    this.#ends[row]!++;
  }

  /** Appends values to what is packed of a row that is behind. */
  #pack(row: number, values: Float64Array): void {
    this.#rowFrom(row, this.#ends[row]! + this.#moved).append(values, this.from + this.#moved);
    this.#ends[row]! += values.length;
  }

  /** Packs the oldest open stretch of all rows. */
  #packOldest(): void {
    const { length } = this.#ends;
    for (let row = 0; row < this.#windows.length; row++) {
      const first = Math.max(0, this.#starts[row]! + this.#moved - this.#packed);
      const last = Math.min(STRETCH, this.#ends[row]! + this.#moved - this.#packed);
      if (this.#windows[row] === undefined || first >= last) continue;
      for (let open = first; open < last; open++) column[open] = this.#open[open * length + row]!;
      this.#rowFrom(row, this.#packed + first).append(column.subarray(first, last), this.from + this.#moved);
    }
    this.#open.copyWithin(0, STRETCH * length);
    this.#packed += STRETCH;
  }

  #rowFrom(row: number, start: number): PackedRow {
    return (this.#rows[row] ??= new PackedRow(start));
  }

  #read(row: number, from: number, to: number, into: Float64Array): void {
    const { length } = this.#ends;
    const packed = this.#packed - this.#moved;
    if (from < packed) this.#rows[row]!.read(from + this.#moved, Math.min(to, packed) + this.#moved, into, from);
    let index = Math.max(from, packed);
    for (let open = (index - packed) * length + row; index < to; index++, open += length)
      into[index] = this.#open[open]!;
  }

  #appendTime(at: number): void {
    if (this.to === this.times.length) this.#makeRoom();
    this.times[this.to++] = at;
    if (this.to + this.#moved - this.#packed > this.#most) this.#packOldest();
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

  /** Moves the times to the beginning of `capacity`. */
  #lay(capacity: number): void {
    const { from, to, times } = this;
    if (capacity !== times.length) this.times = new Float64Array(capacity);
    this.times.set(times.subarray(from, to));
    this.from = 0;
    this.to -= from;
    this.#moved += from;
    for (const [row, window] of this.#windows.entries()) {
      this.#starts[row]! -= from;
      this.#ends[row]! -= from;
      window?.attach(this, row);
    }
  }

  #addRows(): void {
    const open = this.#open;
    const before = this.#ends.length;
    const rows = Math.min(ROWS, before * 2);
    this.#open = new Float64Array(this.#most * rows);
    for (let at = 0; at < open.length; at += before)
      this.#open.set(open.subarray(at, at + before), (at / before) * rows);
    this.#starts = grown(this.#starts, rows);
    this.#ends = grown(this.#ends, rows);
  }
}

const NONE: readonly Window[] = [];

function grown(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(from);
  return longer;
}
