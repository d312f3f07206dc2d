import type { Alert, AlertLevel, Transition } from './alert.ts';
import type { Timers } from './config.ts';
import type { Labels } from './labels.ts';
import type { Acknowledgement, Silence } from './mute.ts';

/** One message due to one receiver, as a transition makes it due. */
export interface Telling extends Timers {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** A new critical alert: does not wait for `groupInterval`. */
  readonly flush: boolean;
  /** An escalation: told this many ms after firing, if it then still fires and nobody has acknowledged it. */
  readonly after?: number;
}

/** What a due row looks like when its next moment is computed. */
export interface DueState {
  /** `null`: nothing is due. */
  readonly dueAt: number | null;
  readonly lastSentAt?: number;
}

export interface DueKey {
  readonly receiver: string;
  readonly groupKey: string;
}

/** A text that is equal exactly for equal keys. */
export function dueId({ receiver, groupKey }: DueKey): string {
  return `${receiver}\n${groupKey}`;
}

/** What a claim is told or held back by. */
export interface ClaimMuting {
  readonly lastSentAt?: number;
  /** How often what is held back had been woken by then. */
  readonly wakes: number;
  /** Alert id → the level its receiver takes it to fire at, '' for a plain rule. */
  readonly believed: Readonly<Record<string, string>>;
  /** Alert id → when a message last spoke of it: unix ms. */
  readonly spokenAt: Readonly<Record<string, number>>;
  /** Ids of alerts that its receiver may know of from a message whose acceptance was never heard of. */
  readonly tried: readonly string[];
  /** Those that were in force since the oldest untold transition. */
  readonly silences: readonly Silence[];
  /** Those of its alerts that are in force. */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** What becomes of the transitions of a claim that are not told now. */
export interface HeldBack {
  /** Kept on record, never told: transition id → why. */
  readonly kept: ReadonlyMap<number, string>;
  /** Told once nothing holds them any more. */
  readonly held: readonly number[];
  /** When to look again at the latest: unix ms, judging clock. Absent: at the next reminder. */
  readonly until?: number;
}

/** A group that this process alone may tell until `claimedUntil` (machine clock). */
export interface Claim extends DueKey, Timers {
  readonly token: string;
  readonly groupLabels: Labels;
  /** Changes when a group starts anew after all its alerts had resolved and were told. */
  readonly threadId: string;
  /** Tries of the present message so far, this one not counted. */
  readonly attempts: number;
  readonly earlier: readonly string[];
  /** Oldest first. */
  readonly untold: readonly (Transition & { readonly id: number })[];
  /** Every alert of the group that fires now or has an untold transition, as it is now. */
  readonly alerts: readonly Alert[];
  /** Of a decided claim: those that its receiver knows and of which nothing is to say now. `alerts` are the others. */
  readonly unchanged?: readonly Alert[];
  readonly muting?: ClaimMuting;
  /** Taken before its alerts were in the tables. */
  readonly ahead?: true;
}

/** A claim of a group of which nothing is stored yet: alerts that began to fire, with the numbers that their transitions will have. */
export interface NewClaim extends DueKey, Pick<Claim, 'token' | 'threadId'> {
  readonly alertIds: readonly string[];
  /** When each began to fire: unix ms. */
  readonly ats: readonly number[];
  readonly transitionIds: readonly number[];
}

/** The first claim of a group, of which nothing is said yet. */
export function firstClaim(telling: Telling, taken: Pick<Claim, 'token' | 'threadId'>): Claim {
  const { receiver, groupKey, groupLabels, groupWait, groupInterval, repeatInterval } = telling;
  const timers = { groupWait, groupInterval, repeatInterval };
  return {
    ...{ receiver, groupKey, groupLabels, ...timers, ...taken },
    ...{ attempts: 0, earlier: [], untold: [], alerts: [], ahead: true },
  };
}

/** A message that was accepted. */
export interface Sent {
  readonly notification: SentNotification;
  readonly now: number;
  /** What of the claim it did not say. */
  readonly back?: HeldBack;
  /** Alert id → the level it fires at as the receiver knows it now; null once it knows of an end. */
  readonly beliefs: ReadonlyMap<string, string | null>;
  /** Why the group's own receiver did not take it, when another one was told instead. */
  readonly failed?: { readonly error: string; readonly dead: boolean };
}

export interface SentNotification extends DueKey {
  readonly id: string;
  readonly at: number;
  readonly receipt?: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly {
    readonly rule: string;
    readonly labels: Labels;
    readonly changes: readonly string[];
    readonly level: AlertLevel;
  }[];
}
