import { holdPosted, judgePost } from '../alerts/post.ts';
import { mayWake } from '../dispatch/inhibit.ts';
import { tellingsFor } from '../dispatch/route.ts';
import { alertId } from '../model/alert.ts';
import type { Alert, Transition } from '../model/alert.ts';
import type { InhibitRule, Route } from '../model/config.ts';
import type { Post } from '../model/posted.ts';
import type { Store } from '../model/store.ts';

export interface PosterDeps {
  readonly store: Pick<Store, 'postedAlerts' | 'commitPosts'>;
  readonly route: Route;
  readonly inhibit?: readonly InhibitRule[];
  /** Judging clock, strictly increasing. */
  readonly now: () => number;
  /** Hears of what was committed. */
  readonly committed: (transitions: readonly Transition[]) => void;
  /** Hears how many alerts of a name cannot be judged any more, whenever that changes. */
  readonly unheard: (rule: string, count: number) => Promise<void>;
}

interface Waiting {
  readonly posts: readonly Post[];
  next: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

interface Step {
  readonly id: string;
  readonly alert: Alert | undefined;
  readonly transition: Transition | undefined;
}

/** Alerts of one commit. More wait for the next one, so that none holds the database for long. */
const MOST = 2000;

/**
 * Takes in alerts that other programs post. They are one rule group that is evaluated whenever something is posted: what comes
 * while a commit is on its way goes together into the next one, and a caller is answered once its alerts are stored.
 */
export class Poster {
  readonly #deps: PosterDeps;
  readonly #known = new Map<string, Alert>();
  readonly #unheard = new Map<string, number>();
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  /** Instant of the commit that `#known` is of; undefined before it is read from the store. */
  #at: number | undefined;
  #earliestEnd = -Infinity;

  constructor(deps: PosterDeps) {
    this.#deps = deps;
  }

  /** Resolves once they are stored. */
  async post(posts: readonly Post[]): Promise<void> {
    if (posts.length === 0) return;
    await new Promise<void>((done, failed) => {
      this.#waiting.push({ posts, next: 0, done, failed });
      this.#run();
    });
  }

  /** Those that other programs posted and that fire. */
  async firing(): Promise<readonly Alert[]> {
    if (this.#at === undefined) await this.#read();
    return [...this.#known.values()].filter(({ state }) => state === 'firing');
  }

  /** Holds those of which nothing was heard in time. To be called every second. */
  async tick(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#earliestEnd > this.#deps.now() && this.#unheard.size === 0) return;
    await this.#take(this.#hold());
  }

  async #hold(): Promise<void> {
    if (this.#at === undefined) await this.#read();
    const now = this.#deps.now();
    const held = [...this.#known].flatMap(([id, before]) => {
      const alert = holdPosted(before, now);
      return alert === undefined ? [] : [{ id, alert, transition: undefined }];
    });
    if (held.length > 0 && !(await this.#commit(held, now))) return;
    this.#forget(now);
    this.#earliestEnd = Math.min(Infinity, ...[...this.#known.values()].flatMap(endOf));
    await this.#count();
  }

  #run(): void {
    if (this.#running === undefined) void this.#take(this.#drain());
  }

  /** One thing at a time: what is posted meanwhile waits for its end. */
  #take(work: Promise<void>): Promise<void> {
    const running = work.finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0) this.#run();
    });
    this.#running = running;
    return running;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      try {
        if (this.#at === undefined) await this.#read();
        await this.#once(waiting);
      } catch (error) {
        this.#waiting = this.#waiting.filter((each) => !waiting.includes(each));
        for (const { failed } of waiting) failed(error);
      }
    }
  }

  /** Commits what waits, up to an alert that comes a second time: each of its changes is a commit of its own. */
  async #once(waiting: readonly Waiting[]): Promise<void> {
    const now = this.#deps.now();
    const steps = new Map<string, Step>();
    const ends = new Map<Waiting, number>();
    for (const each of waiting) {
      const end = this.#judge(each, steps, now);
      ends.set(each, end);
      if (end < each.posts.length) break;
    }
    const changed = [...steps.values()].filter(({ id, alert }) => alert !== this.#known.get(id));
    if (changed.length > 0 && !(await this.#commit(changed, now))) return;
    for (const [each, end] of ends) each.next = end;
    const done = [...ends.keys()].filter(({ next, posts }) => next === posts.length);
    this.#waiting = this.#waiting.filter((each) => !done.includes(each));
    for (const each of done) each.done();
  }

  /** Says how far it came. */
  #judge({ posts, next }: Waiting, steps: Map<string, Step>, now: number): number {
    for (let index = next; index < posts.length; index++) {
      const post = posts[index]!;
      const id = alertId(post);
      if (steps.has(id) || steps.size === MOST) return index;
      steps.set(id, { id, ...judgePost(this.#known.get(id), post, now) });
    }
    return posts.length;
  }

  /** False when another process came first; what is known is then read again before the next try. */
  async #commit(steps: readonly Step[], now: number): Promise<boolean> {
    const { store, route, inhibit = [], committed } = this.#deps;
    const transitions = steps.flatMap(({ transition }) => transition ?? []);
    const committedNow = await store.commitPosts({
      now,
      previous: this.#at!,
      alerts: steps.flatMap(({ alert }) => alert ?? []),
      transitions: transitions.map((transition) => ({ transition, tellings: tellingsFor(route, transition) })),
      wakes: mayWake(
        transitions.filter(({ kind }) => kind !== 'firing'),
        inhibit,
      ),
    });
    if (!committedNow) {
      this.#at = undefined;
      return false;
    }
    this.#at = now;
    for (const { id, alert } of steps) {
      if (alert === undefined) continue;
      this.#known.set(id, alert);
      this.#earliestEnd = Math.min(this.#earliestEnd, ...endOf(alert));
    }
    committed(transitions);
    return true;
  }

  async #read(): Promise<void> {
    const { at, alerts } = await this.#deps.store.postedAlerts();
    this.#known.clear();
    for (const alert of alerts) this.#known.set(alertId(alert), alert);
    this.#at = at;
    this.#earliestEnd = -Infinity;
  }

  /** What is over and told long ago; the store forgets it as well. */
  #forget(now: number): void {
    for (const [id, { state, posted }] of this.#known)
      if (state !== 'firing' && posted!.endsAt < now - KEPT) this.#known.delete(id);
  }

  async #count(): Promise<void> {
    const counts = new Map([...this.#unheard.keys()].map((rule) => [rule, 0]));
    for (const { rule, unknown, state } of this.#known.values())
      if (state === 'firing' && unknown !== undefined) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    for (const [rule, count] of counts) {
      if (this.#unheard.get(rule) === count) continue;
      await this.#deps.unheard(rule, count);
      if (count > 0) this.#unheard.set(rule, count);
      else this.#unheard.delete(rule);
    }
  }
}

/** As the store keeps them: ms. */
const KEPT = 3_600_000;

/** When it will be held unless it is heard of again. */
function endOf({ state, posted, unknown }: Alert): readonly number[] {
  return state === 'firing' && unknown === undefined && posted !== undefined ? [posted.endsAt] : [];
}
