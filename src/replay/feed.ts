import type { Labels } from '../model/labels.ts';
import { after } from '../model/seek.ts';
import type { Windows } from '../series/index.ts';
import type { History } from './history.ts';

type Revealed = ReturnType<Windows['adopt']>;

/** Lets samples become known one instant after the other. */
export class Feed {
  /** Unix ms of the next sample, or Infinity. */
  next = Infinity;
  readonly #series: readonly History[];
  readonly #windows: Windows;
  /** Absent before the first sample: until then a series is not known. */
  readonly #open: (Revealed | undefined)[];
  readonly #readers: readonly (readonly number[])[];
  readonly #nexts: Float64Array;

  constructor(series: readonly History[], windows: Windows, readersOf: (labels: Labels) => readonly number[]) {
    this.#windows = windows;
    const readers = series.map(({ labels }) => readersOf(labels));
    this.#series = series.filter((_, index) => readers[index]!.length > 0);
    this.#readers = readers.filter((groups) => groups.length > 0);
    this.#open = this.#series.map(() => undefined);
    this.#nexts = Float64Array.from(this.#series, ({ times }) => times[0] ?? Infinity);
    this.next = this.#first();
  }

  /** Makes every sample known whose time has come, and marks the groups that read it. */
  upTo(now: number, dirty: Uint8Array): void {
    if (this.next > now) return;
    for (let index = 0; index < this.#nexts.length; index++) {
      if (this.#nexts[index]! > now) continue;
      this.#advance(index, now);
      for (const group of this.#readers[index]!) dirty[group] = 1;
    }
    this.next = this.#first();
  }

  /** The instants (unix ms, rising) at which a group's samples arrive: up to `most`, and before a series comes up that is not known yet. */
  instantsOf(group: number, { from, to, most }: Record<'from' | 'to' | 'most', number>): Float64Array {
    const own = this.#series.flatMap((history, index) =>
      this.#open[index] !== undefined && this.#readers[index]!.includes(group)
        ? [{ times: history.times, to: this.#open[index].to }]
        : [],
    );
    const end = Math.min(this.#firstUnknown(), to + 1);
    const instants = new Float64Array(most);
    let count = 0;
    for (let at = from; at < end && count < most;) {
      instants[count++] = at;
      let next = Infinity;
      for (const one of own) {
        one.to = after(one.times, { first: 0, last: one.times.length, at }, one.to);
        next = Math.min(next, one.times[one.to] ?? Infinity);
      }
      at = next;
    }
    return instants.subarray(0, count);
  }

  #firstUnknown(): number {
    let first = Infinity;
    for (const [index, { times }] of this.#series.entries())
      if (this.#open[index] === undefined) first = Math.min(first, times[0] ?? Infinity);
    return first;
  }

  #advance(index: number, now: number): void {
    const history = this.#series[index]!;
    const { times } = history;
    const window = (this.#open[index] ??= this.#windows.adopt(history));
    this.#windows.reveal(window, after(times, { first: window.to, last: times.length, at: now }, window.to));
    this.#nexts[index] = times[window.to] ?? Infinity;
  }

  #first(): number {
    let first = Infinity;
    for (const next of this.#nexts) if (next < first) first = next;
    return first;
  }
}
