import type { Alert } from '../model/alert.ts';
import { keyOf } from '../promql/index.ts';
import type { Judge } from '../rules/judge.ts';
import type { Labeller } from '../rules/labeller.ts';
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
  readonly #places: Judge['places'];
  readonly #labels: Labeller;
  readonly #alerts: readonly (Alert | undefined)[];
  #shape: Outlook['shape'] | undefined;
  /** Places of the outlook at which nothing may be found. */
  #absent: readonly number[] = [];

  constructor(labels: Labeller, judge: Judge, alerts: readonly (Alert | undefined)[]) {
    this.#labels = labels;
    this.#places = judge.places;
    this.#alerts = alerts;
    this.judged = alerts.reduce((count, alert) => count + (alert === undefined ? 0 : 1), 0);
    this.#isCalm = alerts.every((alert, place) => alert === undefined || (isCalm(alert) && judge.isAttached(place)));
  }

  /** True when the evaluation at this step of the outlook, at which no value stirs, changes nothing. */
  allows(outlook: Outlook, step: number): boolean {
    if (!this.#isCalm) return false;
    if (outlook.shape !== this.#shape) this.#compare(outlook.shape);
    const { present, steps } = outlook;
    return this.#absent.every((place) => present[place * steps + step] === 0);
  }

  #compare(shape: Outlook['shape']): void {
    this.#shape = shape;
    const places = new Map(this.#places.keys.map((key, place) => [key, place]));
    this.#absent = shape.labels.flatMap((labels, index) => {
      const place = places.get(keyOf(this.#labels.labelsOf(labels, NaN)));
      return place === undefined || this.#alerts[place] === undefined ? [index] : [];
    });
  }
}
