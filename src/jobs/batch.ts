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
  /** Ends of alerts that are not known, by id. */
  readonly over: Map<string, Post>;
  /** Those that were told of some (`dueId`). */
  readonly groups: ReadonlySet<string>;
  readonly route: Route;
}

/** Posts that are judged and committed together: up to an alert that comes a second time, since each of its changes is a commit of its own. */
export class Batch<Request extends Posted> {
  readonly #given: Given;
  readonly #ids = new Set<string>();
  readonly #reached = new Map<Request, number>();
  /** To be judged after it. */
  readonly ends: Post[] = [];
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
  get reached(): ReadonlyMap<Request, number> {
    return this.#reached;
  }

  /** Posts that are judged. */
  get size(): number {
    return this.#ids.size;
  }

  /** Judges those of the requests that have come since the last call; `now` is never before that of one. */
  take(requests: readonly Request[], now: number): void {
    for (let index = this.#reached.size; index < requests.length && !this.isFull; index++) {
      const request = requests[index]!;
      let { next } = request;
      while (next < request.posts.length && this.#judge(request.posts[next]!, now)) next++;
      this.isFull = next < request.posts.length;
      this.#reached.set(request, next);
    }
  }

  /** False for one that has to wait. */
  #judge(post: Post, now: number): boolean {
    const id = alertId(post);
    if (this.#ids.has(id) || this.#ids.size === MOST) return false;
    this.#ids.add(id);
    const { known, over, groups, route } = this.#given;
    const end = over.get(id);
    // What another process kept may come after the end that was posted since, and its receivers may know of it.
    if (end !== undefined && post.updatedAt < end.updatedAt) this.ends.push(end);
    const before = known.get(id);
    const { alert, transition } = judgePost(before, post, now);
    if (alert === undefined) over.set(id, post);
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
