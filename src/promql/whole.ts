import type { Labels } from '../model/labels.ts';
import type { SeriesWindow } from '../model/series.ts';

/** A history that is there whole, with what is not known yet. */
class Whole implements SeriesWindow {
  readonly id: number;
  readonly labels: Labels;
  readonly maxAge: number;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
  readonly rewrites = 0;
  readonly shifts = 0;
  readonly #window: SeriesWindow;

  constructor(window: SeriesWindow, to: number) {
    this.#window = window;
    this.id = window.id;
    this.labels = window.labels;
    this.maxAge = window.maxAge;
    this.times = window.times;
    this.values = window.values;
    this.from = window.from;
    this.to = to;
  }

  get frozenSince(): number | undefined {
    return this.#window.frozenSince;
  }
}

/** A series with all that is there of it. */
export function wholeOf(window: SeriesWindow): SeriesWindow {
  return window.ahead === undefined ? window : new Whole(window, window.ahead);
}
