import { peek, valueAt } from '../../model/series.ts';
import { after } from '../../model/seek.ts';
import { BLOCK, type Cursors } from './cursors.ts';
import type { Range } from '../value.ts';
import { scan, type Fold, type Folded } from './fold.ts';

const NEVER = -1;

/** Longest first part of which each end is kept. */
const ENDS = 24;

/** From so many samples on, blocks cost less than the samples themselves. */
export const MANY = 16;

/**
 * What the samples under cursors come to in blocks aligned to absolute time: its three parts, joined in order. A result is the same to
 * the last bit whether a part was kept or is worked out now. Parts are kept as far as nothing but a rewrite can change them: the blocks,
 * all of them joined, what is left of the first part from each of its samples on, and the last part up to the newest sample, whose value
 * may still be corrected. From one instant to the next that leaves one sample to look at.
 */
export class Blocks implements Folded {
  count = 0;
  #place = 0;
  readonly #fold: Fold;
  readonly #cursors: Cursors;
  /** How many blocks are kept for each place. */
  readonly #slots: number;
  /** By place and slot: which block is in it, doubled, and 1 more if it has samples. A slot holds one of the blocks that fall on it. */
  readonly #kept: Int32Array;
  readonly #parts: Float64Array;
  /** By place, four parts side by side: the whole, the blocks, the last part but its newest sample, and with it. */
  readonly #joined: Float64Array;
  /** By place, how many ends of the first part are kept, and these: the shortest first. */
  readonly #ends: Int32Array;
  readonly #endings: Float64Array;
  readonly #rewrites: Float64Array;
  readonly #layout: Int32Array;
  readonly #hasBlocks: Uint8Array;
  /** By place: up to where the last part is worked out. */
  readonly #done: Int32Array;
  readonly #one = new Float64Array(1);

  /** `before`: what the same fold kept of other series; those that are here again bring their blocks. */
  constructor(fold: Fold, cursors: Cursors, before?: Blocks) {
    const { size } = fold;
    const { length } = cursors.windows;
    this.#fold = fold;
    this.#cursors = cursors;
    this.#slots = Math.ceil(cursors.length / BLOCK) + 2;
    this.#kept = new Int32Array(length * this.#slots).fill(NEVER);
    this.#parts = new Float64Array(length * this.#slots * size);
    this.#joined = new Float64Array(length * 4 * size);
    this.#ends = new Int32Array(length);
    this.#endings = new Float64Array(length * ENDS * size);
    this.#rewrites = new Float64Array(length);
    this.#layout = new Int32Array(length).fill(NEVER);
    this.#hasBlocks = new Uint8Array(length);
    this.#done = new Int32Array(length);
    if (before !== undefined) this.#takeOver(before);
  }

  /** The function's value at a place whose range has samples; `undefined` when only they can tell. */
  value(place: number): number | undefined {
    const { from, to } = this.#cursors;
    const first = from[place]!;
    const count = to[place]! - first;
    const whole = place * 4 * this.#fold.size;
    if (count < MANY) this.#scan(place, { from: first, to: first + count }, whole);
    else this.#join(place, whole);
    this.count = count;
    this.#place = place;
    return this.#fold.value(this.#joined, whole, this);
  }

  readonly range = (): Range => this.#cursors.range(this.#place);

  #join(place: number, whole: number): void {
    const cursors = this.#cursors;
    cursors.locate(place);
    const from = cursors.from[place]!;
    if (cursors.layout[place] !== this.#layout[place]) this.#settle(place);
    if (cursors.endBlock[place]! < cursors.firstBlock[place]!) {
      this.#scan(place, { from, to: cursors.to[place]! }, whole);
      return;
    }
    const { size, join } = this.#fold;
    const joined = this.#joined;
    const blocks = whole + size;
    const last = this.#lastPart(place, whole);
    const hasBlocks = this.#hasBlocks[place] === 1;
    if (from < cursors.head[place]!) {
      this.#firstPart(place, whole);
      if (hasBlocks) join(joined, whole, joined, blocks);
      join(joined, whole, joined, last);
    } else if (hasBlocks) {
      joined.copyWithin(whole, blocks, blocks + size);
      join(joined, whole, joined, last);
    } else joined.copyWithin(whole, last, last + size);
  }

  /** Writes what the samples before the first whole block come to at `whole`. */
  #firstPart(place: number, whole: number): void {
    const { from, head } = this.#cursors;
    const { size } = this.#fold;
    const count = head[place]! - from[place]!;
    if (count > this.#ends[place]!) this.#keepEnds(place, count);
    if (count > ENDS) this.#scan(place, { from: from[place]!, to: head[place]! }, whole);
    else {
      const end = (place * ENDS + count - 1) * size;
      for (let index = 0; index < size; index++) this.#joined[whole + index] = this.#endings[end + index]!;
    }
  }

