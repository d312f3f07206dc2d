/** Machine ms for which a head that a URL showed still says something about the others. */
const REMEMBERED = 2 * 60_000;

interface Head {
  readonly timestamp: number;
  readonly seenAt: number;
}

/** The newest block that each URL of one chain showed lately: a URL that trails the others by much reads the past. */
export class Heads<Url extends object> {
  readonly #heads = new Map<Url, Head>();

  /** `timestamp` of the block in unix ms; `seenAt` on the machine clock. */
  note(url: Url, timestamp: number, seenAt: number): void {
    const last = this.#heads.get(url);
    // A balancer's answers jump back and forth: the newest one counts while it is remembered.
    if (last !== undefined && last.timestamp > timestamp && seenAt - last.seenAt < REMEMBERED) return;
    this.#heads.set(url, { timestamp, seenAt });
  }

  /** Forgets a URL that serves another chain or lies about its head. */
  forget(url: Url): void {
    this.#heads.delete(url);
  }

  /** ms by which a URL's block trails the newest that another one showed in the last two minutes; never below 0. */
  behind(url: Url, timestamp: number, now: number): number {
    const others = [...this.#heads].filter(([other, { seenAt }]) => other !== url && now - seenAt < REMEMBERED);
    return Math.max(0, ...others.map(([, head]) => head.timestamp - timestamp));
  }
}
