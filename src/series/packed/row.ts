import { STRETCH } from './form.ts';
import { endOf, MOST_BYTES, pack, unpack } from './pack.ts';

/** Most stretches of a page: the last one is written anew with each stretch. */
const MOST = 32;

const NOTHING = new Uint8Array();

/** How much longer an array is made than it has to be, so that the next stretches mostly find room in it. */
const ROOM = 1.06;

const buffer = new Uint8Array(MOST * MOST_BYTES);

/** Whole stretches, the oldest first. */
interface Page {
  /** The ordinal at which it begins. */
  first: number;
  stretches: number;
  /** There is some room after them. */
  bytes: Uint8Array;
  length: number;
}

/**
 * The older samples of one series, packed by stretches. An ordinal counts the samples of the raster, so that the stretches of all its series begin at the same
 * ones. A series may begin within its first stretch, and its last one is open until it is full.
 */
export class PackedRow {
  readonly #pages: Page[];
  #open: Float64Array | undefined;
  /** The ordinal after the last sample. */
  #end: number;

  /** `start`: the ordinal of the first sample. */
  constructor(start: number) {
    this.#pages = [{ first: start - (start % STRETCH), stretches: 0, bytes: NOTHING, length: 0 }];
    this.#end = start;
  }

  get bytes(): number {
    return this.#pages.reduce((sum, { length }) => sum + length, 0);
  }

  /** Appends samples. Those before the ordinal `keep` may be forgotten. */
  append(values: Float64Array, keep: number): void {
    for (let index = 0; index < values.length;) {
      const begin = this.#end % STRETCH;
      const isWhole = begin === 0 && values.length - index >= STRETCH;
      const count = isWhole
        ? this.#pack(values.subarray(index), keep)
        : Math.min(STRETCH - begin, values.length - index);
      if (!isWhole) this.#put(values.subarray(index, index + count), begin, keep);
      this.#end += count;
      index += count;
    }
  }

  /** Reads samples `[from, to)`, by ordinals, to `at`. */
  read(from: number, to: number, into: Float64Array, at: number): void {
    let next = from;
    for (const { first, stretches, bytes, length } of this.#pages) {
      let begin = first;
      if (begin + stretches * STRETCH <= next) continue;
      for (let place = 0; next < to && place < length; place = endOf(bytes, place), begin += STRETCH) {
        if (begin + STRETCH <= next) continue;
        const last = Math.min(to - begin, STRETCH);
        unpack(bytes, place, { first: next - begin, last, into, to: at + next - from });
        next = begin + last;
      }
    }
    for (; next < to; next++) into[at + next - from] = this.#open![next % STRETCH]!;
  }

  /** Writes another value over a sample. */
  replace(ordinal: number, value: number): void {
    const page = this.#pages.findLast(({ first }) => first <= ordinal)!;
    const values = new Float64Array(page.stretches * STRETCH);
    if (ordinal >= page.first + values.length) {
      this.#open![ordinal % STRETCH] = value;
      return;
    }
    this.read(page.first, page.first + values.length, values, 0);
    values[ordinal - page.first] = value;
    page.length = 0;
    write(page, values);
  }

  /** Puts samples into the open stretch. */
  #put(values: Float64Array, begin: number, keep: number): void {
    this.#open ??= new Float64Array(STRETCH).fill(values[0]!);
    this.#open.set(values, begin);
    if (begin + values.length < STRETCH) return;
    this.#pack(this.#open, keep);
    this.#open = undefined;
  }

  /** Packs whole stretches, as many as the last page takes. Returns how many samples those are. */
  #pack(values: Float64Array, keep: number): number {
    this.#forget(keep);
    const page = this.#lastPage();
    const stretches = Math.min(MOST - page.stretches, Math.floor(values.length / STRETCH));
    write(page, values.subarray(0, stretches * STRETCH));
    page.stretches += stretches;
    return stretches * STRETCH;
  }

  #lastPage(): Page {
    const last = this.#pages.at(-1)!;
    if (last.stretches < MOST) return last;
    const page = { first: last.first + MOST * STRETCH, stretches: 0, bytes: NOTHING, length: 0 };
    this.#pages.push(page);
    return page;
  }

  /** Forgets pages before `keep`, and of an only page the stretches. */
  #forget(keep: number): void {
    while (this.#pages.length > 1 && this.#pages[1]!.first <= keep) this.#pages.shift();
    if (this.#pages.length > 1) return;
    const page = this.#pages[0]!;
    let place = 0;
    for (; page.stretches > 0 && page.first + STRETCH <= keep; page.stretches--, page.first += STRETCH)
      place = endOf(page.bytes, place);
    page.bytes.copyWithin(0, place, page.length);
    page.length -= place;
  }
}

/** Packs stretches after those of the page. */
function write(page: Page, values: Float64Array): void {
  let end = 0;
  for (let index = 0; index < values.length; index += STRETCH)
    end = pack(values.subarray(index, index + STRETCH), buffer, end);
  const length = page.length + end;
  if (length > page.bytes.length || ROOM * ROOM * length < page.bytes.length) {
    const { bytes } = page;
    page.bytes = new Uint8Array(Math.ceil(length * ROOM));
    page.bytes.set(bytes.subarray(0, page.length));
  }
  page.bytes.set(buffer.subarray(0, end), page.length);
  page.length = length;
}
