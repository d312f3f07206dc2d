import { peek, valueAt, type SeriesWindow } from '../../model/series.ts';
import type { Cursors } from './cursors.ts';

/** From so many samples on, keeping them in order costs less than sorting them. */
const MANY = 32;

/** More samples than one in so many come or go: they are sorted anew. */
const FEW_OF = 8;

/** The samples under cursors in rising order, kept from one instant to the next: a sample that comes or goes is moved for, not sorted. */
export class SortedRanges {
  readonly #cursors: Cursors;
  readonly #kept: (Kept | undefined)[];

  constructor(cursors: Cursors) {
    this.#cursors = cursors;
    this.#kept = cursors.windows.map(() => undefined);
  }

  /** The values at a place in rising order, to be read at once; `undefined` when there are few, or some that have no order of their own. */
  values(place: number): Float64Array | undefined {
    const from = this.#cursors.from[place]!;
    const to = this.#cursors.to[place]!;
    if (to - from < MANY) return undefined;
    const kept = (this.#kept[place] ??= new Kept(this.#cursors.windows[place]!));
    return kept.move(from, to);
  }
}

/** One range. Its newest sample is taken out before each move, since its value may have been corrected. */
class Kept {
  readonly #window: SeriesWindow;
  #sorted = new Float64Array(2 * MANY);
  #size = 0;
  /** Values that `<` does not order: NaN, and zero, which has two signs. */
  #unordered = 0;
  #from = 0;
  #to = 0;
  #newest = 0;
  #rewrites: number | undefined;
  #shifts: number | undefined;

  constructor(window: SeriesWindow) {
    this.#window = window;
  }

  move(from: number, to: number): Float64Array | undefined {
    const { rewrites, shifts } = this.#window;
    const isSame = rewrites === this.#rewrites && shifts === this.#shifts;
    const isNear = from >= this.#from && to >= this.#to && FEW_OF * (from - this.#from + to - this.#to) < to - from;
    if (isSame && isNear) this.#slide(from, to);
    else this.#sort(from, to);
    this.#from = from;
    this.#to = to;
    this.#newest = valueAt(this.#window, to - 1);
    this.#rewrites = rewrites;
    this.#shifts = shifts;
    return this.#unordered > 0 ? undefined : this.#sorted.subarray(0, this.#size);
  }

  #slide(from: number, to: number): void {
    this.#remove(this.#newest);
    const gone = peek(this.#window, this.#from, from);
    for (let index = this.#from; index < from; index++) this.#remove(gone[index]!);
    const come = peek(this.#window, this.#to - 1, to);
    for (let index = this.#to - 1; index < to; index++) this.#add(come[index]!);
  }

  #sort(from: number, to: number): void {
    const values = peek(this.#window, from, to);
    this.#size = 0;
    this.#unordered = 0;
    this.#makeRoom(to - from);
    for (let index = from; index < to; index++) {
      if (isOrdered(values[index]!)) this.#sorted[this.#size++] = values[index]!;
      else this.#unordered++;
    }
    this.#sorted.subarray(0, this.#size).sort();
  }

  #add(value: number): void {
    if (!isOrdered(value)) {
      this.#unordered++;
      return;
    }
    this.#makeRoom(this.#size + 1);
    const at = this.#firstNotBelow(value);
    this.#sorted.copyWithin(at + 1, at, this.#size++);
    this.#sorted[at] = value;
  }

  #remove(value: number): void {
    if (isOrdered(value))
      this.#sorted.copyWithin(this.#firstNotBelow(value), this.#firstNotBelow(value) + 1, this.#size--);
    else this.#unordered--;
  }

  #firstNotBelow(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(size: number): void {
    if (size <= this.#sorted.length) return;
    const longer = new Float64Array(Math.ceil(size * 1.25));
    longer.set(this.#sorted.subarray(0, this.#size));
    this.#sorted = longer;
  }
}

function isOrdered(value: number): boolean {
  return !Number.isNaN(value) && value !== 0;
}
