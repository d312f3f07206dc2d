import { peek, valueAt, type SeriesWindow } from '../../model/series.ts';
import { after } from '../../model/seek.ts';
import { keyOf } from '../labels.ts';
import type { Range } from '../value.ts';

/** ms of a block: about 17 minutes. Block `k` holds the samples in `(k · BLOCK, (k + 1) · BLOCK]`, later by the series' own phase. */
export const BLOCK = 2 ** 20;

const NEVER = -1;

/**
 * Ranges that move over many series, each by its place; each move begins where the last one ended. A range is three parts: the samples
 * before its first whole block, those blocks, and the samples from the block of the newest on. Which parts those are depends on its samples
 * alone. What is known of a place stands in arrays, side by side with that of its neighbours.
 */
export class Cursors {
  readonly windows: readonly SeriesWindow[];
  /** ms. */
  readonly length: number;
  /** Where the samples of the range begin and end. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** ms, by a hash of the labels: not all series begin a block in one round. */
  readonly phase: Int32Array;
  /** The whole blocks: `[firstBlock, endBlock)`. When that is less than nothing, one block holds all samples. */
  readonly firstBlock: Int32Array;
  readonly endBlock: Int32Array;
  /** Where the samples of the blocks begin and end. */
  readonly head: Int32Array;
  readonly tail: Int32Array;
  /** Moves when the blocks, their places or their samples are others than before. */
  readonly layout: Int32Array;
  start = 0;
  readonly #rewrites: Float64Array;
  readonly #shifts: Float64Array;
  #end = 0;
  #now = 0;

  constructor(windows: readonly SeriesWindow[], length: number) {
    const { length: size } = windows;
    this.windows = windows;
    this.length = length;
    this.from = new Int32Array(size);
    this.to = new Int32Array(size);
    this.phase = Int32Array.from(windows, ({ labels }) => hash(keyOf(labels)) % BLOCK);
    this.firstBlock = new Int32Array(size).fill(NEVER);
    this.endBlock = new Int32Array(size).fill(NEVER);
    this.head = new Int32Array(size);
    this.tail = new Int32Array(size);
    this.layout = new Int32Array(size);
    this.#rewrites = new Float64Array(size);
    this.#shifts = new Float64Array(size);
  }

  /** Moves to the ranges that end at `end`, their start excluded unless closed. Returns how many samples are there. */
  move(end: number, now: number, isClosed: boolean): number {
    const { windows, from, to } = this;
    this.#end = end;
    this.#now = now;
    this.start = end - this.length;
    const at = isClosed ? this.start - 1 : this.start;
    let samples = 0;
    for (let place = 0; place < windows.length; place++) {
      const { times, from: first, to: last } = windows[place]!;
      from[place] = after(times, { first, last, at }, from[place]);
      to[place] = after(times, { first: from[place]!, last, at: end }, to[place]);
      samples += to[place]! - from[place]!;
    }
    return samples;
  }

  /** Finds the blocks of a range that has samples. */
  locate(place: number): void {
    const { times, rewrites = 0, shifts = 0 } = this.windows[place]!;
    const from = this.from[place]!;
    const to = this.to[place]!;
    const phase = this.phase[place]!;
    const firstBlock = Math.max(0, Math.ceil((this.start - phase) / BLOCK));
    const endBlock = Math.ceil((times[to - 1]! - phase) / BLOCK) - 1;
    const isSame = firstBlock === this.firstBlock[place] && endBlock === this.endBlock[place];
    if (isSame && shifts === this.#shifts[place] && rewrites === this.#rewrites[place]) return;
    this.#rewrites[place] = rewrites;
    this.#shifts[place] = shifts;
    this.firstBlock[place] = firstBlock;
    this.endBlock[place] = endBlock;
    this.layout[place]!++;
    if (endBlock < firstBlock) return;
    const head = after(times, { first: from, last: to, at: firstBlock * BLOCK + phase }, from);
    this.head[place] = head;
    this.tail[place] = after(times, { first: head, last: to, at: endBlock * BLOCK + phase }, to);
  }

  /** The range of one place, for whoever reads its samples before anything else is read. */
  range(place: number): Range {
    const window = this.windows[place]!;
    const { labels, times } = window;
    const { start } = this;
    const from = this.from[place]!;
    const to = this.to[place]!;
    return {
      ...{ labels, times, from, to, start, end: this.#end, now: this.#now },
      get values() {
        return peek(window, from, to);
      },
      valueAt: (index) => valueAt(window, index),
    };
  }
}

/** FNV-1a, above zero. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  return bits >>> 0;
}
