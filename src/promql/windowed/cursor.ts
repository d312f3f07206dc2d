import type { Labels } from '../../model/labels.ts';
import type { SeriesWindow } from '../../model/series.ts';
import { after } from '../../model/seek.ts';
import type { Range } from '../value.ts';
import { Blocks } from './blocks.ts';
import type { Fold } from './fold.ts';

/** From so many samples on, blocks cost less than the samples themselves. */
const MANY = 64;

/** A range that moves over one series; each move begins where the last one ended. */
export class Cursor implements Range {
  readonly labels: Labels;
  times: Float64Array;
  values: Float64Array;
  from = 0;
  to = 0;
  start = 0;
  end = 0;
  now = 0;
  readonly #window: SeriesWindow;
  readonly #length: number;
  #blocks: Blocks | undefined;

  /** `length`: ms of the range. */
  constructor(window: SeriesWindow, length: number) {
    this.#window = window;
    this.#length = length;
    this.labels = window.labels;
    this.times = window.times;
    this.values = window.values;
  }

  /** Moves to the range that ends at `end`, its start excluded unless closed. Returns how many samples are there. */
  move(end: number, now: number, isClosed: boolean): number {
    const { times, from: first, to: last } = this.#window;
    const start = end - this.#length;
    this.times = times;
    this.values = this.#window.values;
    this.from = after(times, { first, last, at: isClosed ? start - 1 : start }, this.from);
    this.to = after(times, { first: this.from, last, at: end }, this.to);
    this.start = start;
    this.end = end;
    this.now = now;
    return this.to - this.from;
  }

  /** The fold of many samples; `undefined` when they are few or only they can tell. */
  fold(fold: Fold): number | undefined {
    if (this.to - this.from < MANY) return undefined;
    this.#blocks ??= new Blocks(fold, this.#window, this.#length);
    return this.#blocks.value(this);
  }
}
