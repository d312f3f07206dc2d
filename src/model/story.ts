import type { AlertLevel, TransitionKind } from './alert.ts';
import type { Labels } from './labels.ts';
import type { Note } from './mute.ts';

/** One run of an alert from its first breach to its end, with all that was said and done about it. Unix ms, judging clock. */
export interface Story {
  readonly alertId: string;
  readonly rule: string;
  readonly labels: Labels;
  readonly startedAt: number;
  /** Absent when it passed while it was pending. */
  readonly firedAt?: number;
  readonly endedAt?: number;
  /** How it ended: `resolved`, `removed` or `cancelled`. */
  readonly how?: string;
  readonly peak?: number;
  readonly peakAt?: number;
  /** Oldest first. */
  readonly changes: readonly StoryChange[];
  /** Messages that were accepted, reminders included; oldest first. */
  readonly messages: readonly { readonly receiver: string; readonly at: number; readonly changes: readonly string[] }[];
  readonly acknowledgements: readonly StoryAck[];
  readonly notes: readonly Note[];
}

export interface StoryChange {
  readonly at: number;
  readonly kind: TransitionKind;
  readonly from: AlertLevel;
  readonly to: AlertLevel;
  readonly value: number | null;
  /** `at` is null while it is not told; `kept` says why it never was. */
  readonly told: readonly { readonly receiver: string; readonly at: number | null; readonly kept: string | null }[];
}

export interface StoryAck {
  readonly by: string;
  readonly via: string;
  readonly at: number;
  readonly until: number;
  readonly note: string | null;
  readonly endedAt: number | null;
  /** Who took it back, or what of the alert undid it. */
  readonly endedBy: string | null;
}
