import type { Alert } from '../model/alert.ts';
import { labelsKey } from '../model/labels.ts';

/** Alerts by rule name and labels key. */
export type AlertsByRule = ReadonlyMap<string, ReadonlyMap<string, Alert>>;

/** The alerts of one rule name, by labels key. */
export class Page {
  readonly alerts = new Map<string, Alert>();
  /** Moves with every change. */
  revision = 0;

  clear(): void {
    this.revision++;
    this.alerts.clear();
  }

  /** Writes an alert, or takes it out. */
  set(key: string, alert: Alert | undefined): void {
    this.revision++;
    if (alert === undefined) this.alerts.delete(key);
    else this.alerts.set(key, alert);
  }
}

/** Every alert as its last evaluation left it, inactive ones that were once judged included. */
export class AlertBook {
  readonly #pages = new Map<string, Page>();
  readonly #alerts = new Map<string, ReadonlyMap<string, Alert>>();

  /** All of them, also as they will be. */
  get alerts(): AlertsByRule {
    return this.#alerts;
  }

  page(rule: string): Page {
    let page = this.#pages.get(rule);
    if (page === undefined) {
      this.#pages.set(rule, (page = new Page()));
      this.#alerts.set(rule, page.alerts);
    }
    return page;
  }

  /** Forgets what is written and takes over alerts as they are stored. */
  restore(alerts: Iterable<Alert>): this {
    for (const page of this.#pages.values()) page.clear();
    for (const alert of alerts) this.page(alert.rule).set(labelsKey(alert.labels), alert);
    return this;
  }
}
