/** Says of each rule how many of its posted alerts cannot be judged any more, whenever that changes. */
export class Unheard {
  readonly #say: (rule: string, count: number) => Promise<void>;
  readonly #said = new Map<string, number>();

  constructor(say: (rule: string, count: number) => Promise<void>) {
    this.#say = say;
  }

  get isEmpty(): boolean {
    return this.#said.size === 0;
  }

  /** `now` has the rules that have some. */
  async count(now: ReadonlyMap<string, number>): Promise<void> {
    const counts = new Map([...this.#said.keys()].map((rule) => [rule, 0]));
    for (const [rule, count] of now) counts.set(rule, count);
    for (const [rule, count] of counts) {
      if (this.#said.get(rule) === count) continue;
      await this.#say(rule, count);
      if (count > 0) this.#said.set(rule, count);
      else this.#said.delete(rule);
    }
  }
}
