import { judgePost } from '../alerts/post.ts';
import { tellingsFor } from '../dispatch/route.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import { dueId } from '../model/claim.ts';
import type { Route } from '../model/config.ts';
import type { Post } from '../model/posted.ts';
import { Grouped } from './grouped.ts';
import type { NewChange } from './grouped.ts';
import type { Commit } from './heard.ts';

/** What one request posted. */
export interface Posted {
  readonly posts: readonly Post[];
  /** Those before it are committed. */
  readonly next: number;
}

/** Posts that are judged together. More wait, since all of them are held in memory until they are told. */
const MOST = 50_000;

interface Given {
  /** Alerts of one commit: more are committed in several, so that none holds the database for long. */
  readonly perCommit: number;
  /** Alerts by id. */
  readonly known: ReadonlyMap<string, Alert>;
  /** Ends of alerts that are not known, by id. */
  readonly over: Map<string, Post>;
  /** Those that were told of some (`dueId`). */
  readonly groups: ReadonlySet<string>;
  readonly route: Route;
}

/** What is committed together, and how far each request has come by it. */
export interface Part<Request> extends Commit {
  /** To be judged after it. */
  readonly ends: readonly Post[];
  readonly reached: readonly (readonly [request: Request, next: number])[];
}

/** Between two posts: how many requests were judged whole before them, how far the one after those, and what came of all. */
interface Mark {
  readonly requests: number;
  readonly next: number;
  readonly alerts: number;
  readonly changes: number;
  readonly ends: number;
}

/** Posts that are judged together: up to an alert that comes a second time, since each of its changes is a commit of its own. */
export class Batch<Request extends Posted> {
  readonly #given: Given;
  readonly #ids = new Set<string>();
  readonly #whole: Request[] = [];
  /** The one that did not fit in. */
  #last: { readonly request: Request; readonly next: number } | undefined;
  /** Where commits end. */
  readonly #marks: Mark[] = [];
  readonly #ends: Post[] = [];
  /** As they are from then on, by id. */
  readonly alerts = new Map<string, Alert>();
  readonly changes: NewChange[] = [];
  readonly grouped = new Grouped();
  /** When the first of what changes was posted: unix ms, judging clock. */
  since = Infinity;
  /** Somebody is to be told at once. */
  isUrgent = false;
  /** Some of it is of groups that are not known. */
  isNew = false;

  constructor(given: Given) {
    this.#given = given;
  }

  get isFull(): boolean {
    return this.#last !== undefined;
  }

  /** Posts that are judged. */
  get size(): number {
    return this.#ids.size;
  }

  /** Judges those of the requests that have come since the last call; `now` is never before that of one. */
  take(requests: readonly Request[], now: number): void {
    while (this.#whole.length < requests.length && !this.isFull) {
      const request = requests[this.#whole.length]!;
      let { next } = request;
      for (; next < request.posts.length; next++) {
        this.#mark(next);
        if (!this.#judge(request.posts[next]!, now)) break;
      }
      if (next < request.posts.length) this.#last = { request, next };
      else this.#whole.push(request);
    }
  }

  /** What is to be committed, in order. */
  *parts(): Iterable<Part<Request>> {
    const alerts = [...this.alerts];
    let from: Mark = { requests: 0, next: 0, alerts: 0, changes: 0, ends: 0 };
    for (const to of [...this.#marks, this.#here(this.#last?.next ?? 0)]) {
      if (to.requests === from.requests && to.next === from.next) continue;
      const reached = this.#whole.slice(from.requests, to.requests).map((each) => [each, each.posts.length] as const);
      const partial = this.#whole[to.requests] ?? this.#last?.request;
      yield {
        alerts: new Map(alerts.slice(from.alerts, to.alerts)),
        changes: this.changes.slice(from.changes, to.changes),
        ends: this.#ends.slice(from.ends, to.ends),
        since: this.since,
        reached: partial === undefined || to.next === 0 ? reached : [...reached, [partial, to.next]],
      };
      from = to;
    }
  }

  #here(next: number): Mark {
    const { length: requests } = this.#whole;
    return { requests, next, alerts: this.alerts.size, changes: this.changes.length, ends: this.#ends.length };
  }

  /** A commit ends before a post of the present request, when it has all the alerts that it may have. */
  #mark(next: number): void {
    if (this.alerts.size - (this.#marks.at(-1)?.alerts ?? 0) >= this.#given.perCommit)
      this.#marks.push(this.#here(next));
  }

  /** False for one that has to wait. */
  #judge(post: Post, now: number): boolean {
    const id = alertId(post);
    if (this.#ids.has(id) || this.#ids.size === MOST) return false;
    this.#ids.add(id);
    const { known, over, groups, route } = this.#given;
    const end = over.get(id);
    // What another process kept may come after the end that was posted since, and its receivers may know of it.
    if (end !== undefined && post.updatedAt < end.updatedAt) this.#ends.push(end);
    const before = known.get(id);
    const { alert, transition } = judgePost(before, post, now);
    if (alert === undefined) over.set(id, post);
    if (alert === undefined || alert === before) return true;
    this.alerts.set(id, alert);
    this.since = Math.min(this.since, post.updatedAt);
    if (transition === undefined) return true;
    const tellings = tellingsFor(route, transition);
    const change = { alert, transition, tellings };
    this.changes.push(change);
    this.grouped.add(change);
    this.isUrgent ||= tellings.some(({ flush }) => flush);
    this.isNew ||= transition.kind === 'firing' && tellings.some((telling) => !groups.has(dueId(telling)));
    return true;
  }
}
