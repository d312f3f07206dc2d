import type { SeriesWindow } from '../../model/series.ts';
import { after } from '../../model/seek.ts';
import type { Range } from '../value.ts';
import type { Fold, Samples } from './fold.ts';

/** ms of a block: about 17 minutes. Block `k` holds the samples in `(k · BLOCK, (k + 1) · BLOCK]`. */
const BLOCK = 2 ** 20;

const NEVER = -1;

/**
 * What the samples of one series come to in blocks aligned to absolute time. A window is three parts, joined in order: the samples
 * before its first whole block, those blocks, and the samples from the block of the newest on. Which parts those are depends on the
 * window's samples alone, so a result is the same to the last bit whether a part was kept or is worked out now. Parts are kept as far
 * as nothing but a rewrite can change them: the blocks, all of them joined, and the last part up to the newest sample, whose value may
 * still be corrected. From one instant to the next that leaves the first part and one sample to look at.
 */
export class Blocks {
  readonly #fold: Fold;
  readonly #window: SeriesWindow;
  /** By slot: which block is in it, doubled, and 1 more if it has samples. A slot holds one of the blocks that fall on it. */
  readonly #kept: Int32Array;
  readonly #parts: Float64Array;
  /** Four parts side by side: what is being joined, the blocks, the last part but its newest sample, and with it. */
  readonly #joined: Float64Array;
  #rewrites: number | undefined;
  #shifts: number | undefined;
  /** The blocks that are joined: `[first, end)`, and where their samples begin and end. */
  #first = NEVER;
  #end = NEVER;
  #head = 0;
  #tail = 0;
  #hasBlocks = false;
  /** Up to where the last part is worked out. */
  #done = 0;

  /** `range`: ms of the longest window that is asked for. */
  constructor(fold: Fold, window: SeriesWindow, range: number) {
    const slots = Math.ceil(range / BLOCK) + 2;
    this.#fold = fold;
    this.#window = window;
    this.#kept = new Int32Array(slots).fill(NEVER);
    this.#parts = new Float64Array(slots * fold.size);
    this.#joined = new Float64Array(4 * fold.size);
    this.#rewrites = window.rewrites;
  }

  /** The function's value over a range of the series. */
  value(range: Range): number | undefined {
    const { from, to } = range;
    const fold = this.#fold;
    const joined = this.#joined;
    this.#locate(range);
    if (this.#end <= this.#first) {
      this.#scan(range, joined, 0);
      return fold.value(joined, range);
    }
    const blocks = fold.size;
    const last = this.#lastPart(range);
    if (from < this.#head) {
      this.#scan({ values: range.values, from, to: this.#head }, joined, 0);
      if (this.#hasBlocks) fold.join(joined, 0, joined, blocks);
      fold.join(joined, 0, joined, last);
    } else if (this.#hasBlocks) {
      joined.copyWithin(0, blocks, 2 * blocks);
      fold.join(joined, 0, joined, last);
    } else joined.copyWithin(0, last, last + blocks);
    return to > from ? fold.value(joined, range) : undefined;
  }

  /** Finds the blocks of a range, and where their samples stand. */
  #locate({ times, from, to, start }: Range): void {
    const { rewrites, shifts } = this.#window;
    const first = Math.max(0, Math.ceil(start / BLOCK));
    const end = Math.ceil(times[to - 1]! / BLOCK) - 1;
    const isRewritten = rewrites !== this.#rewrites;
    if (first === this.#first && end === this.#end && shifts === this.#shifts && !isRewritten) return;
    if (isRewritten) this.#kept.fill(NEVER);
    this.#rewrites = rewrites;
    this.#shifts = shifts;
    this.#first = first;
    this.#end = end;
    if (end <= first) return;
    this.#head = after(times, { first: from, last: to, at: first * BLOCK }, from);
    this.#tail = after(times, { first: this.#head, last: to, at: end * BLOCK }, to);
    this.#done = this.#tail;
    this.#joinBlocks();
  }

  /** Works out the samples from `tail` on, but for the newest only those that are new. Returns where it stands. */
  #lastPart({ values, to }: Range): number {
    const { size } = this.#fold;
    const settled = 2 * size;
    const whole = 3 * size;
    const newest = to - 1;
    if (newest < this.#done) this.#done = this.#tail;
    if (this.#done < newest) {
      if (this.#done > this.#tail) this.#fold.append({ values, from: this.#done, to: newest }, this.#joined, settled);
      else this.#scan({ values, from: this.#tail, to: newest }, this.#joined, settled);
      this.#done = newest;
    }
    if (newest === this.#tail) this.#fold.start(values[newest]!, this.#joined, whole);
    else {
      this.#joined.copyWithin(whole, settled, whole);
      this.#fold.append({ values, from: newest, to }, this.#joined, whole);
    }
    return whole;
  }

  #scan({ values, from, to }: Samples, into: Float64Array, at: number): void {
    this.#fold.start(values[from]!, into, at);
    if (to > from + 1) this.#fold.append({ values, from: from + 1, to }, into, at);
  }

  #joinBlocks(): void {
    const { size } = this.#fold;
    this.#hasBlocks = false;
    for (let index = this.#first; index < this.#end; index++) {
      const slot = this.#block(index);
      if (slot === NEVER) continue;
      if (this.#hasBlocks) this.#fold.join(this.#joined, size, this.#parts, slot * size);
      else this.#joined.set(this.#parts.subarray(slot * size, (slot + 1) * size), size);
      this.#hasBlocks = true;
    }
  }

  /** The slot of a block, worked out if it is not there; `NEVER` when no sample is in it. */
  #block(index: number): number {
    const slot = index % this.#kept.length;
    if (this.#kept[slot]! >> 1 !== index) this.#kept[slot] = 2 * index + (this.#scanBlock(index, slot) ? 1 : 0);
    return (this.#kept[slot]! & 1) === 1 ? slot : NEVER;
  }

  #scanBlock(index: number, slot: number): boolean {
    const { times, values, from: first, to: last } = this.#window;
    const from = after(times, { first, last, at: index * BLOCK });
    const to = after(times, { first: from, last, at: (index + 1) * BLOCK }, from);
    if (from === to) return false;
    this.#scan({ values, from, to }, this.#parts, slot * this.#fold.size);
    return true;
  }
}
