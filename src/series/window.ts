import type { Labels } from '../model/labels.ts';
import type { SeriesWindow } from '../model/series.ts';

const FIRST_CAPACITY = 16;

/** One series' samples in two arrays that move on together; a live `SeriesWindow`. */
export class Window implements SeriesWindow {
  readonly labels: Labels;
  readonly slot: number;
  /** Negative until the store has given one. */
  id: number;
  maxAge: number;
  times = new Float64Array(FIRST_CAPACITY);
  values = new Float64Array(FIRST_CAPACITY);
  from = 0;
  to = 0;
  frozenSince: number | undefined;
  rewrites = 0;
  goneAt: number[] = [];

  constructor(id: number, labels: Labels, maxAge: number, slot = 0) {
    this.slot = slot;
    this.id = id;
    this.labels = labels;
    this.maxAge = maxAge;
  }

  /** Puts a sample where its time belongs; at a time that is there the new value wins. False when nothing changed. */
  put(at: number, value: number): boolean {
    let index = this.to;
    while (index > this.from && this.times[index - 1]! > at) index--;
    if (index > this.from && this.times[index - 1] === at) {
      const changed = this.values[index - 1] !== value;
      if (changed && index < this.to) this.rewrites++;
      this.values[index - 1] = value;
      return changed;
    }
    const behind = this.to - index;
    if (behind > 0) this.rewrites++;
    this.#makeRoom();
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
    if (this.to < this.times.length) return;
    const size = this.to - this.from;
    const mostlyPruned = size <= this.times.length / 2;
    this.times = moved(this, this.times, mostlyPruned);
    this.values = moved(this, this.values, mostlyPruned);
    this.from = 0;
    this.to = size;
  }
}

/** The living part at the start of the same array, or of one twice as long. */
function moved({ from, to }: Window, array: Float64Array<ArrayBuffer>, inPlace: boolean): Float64Array<ArrayBuffer> {
  if (inPlace) return array.copyWithin(0, from, to);
  const longer = new Float64Array(array.length * 2);
  longer.set(array.subarray(from, to));
  return longer;
}
