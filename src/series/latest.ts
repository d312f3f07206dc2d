import type { Latest } from '../model/series.ts';
import type { Window } from './window.ts';

const FIRST_CAPACITY = 64;

/** The newest samples of all windows side by side; kept up by whoever writes a window. */
export class LatestSamples implements Latest {
  at = new Float64Array(FIRST_CAPACITY);
  values = new Float64Array(FIRST_CAPACITY);
  until = new Float64Array(FIRST_CAPACITY);
  /** ms that a sample stands; -Infinity when only the series itself can tell. */
  #stands = new Float64Array(FIRST_CAPACITY);
  #slots = 0;
  readonly #free: number[] = [];

  /** A place for one more series. */
  take(): number {
    const slot = this.#free.pop() ?? this.#slots++;
    if (slot === this.at.length) this.#grow();
    return slot;
  }

  /** Gives a place back. */
  release(slot: number): void {
    this.at[slot] = Infinity;
    this.#free.push(slot);
  }

  /** Takes over a sample that is newer than the newest. */
  move(slot: number, at: number, value: number): void {
    this.at[slot] = at;
    this.values[slot] = value;
    this.until[slot] = at + this.#stands[slot]!;
  }

  /** Takes over how a window is. A price that is frozen, or a series that was said to be gone, tells by itself. */
  note(window: Window): void {
    const { slot, times, from, to, maxAge, frozenSince, goneAt } = window;
    const isEmpty = from === to;
    this.#stands[slot] = isEmpty || frozenSince !== undefined || goneAt.length > 0 ? -Infinity : maxAge;
    this.move(slot, isEmpty ? Infinity : times[to - 1]!, isEmpty ? NaN : window.valueAt(to - 1));
  }

  #grow(): void {
    this.at = twiceAsLong(this.at);
    this.values = twiceAsLong(this.values);
    this.until = twiceAsLong(this.until);
    this.#stands = twiceAsLong(this.#stands);
  }
}

function twiceAsLong(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(array.length * 2);
  longer.set(array);
  return longer;
}
