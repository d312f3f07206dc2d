import type { Alert } from '../model/alert.ts';
import type { Judge } from '../rules/judge.ts';
import type { Outlook } from '../rules/outlook.ts';

/** How the alert of a label set stands: nothing happens to a calm one, and only its value moves at the top. */
export const OTHER = 0;
export const CALM = 1;
export const AT_TOP = 2;

/** There is no alert. */
const NONE = 3;

/** An alert that fires at the top, and where its values stand in the columns. */
export interface Held {
  readonly place: number;
  readonly column: number;
}

/**
 * How the alerts of a rule stand between two evaluations. When each of them is calm and known to have series, or fires at the top, an
 * instant that finds them so again changes nothing but values, provided that what is found then has an alert already.
 */
export class Rest {
  /** How many label sets there is something to say of. */
  readonly judged: number = 0;
  readonly held: readonly Held[];
  readonly #judge: Judge;
  readonly #isPossible: boolean;
  /** By place of the columns. */
  readonly #standing: Uint8Array;
  readonly #hasAbsent: boolean;
  #outlook: Outlook | undefined;
  #until = 0;

  constructor(judge: Judge, alerts: readonly (Alert | undefined)[], standing: Uint8Array) {
    const columns = columnsOf(judge, alerts.length);
    const held: Held[] = [];
    let isPossible = true;
    for (let place = 0; place < alerts.length; place++) {
      if (alerts[place] === undefined) continue;
      this.judged++;
      const column = columns[place]!;
      if (standing[place] === AT_TOP && column >= 0) held.push({ place, column });
      else if (standing[place] !== CALM || !judge.isAttached(place)) isPossible = false;
    }
    this.held = held;
    this.#judge = judge;
    this.#isPossible = isPossible;
    this.#standing = Uint8Array.from(judge.places.of, (place) => (alerts[place] ? standing[place]! : NONE));
    this.#hasAbsent = this.#standing.includes(NONE);
  }

  /** The first step from `step` on whose evaluation may change more than values, or the number of steps. */
  until(outlook: Outlook, step: number): number {
    if (!this.#isPossible) return step;
    if (outlook !== this.#outlook || step > this.#until) this.#until = this.#search(outlook, step);
    this.#outlook = outlook;
    return this.#until;
  }

  #search(outlook: Outlook, step: number): number {
    const { stale, stirred, steps } = outlook;
    const stirring = (this.held.length === 0 ? stirred : stale).indexOf(1, step);
    const end = stirring < 0 ? steps : stirring;
    if (this.held.length === 0 && !this.#hasAbsent) return end;
    let until = step;
    while (until < end && this.#isAsBefore(outlook, until)) until++;
    return until;
  }

  #isAsBefore(outlook: Outlook, step: number): boolean {
    const standing = this.#standing;
    for (let column = 0, at = step; column < standing.length; column++, at += outlook.steps) {
      const isAsBefore =
        standing[column] === AT_TOP ? this.#judge.keepsTop(outlook, at) : this.#judge.keepsCalm(outlook, at);
      if (!isAsBefore || (standing[column] === NONE && outlook.compared.present[at] === 1)) return false;
    }
    return true;
  }
}

const MANY = -2;
const NOWHERE = -1;

/** By place: where its values stand in the columns; below zero when nowhere, or at several places. */
function columnsOf({ places: { of } }: Judge, places: number): Int32Array {
  const columns = new Int32Array(places).fill(NOWHERE);
  for (let column = 0; column < of.length; column++) {
    const place = of[column]!;
    columns[place] = columns[place] === NOWHERE ? column : MANY;
  }
  return columns;
}
