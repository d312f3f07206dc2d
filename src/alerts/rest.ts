import type { Alert } from '../model/alert.ts';
import { keyOf } from '../promql/index.ts';
import type { Judge } from '../rules/judge.ts';
import type { Labeller } from '../rules/labeller.ts';
import type { Outlook } from '../rules/outlook.ts';
import { isCalm } from './advance.ts';

/**
 * How the alerts of a rule stand between two evaluations. When every one of them is calm, an instant at which no value stirs changes nothing,
 * provided that what is found then has an alert already, and that what is not found is known to have series.
 */
export class Rest {
  /** How many label sets there is something to say of. */
  readonly judged: number;
  readonly #isCalm: boolean;
  readonly #places: Judge['places'];
  readonly #labels: Labeller;
  readonly #alerts: readonly (Alert | undefined)[];
  readonly #judge: Judge;
  #shape: Outlook['shape'] | undefined;
  /** Places of the outlook at which nothing may be found, and at which something must be. */
  #absent: readonly number[] = [];
  #found: readonly number[] = [];
  #isComplete = false;

  constructor(labels: Labeller, judge: Judge, alerts: readonly (Alert | undefined)[]) {
    this.#labels = labels;
    this.#judge = judge;
    this.#places = judge.places;
    this.#alerts = alerts;
    this.judged = alerts.reduce((count, alert) => count + (alert === undefined ? 0 : 1), 0);
    this.#isCalm = alerts.every((alert) => alert === undefined || isCalm(alert));
  }

  /** True when the evaluation at this step of the outlook, at which no value stirs, changes nothing. */
  allows(outlook: Outlook, step: number): boolean {
    if (!this.#isCalm) return false;
    if (outlook.shape !== this.#shape) this.#compare(outlook.shape);
    if (!this.#isComplete) return false;
    const { present, steps } = outlook;
    return (
      this.#absent.every((place) => present[place * steps + step] === 0) &&
      this.#found.every((place) => present[place * steps + step] === 1)
    );
  }

  #compare(shape: Outlook['shape']): void {
    this.#shape = shape;
    const { keys } = this.#places;
    const places = new Map(keys.map((key, place) => [key, place]));
    const standing = shape.labels.map((labels) => places.get(keyOf(this.#labels.labelsOf(labels, NaN))));
    const own = Array.from(standing.keys());
    const isDoubtful = (place: number): boolean => this.#alerts[place] !== undefined && !this.#judge.isAttached(place);
    this.#absent = own.filter((place) => standing[place] === undefined || this.#alerts[standing[place]] === undefined);
    this.#found = own.filter((place) => standing[place] !== undefined && isDoubtful(standing[place]));
    const seen = new Set(standing);
    this.#isComplete = keys.every((_, place) => seen.has(place) || !isDoubtful(place));
  }
}
