import type { SeriesWindow } from '../../model/series.ts';
import { after } from '../../model/seek.ts';
import type { Range } from '../value.ts';
import type { Fold } from './fold.ts';

/** ms of a smallest block: about 17 minutes. Block `k` holds the samples in `(k · BLOCK, (k + 1) · BLOCK]`. */
const BLOCK = 2 ** 20;

const UNKNOWN = 0;
const EMPTY = 1;
const FILLED = 2;

/** Blocks of one length: `2 ** level` smallest blocks each. A slot holds one of the blocks that fall on it. */
interface Level {
  readonly indexes: Float64Array;
  readonly states: Uint8Array;
  readonly parts: Float64Array;
}

/**
 * What the samples of one series come to in blocks aligned to absolute time, each made of two of half its length. A window is the
 * samples before its first whole block, the fewest blocks that cover it, and the samples after. Which blocks those are depends on the
 * window's samples alone, so a result is the same to the last bit whether its blocks were there or not. Only blocks with a later
 * sample in the window are taken: what is appended cannot change them, and anything else is a rewrite, which forgets them all.
 */
export class Blocks {
  readonly #fold: Fold;
  readonly #window: SeriesWindow;
  readonly #levels: readonly Level[];
  readonly #whole: Float64Array;
  readonly #edge: Float64Array;
  #rewrites: number | undefined;
  #isEmpty = true;

  /** `range`: ms of the longest window that is asked for. */
  constructor(fold: Fold, window: SeriesWindow, range: number) {
    this.#fold = fold;
    this.#window = window;
    this.#levels = levelsFor(range, fold.size);
    this.#whole = new Float64Array(fold.size);
    this.#edge = new Float64Array(fold.size);
    this.#rewrites = window.rewrites;
  }

  /** The function's value over a range of the series. */
  value(range: Range): number | undefined {
    this.#forgetRewritten();
    const { times, from, to } = range;
    const first = Math.max(0, Math.ceil(range.start / BLOCK));
    const end = Math.ceil(times[to - 1]! / BLOCK) - 1;
    this.#isEmpty = true;
    if (end <= first) {
      this.#addSamples(range, from, to);
    } else {
      const head = after(times, { first: from, last: to, at: first * BLOCK }, from);
      const tail = after(times, { first: head, last: to, at: end * BLOCK }, to);
      this.#addSamples(range, from, head);
      this.#addBlocks(first, end);
      this.#addSamples(range, tail, to);
    }
    return this.#fold.value(this.#whole, range);
  }

  #addSamples({ values }: Range, from: number, to: number): void {
    if (from === to) return;
    this.#fold.scan({ values, from, to }, this.#isEmpty ? this.#whole : this.#edge, 0);
    if (!this.#isEmpty) this.#fold.join(this.#whole, 0, this.#edge, 0);
    this.#isEmpty = false;
  }

  #addBlocks(first: number, end: number): void {
    let index = first;
    while (index < end) {
      const level = Math.min(alignment(index), 31 - Math.clz32(end - index), this.#levels.length - 1);
      this.#addBlock(level, index / 2 ** level);
      index += 2 ** level;
    }
  }

  #addBlock(level: number, index: number): void {
    const slot = this.#block(level, index);
    if (slot < 0) return;
    const { parts } = this.#levels[level]!;
    const { size } = this.#fold;
    if (this.#isEmpty) this.#whole.set(parts.subarray(slot * size, (slot + 1) * size));
    else this.#fold.join(this.#whole, 0, parts, slot * size);
    this.#isEmpty = false;
  }

  /** The slot of a block, worked out if it is not there; -1 when no sample is in it. */
  #block(level: number, index: number): number {
    const { indexes, states } = this.#levels[level]!;
    const slot = index % indexes.length;
    if (indexes[slot] !== index || states[slot] === UNKNOWN) {
      const isFilled = level === 0 ? this.#scan(index, slot) : this.#merge(level, index, slot);
      states[slot] = isFilled ? FILLED : EMPTY;
      indexes[slot] = index;
    }
    return states[slot] === FILLED ? slot : -1;
  }

  #scan(index: number, slot: number): boolean {
    const { times, values, from: first, to: last } = this.#window;
    const from = after(times, { first, last, at: index * BLOCK });
    const to = after(times, { first: from, last, at: (index + 1) * BLOCK }, from);
    if (from === to) return false;
    this.#fold.scan({ values, from, to }, this.#levels[0]!.parts, slot * this.#fold.size);
    return true;
  }

  #merge(level: number, index: number, slot: number): boolean {
    const { size } = this.#fold;
    const { parts } = this.#levels[level]!;
    const halves = this.#levels[level - 1]!.parts;
    const left = this.#block(level - 1, 2 * index);
    if (left >= 0) parts.set(halves.subarray(left * size, (left + 1) * size), slot * size);
    const right = this.#block(level - 1, 2 * index + 1);
    if (right < 0) return left >= 0;
    if (left >= 0) this.#fold.join(parts, slot * size, halves, right * size);
    else parts.set(halves.subarray(right * size, (right + 1) * size), slot * size);
    return true;
  }

  #forgetRewritten(): void {
    if (this.#window.rewrites === this.#rewrites) return;
    this.#rewrites = this.#window.rewrites;
    for (const { states } of this.#levels) states.fill(UNKNOWN);
  }
}

/** How often an index can be halved. */
function alignment(index: number): number {
  return index === 0 ? Infinity : 31 - Math.clz32(index & -index);
}

/** As many slots as blocks of that length touch a window, so that those of one window never share one. */
function levelsFor(range: number, size: number): readonly Level[] {
  const levels: Level[] = [];
  for (let length = BLOCK; length <= Math.max(BLOCK, range); length *= 2) {
    const slots = Math.ceil(range / length) + 2;
    levels.push({
      indexes: new Float64Array(slots),
      states: new Uint8Array(slots),
      parts: new Float64Array(slots * size),
    });
  }
  return levels;
}