  /** Works out what is left of the first part from each of its samples on. */
  #keepEnds(place: number, count: number): void {
    if (count > ENDS) return;
    const { size } = this.#fold;
    const { head, windows } = this.#cursors;
    const to = head[place]!;
    const values = peek(windows[place]!, to - count, to);
    for (let length = this.#ends[place]! + 1; length <= count; length++)
      scan(this.#fold, { values, from: to - length, to }, this.#endings, (place * ENDS + length - 1) * size);
    this.#ends[place] = count;
  }

  /** Works out the last part, from what is done on. Returns where it stands. */
  #lastPart(place: number, at: number): number {
    const { to, tail } = this.#cursors;
    const { size } = this.#fold;
    const settled = at + 2 * size;
    const whole = at + 3 * size;
    const newest = to[place]! - 1;
    const first = tail[place]!;
    if (newest < this.#done[place]!) this.#done[place] = first;
    const done = this.#done[place]!;
    if (done < newest) {
      if (done > first) this.#append(place, { from: done, to: newest }, settled);
      else this.#scan(place, { from: first, to: newest }, settled);
      this.#done[place] = newest;
    }
    if (newest === first) this.#scan(place, { from: newest, to: newest + 1 }, whole);
    else {
      for (let index = 0; index < size; index++) this.#joined[whole + index] = this.#joined[settled + index]!;
      this.#append(place, { from: newest, to: newest + 1 }, whole);
    }
    return whole;
  }

  /** Takes over where a cursor's blocks are now. */
  #settle(place: number): void {
    const { layout, windows, tail, firstBlock, endBlock } = this.#cursors;
    const { rewrites = 0 } = windows[place]!;
    const slots = place * this.#slots;
    if (rewrites !== this.#rewrites[place]) this.#kept.fill(NEVER, slots, slots + this.#slots);
    this.#rewrites[place] = rewrites;
    this.#layout[place] = layout[place]!;
    this.#done[place] = tail[place]!;
    this.#ends[place] = 0;
    this.#hasBlocks[place] = 0;
    for (let index = firstBlock[place]!; index < endBlock[place]!; index++) this.#joinBlock(place, index);
  }

  #joinBlock(place: number, index: number): void {
    const slot = place * this.#slots + (index % this.#slots);
    if (this.#kept[slot]! >> 1 !== index) this.#kept[slot] = 2 * index + (this.#scanBlock(place, index, slot) ? 1 : 0);
    if ((this.#kept[slot]! & 1) === 0) return;
    const { size, join } = this.#fold;
    const blocks = place * 4 * size + size;
    if (this.#hasBlocks[place] === 1) join(this.#joined, blocks, this.#parts, slot * size);
    else this.#joined.set(this.#parts.subarray(slot * size, (slot + 1) * size), blocks);
    this.#hasBlocks[place] = 1;
  }

  #scanBlock(place: number, index: number, slot: number): boolean {
    const window = this.#cursors.windows[place]!;
    const { times, from: first, to: last } = window;
    const start = index * BLOCK + this.#cursors.phase[place]!;
    const from = after(times, { first, last, at: start });
    const to = after(times, { first: from, last, at: start + BLOCK }, from);
    if (from === to) return false;
    scan(this.#fold, { values: peek(window, from, to), from, to }, this.#parts, slot * this.#fold.size);
    return true;
  }

  #scan(place: number, stretch: Stretch, at: number): void {
    scan(this.#fold, this.#samples(place, stretch), this.#joined, at);
  }

  #append(place: number, stretch: Stretch, at: number): void {
    this.#fold.append(this.#samples(place, stretch), this.#joined, at);
  }

  #samples(place: number, { from, to }: Stretch): Parameters<typeof scan>[1] {
    const window = this.#cursors.windows[place]!;
    if (to - from > 1) return { values: peek(window, from, to), from, to };
    this.#one[0] = valueAt(window, from);
    return { values: this.#one, from: 0, to: 1 };
  }

  #takeOver(before: Blocks): void {
    const places = new Map(before.#cursors.windows.map((window, place) => [window, place]));
    const slots = this.#slots;
    const width = slots * this.#fold.size;
    for (const [place, window] of this.#cursors.windows.entries()) {
      const from = places.get(window);
      if (from === undefined) continue;
      this.#kept.set(before.#kept.subarray(from * slots, (from + 1) * slots), place * slots);
      this.#parts.set(before.#parts.subarray(from * width, (from + 1) * width), place * width);
      this.#rewrites[place] = before.#rewrites[from]!;
    }
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}
