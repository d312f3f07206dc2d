import { NAME } from '../model/labels.ts';
import { lastAt, valueAt, type SeriesView } from '../model/series.ts';
import type { OwnSample } from '../model/stored.ts';
import { selection, type Selection } from '../promql/index.ts';
import type { RuleOutcome } from './watch.ts';

/** Ten years in ms: a value that stands until it changes. */
export const STANDING = 315_360_000_000;

/** How many label sets of a rule cannot be judged, as a series of its own; written when it changes, and never while it was always 0. */
export class UnknownCount {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #selection: Selection;

  constructor(rule: string, group: string) {
    this.#labels = { [NAME]: 'tocsin_unknown_count', rule, group };
    this.#selection = selection(Object.entries(this.#labels).map(([name, value]) => ({ name, op: '=', value })));
  }

  /** The sample to write, if there is one. */
  sample({ unknown, blind }: RuleOutcome, view: SeriesView, now: number): OwnSample | undefined {
    const count = unknown + (blind ? 1 : 0);
    const [series] = this.#selection.select(view);
    const last = series !== undefined && lastAt(series) > -Infinity ? valueAt(series, series.to - 1) : 0;
    return last === count ? undefined : { labels: this.#labels, value: count, at: now, maxAge: STANDING };
  }
}
