import { after } from '../../model/seek.ts';
import type { SeriesWindow } from '../../model/series.ts';
import type { Range } from '../value.ts';
import { MANY } from './blocks.ts';
import { BLOCK } from './cursors.ts';
import { scan, type Fold, type Folded } from './fold.ts';

const NEVER = -1;

/** The ranges of one series at many instants. */
export interface Track {
  readonly window: SeriesWindow;
  /** ms. */
  readonly length: number;
  readonly phase: number;
  readonly offset: number;
  readonly isClosed: boolean;
}

/**
 * A fold of one series at one instant after the other, over a history that is there whole: to the last bit what `Blocks` says at each, of which
 * nothing has to be kept for a sample that may still come.
 */
export class Sweep implements Folded {
  count = 0;
  /** Most samples of one range so far. */
  most = 0;
  readonly #fold: Fold;
  readonly #track: Track;
  readonly #stretch: { values: Float64Array; from: number; to: number };
  /** By slot: which block is in it, and whether it has samples. */
  readonly #kept: Int32Array;
  readonly #isFull: Uint8Array;
  readonly #parts: Float64Array;
  /** Side by side: the whole, the first part, the blocks, the last part. */
  readonly #joined: Float64Array;
  #from = 0;
  #to = 0;
  #end = 0;
  /** The blocks that are joined, `[first, last)`. */
  #firstBlock = NEVER;
  #endBlock = NEVER;
  #hasBlocks = false;
  #head = 0;
  /** Unix ms: the blocks are others when a range begins or its newest sample is later than this. */
  #firstAt = -Infinity;
  #lastAt = -Infinity;
  /** Where the first part that is worked out begins, and where the last one ends. */
  #first = NEVER;
  #done = NEVER;

  constructor(fold: Fold, track: Track) {
    const slots = Math.ceil(track.length / BLOCK) + 2;
    this.#fold = fold;
    this.#track = track;
    this.#stretch = { values: track.window.values, from: 0, to: 0 };
    this.#kept = new Int32Array(slots).fill(NEVER);
    this.#isFull = new Uint8Array(slots);
    this.#parts = new Float64Array(slots * fold.size);
    this.#joined = new Float64Array(4 * fold.size);
    this.#from = this.#to = track.window.from;
  }

  /** Moves on to an instant, unix ms. False when its range has no samples. */
  move(now: number): boolean {
    const { window, length, offset, isClosed } = this.#track;
    const { times, from: first, to: last } = window;
    const end = now - offset;
    const start = end - length;
    const from = after(times, { first, last, at: isClosed ? start - 1 : start }, this.#from);
    const to = after(times, { first: from, last, at: end }, this.#to);
    this.#from = from;
    this.#to = to;
    this.#end = end;
    this.count = to - from;
    if (this.count > this.most) this.most = this.count;
    return to > from;
  }

  /** The function's value over the range, which has samples; `undefined` when only they can tell. */
  value(): number | undefined {
    const newest = this.#track.window.times[this.#to - 1]!;
    if (this.#end - this.#track.length > this.#firstAt || newest > this.#lastAt) this.#locate(newest);
    if (this.count < MANY || this.#endBlock < this.#firstBlock) this.#scan(this.#from, this.#to, 0);
    else this.#join();
    return this.#fold.value(this.#joined, 0, this);
  }

  readonly range = (): Range => {
    const { window, length, offset } = this.#track;
    const { labels, times, values } = window;
    const end = this.#end;
    return { labels, times, values, from: this.#from, to: this.#to, start: end - length, end, now: end + offset };
  };

  #join(): void {
    const { size, join } = this.#fold;
    const joined = this.#joined;
    if (this.#done < this.#to) this.#append(this.#done, this.#to, 3 * size);
    this.#done = this.#to;
    if (this.#from < this.#head) {
      if (this.#first !== this.#from) this.#scan(this.#from, this.#head, size);
      this.#first = this.#from;
      copy(joined, size, size);
      if (this.#hasBlocks) join(joined, 0, joined, 2 * size);
      join(joined, 0, joined, 3 * size);
    } else if (this.#hasBlocks) {
      copy(joined, 2 * size, size);
      join(joined, 0, joined, 3 * size);
    } else copy(joined, 3 * size, size);
  }

  /** Finds the blocks of the range. */
  #locate(newest: number): void {
    const { phase, length } = this.#track;
    const firstBlock = Math.max(0, Math.ceil((this.#end - length - phase) / BLOCK));
    const endBlock = Math.ceil((newest - phase) / BLOCK) - 1;
    this.#firstAt = firstBlock * BLOCK + phase;
    this.#lastAt = (endBlock + 1) * BLOCK + phase;
    if (endBlock >= firstBlock) this.#settle(firstBlock, endBlock);
    this.#firstBlock = firstBlock;
    this.#endBlock = endBlock;
  }

  #settle(firstBlock: number, endBlock: number): void {
    const { times } = this.#track.window;
    const { phase } = this.#track;
    const first = this.#from;
    const last = this.#to;
    const isLonger = firstBlock === this.#firstBlock && this.#endBlock >= firstBlock && endBlock > this.#endBlock;
    if (!isLonger) this.#hasBlocks = false;
    for (let index = isLonger ? this.#endBlock : firstBlock; index < endBlock; index++) this.#joinBlock(index);
    this.#head = after(times, { first, last, at: this.#firstAt }, first);
    if (endBlock !== this.#endBlock || this.#done < 0) {
      this.#done = after(times, { first, last, at: endBlock * BLOCK + phase }, last - 1) + 1;
      this.#scan(this.#done - 1, this.#done, 3 * this.#fold.size);
    }
    this.#first = NEVER;
  }

  #joinBlock(index: number): void {
    const { size, join } = this.#fold;
    const slot = index % this.#kept.length;
    if (this.#kept[slot] !== index) this.#scanBlock(index, slot);
    if (this.#isFull[slot] === 0) return;
    if (this.#hasBlocks) join(this.#joined, 2 * size, this.#parts, slot * size);
    else this.#joined.set(this.#parts.subarray(slot * size, (slot + 1) * size), 2 * size);
    this.#hasBlocks = true;
  }

  #scanBlock(index: number, slot: number): void {
    const { window, phase } = this.#track;
    const last = this.#to;
    const start = index * BLOCK + phase;
    const from = after(window.times, { first: this.#from, last, at: start });
    const to = after(window.times, { first: from, last, at: start + BLOCK }, from);
    this.#kept[slot] = index;
    this.#isFull[slot] = from < to ? 1 : 0;
    if (from < to) scan(this.#fold, this.#samples(from, to), this.#parts, slot * this.#fold.size);
  }

  #scan(from: number, to: number, at: number): void {
    scan(this.#fold, this.#samples(from, to), this.#joined, at);
  }

  #append(from: number, to: number, at: number): void {
    this.#fold.append(this.#samples(from, to), this.#joined, at);
  }

  #samples(from: number, to: number): Parameters<typeof scan>[1] {
    this.#stretch.from = from;
    this.#stretch.to = to;
    return this.#stretch;
  }
}

/** Copies what stands at `from` to the beginning. */
function copy(joined: Float64Array, from: number, size: number): void {
  for (let index = 0; index < size; index++) joined[index] = joined[from + index]!;
}
