import type { Post } from '../model/posted.ts';
import type { Store } from '../model/store.ts';

interface Waiting {
  readonly posts: readonly Post[];
  readonly done: (id: number) => void;
  readonly failed: (error: unknown) => void;
}

/** Keeps what is posted. What comes while one write is on its way goes together into the next one. */
export class Intake {
  readonly #store: Pick<Store, 'keepPosts'>;
  #waiting: Waiting[] = [];
  #writing = false;
  #underway = 0;

  constructor(store: Pick<Store, 'keepPosts'>) {
    this.#store = store;
  }

  /** Posts that are on their way to the disk. */
  get underway(): number {
    return this.#underway;
  }

  /** Resolves with the id under which it is stored. */
  async keep(posts: readonly Post[]): Promise<number> {
    this.#underway += posts.length;
    return new Promise<number>((done, failed) => {
      this.#waiting.push({ posts, done, failed });
      void this.#write();
    }).finally(() => (this.#underway -= posts.length));
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting.splice(0);
      try {
        const ids = await this.#store.keepPosts(waiting.map(({ posts }) => posts));
        for (const [index, { done }] of waiting.entries()) done(ids[index]!);
      } catch (error) {
        for (const { failed } of waiting) failed(error);
      }
    }
    this.#writing = false;
  }
}
