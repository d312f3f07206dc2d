import { isFresh, lastAt, type SeriesWindow } from '../model/series.ts';

/** How fresh the inputs are that one leaf of an expression gives to a label set. */
export interface Condition {
  readonly stale: number;
  readonly count: number;
  /** Unix ms: the oldest newest sample among the stale ones that have any. */
  readonly staleSince: number | undefined;
  /** ms: the smallest there is. */
  readonly maxAge: number;
}

/** How a leaf's inputs stand at an instant; asked once for inputs that several label sets share. */
export class Conditions {
  readonly #isOptional: boolean;
  #known: WeakMap<readonly SeriesWindow[], Condition> | undefined;
  #at = NaN;
  #revision: number | undefined;

  /** `isOptional`: there can be a result without the leaf, so a series that was not known yet is not stale. */
  constructor(isOptional: boolean) {
    this.#isOptional = isOptional;
  }

  /** The condition of these series at `at` (unix ms); what was said before `revision` moved is forgotten. */
  of(series: readonly SeriesWindow[], at: number, revision: number | undefined): Condition {
    if (this.#known === undefined || at !== this.#at || revision === undefined || revision !== this.#revision) {
      this.#known = new WeakMap();
      this.#at = at;
      this.#revision = revision;
    }
    let condition = this.#known.get(series);
    if (condition === undefined) this.#known.set(series, (condition = conditionOf(series, at, this.#isOptional)));
    return condition;
  }
}

function conditionOf(series: readonly SeriesWindow[], at: number, isOptional: boolean): Condition {
  let maxAge = Infinity;
  let stale = 0;
  let staleSince = Infinity;
  for (const one of series) {
    maxAge = Math.min(maxAge, one.maxAge);
    if (isFresh(one, at) || (isOptional && isYounger(one, at))) continue;
    stale++;
    if (one.to > one.from) staleSince = Math.min(staleSince, lastAt(one));
  }
  return { stale, count: series.length, staleSince: staleSince === Infinity ? undefined : staleSince, maxAge };
}

/** A series that has samples, but none as old as this, was not known then: what can do without it does. */
function isYounger({ times, from, to }: SeriesWindow, at: number): boolean {
  return from < to && times[from]! > at;
}
