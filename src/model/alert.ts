import { fingerprint, NAME } from './labels.ts';
import type { Labels } from './labels.ts';
import type { Posted } from './posted.ts';
import type { LevelName } from './rule.ts';

/** `null` is the only level of a plain Prometheus rule. */
export type AlertLevel = LevelName | null;

/** How long a condition has held: unknown time is left out. */
export interface Clock {
  /** Unix ms of the first known verdict of this run. */
  readonly since: number;
  /** ms counted so far. */
  readonly held: number;
}

/** One alert of one rule and label set, as stored. An alert that is not stored is inactive and was never judged. */
export interface Alert {
  readonly rule: string;
  /** Identity together with `rule`; without the level. */
  readonly labels: Labels;
  readonly state: 'inactive' | 'pending' | 'firing';
  /** The level it fires at; `null` for a plain rule or while not firing. */
  readonly level: AlertLevel;
  /** Pending clocks of the levels above the current one, by level name (`""` for a plain rule). */
  readonly pending: Readonly<Record<string, Clock>>;
  /** Runs while the current level's `clear` holds; a step down happens when it reaches `keep_firing_for`. */
  readonly clearing?: Clock | undefined;
  /** Unix ms, judging clock, of the last verdict that was known. */
  readonly lastKnownAt: number;
  /** Start of the episode: when the breach was first seen. */
  readonly activeAt?: number | undefined;
  readonly firedAt?: number | undefined;
  /** The breach was there at the first evaluation, so its start was not seen. */
  readonly startUnseen: boolean;
  readonly value?: number | undefined;
  /** The value farthest from the threshold since `activeAt`. */
  readonly peak?: number | undefined;
  readonly peakAt?: number | undefined;
  /** Set while the last verdict was unknown. */
  readonly unknown?: { readonly reason: string; readonly since: number };
  /** Set when no rule here makes it: another program posted it. */
  readonly posted?: Posted | undefined;
}

/** `worse`: another `step` past the threshold at the same level. */
export type TransitionKind = 'pending' | 'firing' | 'level' | 'worse' | 'resolved' | 'removed' | 'cancelled';

/** A change of one alert. All but `pending` and `cancelled` (pending that passed) are told. */
export interface Transition {
  readonly kind: TransitionKind;
  readonly rule: string;
  readonly labels: Labels;
  /** Unix ms, judging clock. */
  readonly at: number;
  readonly from: AlertLevel;
  readonly to: AlertLevel;
  /** The value that made it; the last one known where there is none, as when a plain rule recovers. */
  readonly value?: number | undefined;
  readonly activeAt: number;
  /** Of the episode so far: the value farthest from the threshold, and when it was. */
  readonly peak?: number | undefined;
  readonly peakAt?: number | undefined;
}

/** What the state machine needs to know of a rule. Times in ms. */
export interface AlertSpec {
  readonly rule: string;
  /** `for` of each level, and its threshold; a plain rule has the one step `""`. */
  readonly steps: readonly { readonly name: LevelName | ''; readonly for: number; readonly threshold?: number }[];
  readonly keepFiringFor: number;
  /** Which way is worse, for the peak. */
  readonly worse: 'up' | 'down';
  /** Each time the peak passes another one of these beyond its level's threshold, it is told anew. Positive, in the value's unit. */
  readonly step?: number | undefined;
}

/** Identifies an alert to the store, to people and to APIs: the same for every episode and level. */
export function alertId(alert: Pick<Alert, 'rule' | 'labels'>): string {
  const { rule, labels } = alert;
  for (let known = ids.get(labels); known !== undefined; known = known.next) if (known.rule === rule) return known.id;
  // Copied onto a name, since Node.js 20 is slow to add one to a copy.
  const named: Record<string, string> = { [NAME]: rule, ...labels };
  named[NAME] = rule;
  const id = fingerprint(named);
  identify(alert, id);
  return id;
}

/** Says which alert this is, where that is known already. */
export function identify<Named extends Pick<Alert, 'rule' | 'labels'>>(alert: Named, id: string): Named {
  const { rule, labels } = alert;
  ids.set(labels, { rule, id, next: ids.get(labels) });
  return alert;
}

interface Known {
  readonly rule: string;
  readonly id: string;
  /** Of another rule with the same label set. */
  readonly next: Known | undefined;
}

/** By the label set, which an alert keeps as it turns: every turn asks for it, and hashing costs more than all else of a turn. */
const ids = new WeakMap<Labels, Known>();
