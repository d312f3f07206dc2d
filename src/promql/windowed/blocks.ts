import { after } from '../../model/seek.ts';
import { BLOCK, type Cursor } from './cursor.ts';
import { scan, type Fold } from './fold.ts';

const NEVER = -1;
const NO_BLOCKS = new Int32Array();
const NO_PARTS = new Float64Array();

/**
 * What the samples under a cursor come to in blocks aligned to absolute time: its three parts, joined in order. A result is the same to
 * the last bit whether a part was kept or is worked out now. Parts are kept as far as nothing but a rewrite can change them: the blocks,
 * all of them joined, and the last part up to the newest sample, whose value may still be corrected. From one instant to the next that
 * leaves the first part and one sample to look at.
 */
export class Blocks {
  readonly #fold: Fold;
  readonly #cursor: Cursor;
  /** By slot: which block is in it, doubled, and 1 more if it has samples. A slot holds one of the blocks that fall on it. */
  #kept = NO_BLOCKS;
  #parts = NO_PARTS;
  /** Four parts side by side: the whole, the blocks, the last part but its newest sample, and with it. */
  #joined = NO_PARTS;
  #rewrites: number | undefined;
  #layout = NEVER;
  #hasBlocks = false;
  /** Up to where the last part is worked out. */
  #done = 0;

  constructor(fold: Fold, cursor: Cursor) {
    this.#fold = fold;
    this.#cursor = cursor;
  }

  /** The function's value where the cursor stands, which has been located. */
  value(): number | undefined {
    const cursor = this.#cursor;
    const fold = this.#fold;
    if (cursor.layout !== this.#layout) this.#settle();
    const joined = this.#joined;
    if (cursor.endBlock <= cursor.firstBlock) {
      scan(this.#fold, cursor, joined, 0);
      return fold.value(joined, cursor);
    }
    const { from, head } = cursor;
    const blocks = fold.size;
    const last = this.#lastPart();
    if (from < head) {
      scan(this.#fold, { values: cursor.values, from, to: head }, joined, 0);
      if (this.#hasBlocks) fold.join(joined, 0, joined, blocks);
      fold.join(joined, 0, joined, last);
    } else if (this.#hasBlocks) {
      joined.copyWithin(0, blocks, 2 * blocks);
      fold.join(joined, 0, joined, last);
    } else joined.copyWithin(0, last, last + blocks);
    return fold.value(joined, cursor);
  }

  /** Works out the last part, from what is done on. Returns where it stands. */
  #lastPart(): number {
    const { values, to, tail } = this.#cursor;
    const { size } = this.#fold;
    const settled = 2 * size;
    const whole = 3 * size;
    const newest = to - 1;
    if (newest < this.#done) this.#done = tail;
    if (this.#done < newest) {
      if (this.#done > tail) this.#fold.append({ values, from: this.#done, to: newest }, this.#joined, settled);
      else scan(this.#fold, { values, from: tail, to: newest }, this.#joined, settled);
      this.#done = newest;
    }
    if (newest === tail) this.#fold.start(values[newest]!, this.#joined, whole);
    else {
      this.#joined.copyWithin(whole, settled, whole);
      this.#fold.append({ values, from: newest, to }, this.#joined, whole);
    }
    return whole;
  }

  /** Takes over where the cursor's blocks are now. */
  #settle(): void {
    const { layout, length, window, tail, firstBlock, endBlock } = this.#cursor;
    if (this.#layout === NEVER) this.#makeRoom(length);
    if (window.rewrites !== this.#rewrites) this.#kept.fill(NEVER);
    this.#rewrites = window.rewrites;
    this.#layout = layout;
    this.#done = tail;
    this.#hasBlocks = false;
    for (let index = firstBlock; index < endBlock; index++) this.#joinBlock(this.#block(index));
  }

  #makeRoom(length: number): void {
    const { size } = this.#fold;
    const slots = Math.ceil(length / BLOCK) + 2;
    this.#kept = new Int32Array(slots).fill(NEVER);
    this.#parts = new Float64Array(slots * size);
    this.#joined = new Float64Array(4 * size);
  }

  #joinBlock(slot: number): void {
    if (slot === NEVER) return;
    const { size } = this.#fold;
    if (this.#hasBlocks) this.#fold.join(this.#joined, size, this.#parts, slot * size);
    else this.#joined.set(this.#parts.subarray(slot * size, (slot + 1) * size), size);
    this.#hasBlocks = true;
  }

  /** The slot of a block, worked out if it is not there; `NEVER` when no sample is in it. */
  #block(index: number): number {
    const slot = index % this.#kept.length;
    if (this.#kept[slot]! >> 1 !== index) this.#kept[slot] = 2 * index + (this.#scanBlock(index, slot) ? 1 : 0);
    return (this.#kept[slot]! & 1) === 1 ? slot : NEVER;
  }

  #scanBlock(index: number, slot: number): boolean {
    const { times, values, from: first, to: last } = this.#cursor.window;
    const from = after(times, { first, last, at: index * BLOCK });
    const to = after(times, { first: from, last, at: (index + 1) * BLOCK }, from);
    if (from === to) return false;
    scan(this.#fold, { values, from, to }, this.#parts, slot * this.#fold.size);
    return true;
  }
}
