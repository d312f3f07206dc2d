import { growFreely } from '../io/heap.ts';
import { dueId } from '../model/claim.ts';
import type { DueKey, Telling } from '../model/claim.ts';

/** Groups that grow in a storm are told once it is over, or after this: ms. */
export const LONGEST = 10_000;

/** Many alerts that are posted within a short time, and the groups that grow by it. */
export class Storm {
  readonly #calm: () => void;
  /** Those that the last commit added to; undefined once the storm has lasted so long that they are told all the same. */
  #groups: Set<string> | undefined;
  /** Those of this storm that have something critical to be told at once. */
  readonly #urgent = new Set<string>();
  #end: NodeJS.Timeout | undefined;

  /** `calm` hears that groups do not grow any more. */
  constructor(calm: () => void) {
    this.#calm = calm;
  }

  /** Says that it goes on. */
  rise(): void {
    if (this.#end !== undefined) return;
    growFreely(true);
    this.#groups = new Set();
    this.#urgent.clear();
    this.#end = setTimeout(() => {
      this.#groups = undefined;
      this.#calm();
    }, LONGEST);
  }

  end(): void {
    if (this.#end === undefined) return;
    clearTimeout(this.#end);
    this.#end = undefined;
    growFreely(false);
    this.#groups = undefined;
    this.#calm();
  }

  /** A commit adds to these groups; one in which something critical is to be told at once waits for nothing from then on. */
  grow(tellings: readonly Telling[]): void {
    // Who could be told ahead is told, or slow. A storm that goes on would leave what is over uncollected.
    growFreely(false);
    const groups = this.#groups;
    if (groups === undefined) return;
    groups.clear();
    for (const telling of tellings) (telling.flush ? this.#urgent : groups).add(dueId(telling));
    for (const id of this.#urgent) groups.delete(id);
  }

  isGrowing(key: DueKey): boolean {
    return this.#groups?.has(dueId(key)) ?? false;
  }
}
