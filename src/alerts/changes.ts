import type { Alert, Transition } from '../model/alert.ts';
import type { Advanced } from './advance.ts';
import type { Page } from './book.ts';
import { isNews } from './news.ts';

/** What an evaluation changes, while it runs. */
export class Changes {
  /** Alerts to be stored again. */
  readonly alerts: Alert[] = [];
  /** Alerts whose series left the configuration. */
  readonly deleted: Alert[] = [];
  readonly transitions: Transition[] = [];
  /** When `for` or `keep_firing_for` will have passed: unix ms, or Infinity. */
  deadline = Infinity;
  readonly #written: { readonly page: Page; readonly key: string; readonly before: Alert | undefined }[] = [];

  /** Takes in what became of an alert. */
  add({ alert, transition, deadline }: Advanced, before: Alert | undefined): void {
    if (isNews(before, alert)) this.alerts.push(alert);
    if (transition !== undefined) this.transitions.push(transition);
    if (deadline !== undefined && deadline < this.deadline) this.deadline = deadline;
  }

  /** Writes into a page; `undefined` takes the alert out. */
  write(page: Page, key: string, alert: Alert | undefined): void {
    this.#written.push({ page, key, before: page.alerts.get(key) });
    page.set(key, alert);
  }

  /** Puts back what was written, last things first. */
  undo(): void {
    for (const { page, key, before } of this.#written.toReversed()) page.set(key, before);
    this.#written.length = 0;
  }
}
