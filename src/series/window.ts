import type { Labels } from '../model/labels.ts';
import type { SeriesWindow } from '../model/series.ts';
import type { Raster } from './raster.ts';

const NO_SAMPLES = new Float64Array();

interface NewWindow extends Pick<Window, 'id' | 'labels' | 'maxAge'> {
  readonly reach?: number;
  readonly slot?: number;
}

/** One series' samples: a row of a raster, once there are any, or a history that is there whole; a live `SeriesWindow`. */
export class Window implements SeriesWindow {
  raster: Raster | undefined;
  row = 0;
  slot: number;
  maxAge: number;
  times: Float64Array = NO_SAMPLES;
  /** Of a history that is there whole: its values, and how many of them are known. */
  #history: Float64Array = NO_SAMPLES;
  #known = 0;
  rewrites = 0;
  shifts = 0;
  readonly labels: Labels;
  /** ms that rules look back beyond `maxAge`. */
  readonly reach: number;
  /** Negative until the store has given one. */
  id: number;
  frozenSince: number | undefined;
  goneAt: number[] = [];
  ahead: number | undefined;

  constructor({ id, labels, maxAge, reach = 0, slot = 0 }: NewWindow) {
    this.slot = slot;
    this.reach = reach;
    this.id = id;
    this.labels = labels;
    this.maxAge = maxAge;
  }

  get from(): number {
    return this.raster === undefined ? 0 : this.raster.startOf(this.row);
  }

  get to(): number {
    return this.raster === undefined ? this.#known : this.raster.endOf(this.row);
  }

  get values(): Float64Array {
    return this.raster === undefined ? this.#history : this.raster.valuesOf(this.row);
  }

  peek(from: number, to: number): Float64Array {
    return this.raster === undefined ? this.#history : this.raster.peek(this.row, from, to);
  }

  valueAt(index: number): number {
    return this.raster === undefined ? this.#history[index]! : this.raster.valueAt(this.row, index);
  }

  /** Says how long a sample stands from now on: ms. */
  age(maxAge: number): void {
    this.maxAge = maxAge;
    if (this.raster !== undefined) this.raster.maxAge = Math.max(this.raster.maxAge, maxAge);
  }

  /** Has no sample from now on. */
  detach(): void {
    this.raster = undefined;
    this.times = NO_SAMPLES;
    this.shifts++;
  }

  /** Takes over where its samples stand now. */
  attach(raster: Raster, row: number): void {
    this.raster = raster;
    this.row = row;
    this.times = raster.times;
    this.shifts++;
  }

  /** Takes a whole history in, of which nothing is known yet. */
  hold(times: Float64Array, values: Float64Array): void {
    this.times = times;
    this.#history = values;
    this.ahead = times.length;
    this.shifts++;
  }

  /** Makes the first `to` samples of its history known. */
  reveal(to: number): void {
    this.#known = to;
  }
}
