import type { Alert, Transition } from '../model/alert.ts';
import { dueId } from '../model/claim.ts';
import type { Telling } from '../model/claim.ts';

/** What a post changed, and who is to be told. */
export interface NewChange {
  readonly transition: Transition;
  readonly alert: Alert;
  readonly tellings: readonly Telling[];
}

/** All that a group has to say. */
export interface Group {
  readonly telling: Telling;
  readonly changes: readonly Pick<NewChange, 'transition' | 'alert'>[];
  /** Of each among all that changed. */
  readonly places: readonly number[];
}

interface Growing extends Group {
  telling: Telling;
  readonly changes: NewChange[];
  readonly places: number[];
  isFiring: boolean;
}

/** Changes by receiver and group, put there as they come: while a storm is posted there is time for it, and none once it is told. */
export class Grouped {
  readonly #groups = new Map<string, Growing>();
  #size = 0;

  add(change: NewChange): void {
    const place = this.#size++;
    for (const telling of change.tellings) {
      const group = this.#groupOf(telling);
      group.changes.push(change);
      group.places.push(place);
      group.isFiring &&= change.transition.kind === 'firing' && telling.after === undefined;
      if (telling.flush) group.telling = telling;
    }
  }

  /** Changes in all. */
  get size(): number {
    return this.#size;
  }

  /** Groups of which every change is that an alert fires; none of an escalation. */
  get firing(): readonly Group[] {
    return [...this.#groups.values()].filter(({ isFiring }) => isFiring);
  }

  #groupOf(telling: Telling): Growing {
    const id = dueId(telling);
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const made = { telling, changes: [], places: [], isFiring: true };
    this.#groups.set(id, made);
    return made;
  }
}
