import type { Alert } from '../model/alert.ts';
import type { Judge } from '../rules/judge.ts';
import type { Outlook } from '../rules/outlook.ts';
import { isCalm } from './advance.ts';

/**
 * How the alerts of a rule stand between two evaluations. When every one of them is calm and known to have series, an instant
 * at which no value stirs changes nothing, provided that what is found then has an alert already.
 */
export class Rest {
  /** How many label sets there is something to say of. */
  readonly judged: number;
  readonly #isCalm: boolean;
  /** Places of the columns at which nothing may be found. */
  readonly #absent: readonly number[];
  #outlook: Outlook | undefined;
  #until = 0;

  constructor(judge: Judge, alerts: readonly (Alert | undefined)[]) {
    const { of } = judge.places;
    this.judged = alerts.reduce((count, alert) => count + (alert === undefined ? 0 : 1), 0);
    this.#isCalm = alerts.every((alert, place) => alert === undefined || (isCalm(alert) && judge.isAttached(place)));
    this.#absent = Array.from(of.keys()).filter((index) => alerts[of[index]!] === undefined);
  }

  /** The first step from `step` on whose evaluation may change something, or the number of steps. */
  until(outlook: Outlook, step: number): number {
    if (!this.#isCalm) return step;
    if (outlook !== this.#outlook || step > this.#until) this.#until = this.#search(outlook, step);
    this.#outlook = outlook;
    return this.#until;
  }

  #search({ stirred, steps, compared: { present } }: Outlook, step: number): number {
    const stirring = stirred.indexOf(1, step);
    const end = stirring < 0 ? steps : stirring;
    if (this.#absent.length === 0) return end;
    let until = step;
    while (until < end && this.#absent.every((place) => present[place * steps + until] === 0)) until++;
    return until;
  }
}
