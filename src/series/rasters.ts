import { after } from '../model/seek.ts';
import { Raster } from './raster.ts';
import type { Window } from './window.ts';

/** The rasters of all series. A series goes where the one before it went, if its times are the same. */
export class Rasters {
  readonly #all = new Set<Raster>();
  /** By reach: where the last series went. */
  readonly #last = new Map<number, Raster>();

  /** Takes over those of others. */
  join(others: Rasters): void {
    for (const raster of others.#all) this.#all.add(raster);
  }

  remove({ raster, row }: Window): void {
    if (raster?.remove(row)) this.#all.delete(raster);
  }

  /** Forgets samples that nobody looks back to from `now` (unix ms) on, but the newest of each series. */
  prune(now: number): void {
    for (const raster of this.#all) {
      for (const window of raster.prune(now - raster.reach - raster.maxAge)) {
        const newest = window.to - 1;
        this.#move(window, Float64Array.of(window.times[newest]!), Float64Array.of(window.valueAt(newest)));
      }
    }
  }

  /** Puts a sample that is not simply the next of its raster where its time belongs; at a time that is there the new value wins. False when nothing changed. */
  insert(window: Window, at: number, value: number): boolean {
    const { times, from, to } = window;
    const index = after(times, { first: from, last: to, at });
    if (index > from && times[index - 1] === at) {
      if (Object.is(window.valueAt(index - 1), value)) return false;
      if (index < to) window.rewrites++;
      window.raster!.rewrite(window.row, index - 1, value);
      return true;
    }
    if (index < to) window.rewrites++;
    const cut = { from, index, to };
    this.#move(window, inserted(times, cut, at), inserted(window.values, cut, value));
    return true;
  }

  /** Takes the sample of this time out. False when there is none. */
  take(window: Window, at: number): boolean {
    const { times, from, to } = window;
    const index = after(times, { first: from, last: to, at }) - 1;
    if (index < from || times[index] !== at) return false;
    window.rewrites++;
    if (to - from === 1) {
      this.remove(window);
      window.detach();
      return true;
    }
    if (index === to - 1 && window.raster!.pop(window.row)) return true;
    const cut = { from, index, to };
    this.#move(window, without(times, cut), without(window.values, cut));
    return true;
  }

  /** Finds a place for a series whose samples are these. */
  #move(window: Window, times: Float64Array, values: Float64Array): void {
    this.remove(window);
    const { reach } = window;
    const last = this.#last.get(reach);
    const start = last === undefined || last.isFull ? -1 : last.fit(times);
    if (start >= 0) {
      this.#all.add(last!);
      return last!.add(window, start, times, values);
    }
    const own = new Raster(reach);
    this.#all.add(own);
    this.#last.set(reach, own);
    own.add(window, 0, times, values);
  }
}

type Cut = Readonly<Record<'from' | 'index' | 'to', number>>;

function without(array: Float64Array, { from, index, to }: Cut): Float64Array {
  const shorter = new Float64Array(to - from - 1);
  shorter.set(array.subarray(from, index));
  shorter.set(array.subarray(index + 1, to), index - from);
  return shorter;
}

function inserted(array: Float64Array, { from, index, to }: Cut, one: number): Float64Array {
  const longer = new Float64Array(to - from + 1);
  longer.set(array.subarray(from, index));
  longer[index - from] = one;
  longer.set(array.subarray(index, to), index - from + 1);
  return longer;
}
