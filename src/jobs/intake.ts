import { setImmediate as turn } from 'node:timers/promises';
import type { Post, Postable, Received } from '../model/posted.ts';
import type { Store } from '../model/store.ts';

export interface IntakeDeps {
  readonly store: Pick<Store, 'keepPosts'>;
  /** Reads a request; throws when it is to be refused. */
  readonly read: (received: Received) => Postable;
  /** Hears what kept anything from being judged. */
  readonly onError: (error: unknown) => void;
}

/** A request that is kept. */
export interface Taken extends Postable {
  readonly id: number;
  /** What reading it threw: nothing was read then. */
  readonly refusal: Error | undefined;
}

interface Waiting {
  readonly received: Received;
  readonly done: (id: number) => void;
  readonly failed: (error: unknown) => void;
}

const NOTHING: Postable = { posts: [], wrong: [] };

/** Keeps what is posted, and reads it while the disk works. What comes while one write is on its way goes together into the next one. */
export class Intake {
  readonly #deps: IntakeDeps;
  #waiting: Waiting[] = [];
  #writing = false;
  #underway = 0;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  /** Posts that are on their way to the disk. */
  get underway(): number {
    return this.#underway;
  }

  /** Resolves once it is stored. @throws what storing it throws, or reading it when both fail. */
  async take(received: Received): Promise<Taken> {
    // By then it is on its way to the disk.
    const reading = turn().then(() => this.#read(received));
    const [kept, read] = await Promise.allSettled([this.#keep(received), reading]);
    const { posts, wrong } = read.status === 'fulfilled' ? read.value : NOTHING;
    const refusal = read.status === 'rejected' ? (read.reason as Error) : undefined;
    this.#underway -= posts.length;
    if (kept.status === 'rejected') throw refusal ?? kept.reason;
    return { id: kept.value, posts, wrong, refusal };
  }

  /** What another process kept: whoever sent what cannot be read was refused, or got no answer. */
  readAgain(received: Received): readonly Post[] {
    try {
      return this.#deps.read(received).posts;
    } catch (error) {
      this.#deps.onError(error);
      return [];
    }
  }

  #read(received: Received): Postable {
    const read = this.#deps.read(received);
    this.#underway += read.posts.length;
    return read;
  }

  async #keep(received: Received): Promise<number> {
    return new Promise<number>((done, failed) => {
      this.#waiting.push({ received, done, failed });
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting.splice(0);
      try {
        const ids = await this.#deps.store.keepPosts(waiting.map(({ received }) => received));
        for (const [index, { done }] of waiting.entries()) done(ids[index]!);
      } catch (error) {
        for (const { failed } of waiting) failed(error);
      }
    }
    this.#writing = false;
  }
}
