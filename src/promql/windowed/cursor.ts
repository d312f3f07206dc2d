import type { Labels } from '../../model/labels.ts';
import type { SeriesWindow } from '../../model/series.ts';
import { after } from '../../model/seek.ts';
import type { Range } from '../value.ts';

/** ms of a block: about 17 minutes. Block `k` holds the samples in `(k · BLOCK, (k + 1) · BLOCK]`. */
export const BLOCK = 2 ** 20;

const NEVER = -1;

/**
 * A range that moves over one series; each move begins where the last one ended. It is three parts: the samples before its first
 * whole block, those blocks, and the samples from the block of the newest on. Which parts those are depends on its samples alone.
 */
export class Cursor implements Range {
  readonly labels: Labels;
  readonly window: SeriesWindow;
  /** ms. */
  readonly length: number;
  times: Float64Array;
  values: Float64Array;
  from = 0;
  to = 0;
  start = 0;
  end = 0;
  now = 0;
  /** The whole blocks: `[firstBlock, endBlock)`, none when it is not above zero long. */
  firstBlock = NEVER;
  endBlock = NEVER;
  /** Where the samples of the blocks begin and end. */
  head = 0;
  tail = 0;
  /** Moves when the blocks, their places or their samples are others than before. */
  layout = 0;
  #rewrites: number | undefined;
  #shifts: number | undefined;

  constructor(window: SeriesWindow, length: number) {
    this.window = window;
    this.length = length;
    this.labels = window.labels;
    this.times = window.times;
    this.values = window.values;
  }

  /** Moves to the range that ends at `end`, its start excluded unless closed. Returns how many samples are there. */
  move(end: number, now: number, isClosed: boolean): number {
    const { window } = this;
    const { times } = window;
    const first = window.from;
    const last = window.to;
    const start = end - this.length;
    this.times = times;
    this.values = window.values;
    this.from = after(times, { first, last, at: isClosed ? start - 1 : start }, this.from);
    this.to = after(times, { first: this.from, last, at: end }, this.to);
    this.start = start;
    this.end = end;
    this.now = now;
    return this.to - this.from;
  }

  /** Finds the blocks of a range that has samples. */
  locate(): void {
    const { times, from, to, start, window } = this;
    const firstBlock = Math.max(0, Math.ceil(start / BLOCK));
    const endBlock = Math.ceil(times[to - 1]! / BLOCK) - 1;
    const isSame = firstBlock === this.firstBlock && endBlock === this.endBlock;
    if (isSame && window.shifts === this.#shifts && window.rewrites === this.#rewrites) return;
    this.#rewrites = window.rewrites;
    this.#shifts = window.shifts;
    this.firstBlock = firstBlock;
    this.endBlock = endBlock;
    this.layout++;
    if (endBlock <= firstBlock) return;
    this.head = after(times, { first: from, last: to, at: firstBlock * BLOCK }, from);
    this.tail = after(times, { first: this.head, last: to, at: endBlock * BLOCK }, to);
  }
}
