import { holdPosted } from '../alerts/post.ts';
import { alertId } from '../model/alert.ts';
import type { Alert } from '../model/alert.ts';
import { dueId } from '../model/claim.ts';
import type { Post } from '../model/posted.ts';
import type { NewChange } from './grouped.ts';

/** What is committed at one instant. */
export interface Commit {
  /** As they are from then on, by id. */
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly changes: readonly NewChange[];
  /** When the first of what changes was posted: unix ms, judging clock. */
  readonly since: number;
}

/** Groups that are remembered. */
const MOST_GROUPS = 100_000;
/** What is over is remembered as long as the store keeps it: ms. */
const KEPT = 3_600_000;

/** What is known of the alerts that other programs post, as of the last commit. */
export class Heard {
  /** By id. */
  readonly known = new Map<string, Alert>();
  /** Ends of alerts that are not known, by id. */
  readonly over = new Map<string, Post>();
  /** Those that this process has committed something for (`dueId`). */
  readonly groups = new Set<string>();
  /** When the first of those that fire has to be heard of again. */
  earliestEnd = -Infinity;

  get firing(): readonly Alert[] {
    return [...this.known.values()].filter(({ state }) => state === 'firing');
  }

  /** Begins anew with what is stored. */
  read(alerts: readonly Alert[]): void {
    this.known.clear();
    for (const alert of alerts) this.known.set(alertId(alert), alert);
    this.earliestEnd = -Infinity;
  }

  apply({ alerts, changes }: Commit): void {
    for (const [id, alert] of alerts) {
      this.known.set(id, alert);
      this.over.delete(id);
      this.earliestEnd = Math.min(this.earliestEnd, ...endOf(alert));
    }
    if (this.groups.size > MOST_GROUPS) this.groups.clear();
    for (const { tellings } of changes) for (const telling of tellings) this.groups.add(dueId(telling));
  }

  /** Those of which nothing was heard in time, as they are from then on. */
  held(now: number): Commit {
    const held = [...this.known].flatMap(([id, before]) => {
      const alert = holdPosted(before, now);
      return alert === undefined ? [] : [[id, alert] as const];
    });
    return { alerts: new Map(held), changes: [], since: now };
  }

  /** Forgets what is over and told long ago; the store forgets it as well. */
  forget(now: number): void {
    for (const [id, { state, posted }] of this.known)
      if (state !== 'firing' && posted!.endsAt < now - KEPT) this.known.delete(id);
    for (const [id, { updatedAt }] of this.over) if (updatedAt < now - KEPT) this.over.delete(id);
    this.earliestEnd = Infinity;
    for (const alert of this.known.values()) this.earliestEnd = Math.min(this.earliestEnd, ...endOf(alert));
  }

  /** How many alerts of a name fire of which nothing is known any more. */
  unknown(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { rule, unknown } of this.firing)
      if (unknown !== undefined) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    return counts;
  }
}

/** When it will be held unless it is heard of again. */
function endOf({ state, posted, unknown }: Alert): readonly number[] {
  return state === 'firing' && unknown === undefined && posted !== undefined ? [posted.endsAt] : [];
}
