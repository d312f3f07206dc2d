import type { Labels } from '../model/labels.ts';
import type { SeriesWindow } from '../model/series.ts';

const FIRST_CAPACITY = 16;

/** Windows of one cadence differ in room by up to so many samples, so that not all of them are moved in one round. */
const STAGGERED = 61;

interface NewWindow extends Pick<Window, 'id' | 'labels' | 'maxAge'> {
  readonly reach?: number;
  readonly slot?: number;
}

/** One series' samples in two arrays that move on together; a live `SeriesWindow`. */
export class Window implements SeriesWindow {
  readonly labels: Labels;
  readonly slot: number;
  /** ms that rules look back beyond `maxAge`. */
  readonly reach: number;
  /** Negative until the store has given one. */
  id: number;
  maxAge: number;
  times = new Float64Array(FIRST_CAPACITY);
  values = new Float64Array(FIRST_CAPACITY);
  from = 0;
  to = 0;
  frozenSince: number | undefined;
  rewrites = 0;
  shifts = 0;
  goneAt: number[] = [];

  constructor({ id, labels, maxAge, reach = 0, slot = 0 }: NewWindow) {
    this.slot = slot;
    this.reach = reach;
    this.id = id;
    this.labels = labels;
    this.maxAge = maxAge;
  }

  /** Puts a sample where its time belongs; at a time that is there the new value wins. False when nothing changed. */
  put(at: number, value: number): boolean {
    const isNewest = this.to === this.from || this.times[this.to - 1]! < at;
    return isNewest ? this.#append(at, value) : this.#insert(at, value);
  }

  #append(at: number, value: number): true {
    if (this.to === this.times.length) this.#makeRoom();
    this.times[this.to] = at;
    this.values[this.to] = value;
    this.to++;
    return true;
  }

  #insert(at: number, value: number): boolean {
    let index = this.to;
    while (index > this.from && this.times[index - 1]! > at) index--;
    if (index > this.from && this.times[index - 1] === at) {
      const changed = this.values[index - 1] !== value;
      if (changed && index < this.to) this.rewrites++;
      this.values[index - 1] = value;
      return changed;
    }
    const behind = this.to - index;
    this.rewrites++;
    if (this.to === this.times.length) this.#makeRoom();
    index = this.to - behind;
    this.times.copyWithin(index + 1, index, this.to);
    this.values.copyWithin(index + 1, index, this.to);
    this.times[index] = at;
    this.values[index] = value;
    this.to++;
    return true;
  }

  /** Forgets samples before `horizon` (unix ms) but the newest, which says since when the series is stale. */
  prune(horizon: number): void {
    while (this.from < this.to - 1 && this.times[this.from]! < horizon) this.from++;
  }

  #makeRoom(): void {
    const { length } = this.times;
    const size = this.to - this.from;
    const isWorthIt = size <= length - length / 8;
    const capacity = isWorthIt ? length : Math.ceil(size * 1.25) + FIRST_CAPACITY + (this.slot % STAGGERED);
    this.times = moved(this, this.times, capacity);
    this.values = moved(this, this.values, capacity);
    this.from = 0;
    this.to = size;
    this.shifts++;
  }
}

/** The living part at the start of the same array, or of one with more room. */
function moved({ from, to }: Window, array: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  if (capacity === array.length) return array.copyWithin(0, from, to);
  const longer = new Float64Array(capacity);
  longer.set(array.subarray(from, to));
  return longer;
}
