import { judgePost } from '../alerts/post.ts';
import { tellingsFor } from '../dispatch/route.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import { dueId } from '../model/claim.ts';
import type { Route } from '../model/config.ts';
import type { Post } from '../model/posted.ts';
import type { NewChange } from './ahead.ts';

/** What one request posted. */
export interface Posted {
  readonly posts: readonly Post[];
  /** Those before it are committed. */
  readonly next: number;
}

/** Alerts of one commit. More wait for the next one, so that none holds the database for long. */
const MOST = 10_000;

interface Given {
  /** Alerts by id. */
  readonly known: ReadonlyMap<string, Alert>;
  /** Alerts of which only an end is known: when that was posted, by id. */
  readonly over: Map<string, number>;
  /** Those that were told of some (`dueId`). */
  readonly groups: ReadonlySet<string>;
  readonly route: Route;
}

/** Posts that are judged and committed together: up to an alert that comes a second time, since each of its changes is a commit of its own. */
export class Batch<Request extends Posted> {
  readonly #given: Given;
  readonly #ids = new Set<string>();
  readonly #ends = new Map<Request, number>();
  /** As they are from then on, by id. */
  readonly alerts = new Map<string, Alert>();
  readonly changes: NewChange[] = [];
  /** When the first of what changes was posted: unix ms, judging clock. */
  since = Infinity;
  /** Somebody is to be told at once. */
  isUrgent = false;
  /** Some of it is of groups that are not known. */
  isNew = false;
  isFull = false;

  constructor(given: Given) {
    this.#given = given;
  }

  /** How far each request came. */
  get ends(): ReadonlyMap<Request, number> {
    return this.#ends;
  }

  /** Posts that are judged. */
  get size(): number {
    return this.#ids.size;
  }

  /** Judges those of the requests that have come since the last call; `now` is never before that of one. */
  take(requests: readonly Request[], now: number): void {
    for (let index = this.#ends.size; index < requests.length && !this.isFull; index++) {
      const request = requests[index]!;
      let { next } = request;
      while (next < request.posts.length && this.#judge(request.posts[next]!, now)) next++;
      this.isFull = next < request.posts.length;
      this.#ends.set(request, next);
    }
  }

  /** False for one that has to wait. */
  #judge(post: Post, now: number): boolean {
    const id = alertId(post);
    if (this.#ids.has(id) || this.#ids.size === MOST) return false;
    this.#ids.add(id);
    const { known, over, groups, route } = this.#given;
    // What another process kept may come after what was posted since.
    if (post.updatedAt < (over.get(id) ?? 0)) return true;
    const before = known.get(id);
    const { alert, transition } = judgePost(before, post, now);
    if (alert === undefined) over.set(id, post.updatedAt);
    if (alert === undefined || alert === before) return true;
    this.alerts.set(id, alert);
    this.since = Math.min(this.since, post.updatedAt);
    if (transition === undefined) return true;
    const tellings = tellingsFor(route, transition);
    this.changes.push({ alert, transition, tellings });
    this.isUrgent ||= tellings.some(({ flush }) => flush);
    this.isNew ||= transition.kind === 'firing' && tellings.some((telling) => !groups.has(dueId(telling)));
    return true;
  }
}
