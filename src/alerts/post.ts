import type { Alert, AlertSpec, Transition } from '../model/alert.ts';
import type { Post } from '../model/posted.ts';
import type { Verdict } from '../model/verdict.ts';
import { advance } from './advance.ts';

export interface Judged {
  /** `undefined` for the end of an alert that nobody knew. */
  readonly alert: Alert | undefined;
  readonly transition: Transition | undefined;
}

/** Whoever posts has waited already: a breach fires at once, and its end ends it. */
function specOf(rule: string): AlertSpec {
  return { rule, steps: [{ name: '', for: 0 }], keepFiringFor: 0, worse: 'up' };
}

/**
 * Judges an alert that another program posted, by the state machine of every other alert: it is breached if its `endsAt` was ahead
 * when it was posted, and ok if it was not. What is known of later than that stands.
 */
export function judgePost(before: Alert | undefined, post: Post, now: number): Judged {
  const fires = post.endsAt > post.updatedAt;
  if (isLate(before, post) || (!fires && before?.state !== 'firing')) return { alert: before, transition: undefined };
  const verdict: Verdict = {
    status: fires ? 'breached' : 'ok',
    labels: before?.labels ?? post.labels,
    maxAge: Infinity,
    holds: [],
    clears: [],
  };
  const { alert, transition } = advance(before, verdict, specOf(post.rule), now);
  const startsAt = startOf(before, post);
  const { annotations, generatorUrl, endsAt, updatedAt } = post;
  const posted = { startsAt, endsAt, annotations, generatorUrl, updatedAt };
  const started = fires ? { activeAt: startsAt } : {};
  // What is added comes first: after what is spread it costs three times as much with Node.js 20.
  return {
    alert: { posted, ...alert, ...started, startUnseen: false },
    transition: transition && { ...transition, activeAt: startsAt },
  };
}

/** The earliest start that was said of what fires. */
function startOf(before: Alert | undefined, { startsAt }: Post): number {
  return before?.state === 'firing' ? Math.min(before.activeAt ?? startsAt, startsAt) : startsAt;
}

function isLate(before: Alert | undefined, { updatedAt }: Post): boolean {
  return before?.posted !== undefined && before.posted.updatedAt > updatedAt;
}

/** Holds an alert of which nothing was heard until its `endsAt`: it neither fires anew nor resolves. `undefined` when nothing changes. */
export function holdPosted(alert: Alert, now: number): Alert | undefined {
  const { posted, rule, labels, state, unknown } = alert;
  if (posted === undefined || state !== 'firing' || unknown !== undefined || posted.endsAt > now) return undefined;
  const verdict: Verdict = { status: 'unknown', reason: 'stale', staleSince: posted.endsAt, labels, maxAge: Infinity };
  return { ...advance(alert, verdict, specOf(rule), now).alert, posted };
}
