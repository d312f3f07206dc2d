import type { Labels } from './labels.ts';
import type { LevelName } from './rule.ts';

export type UnknownReason = 'stale' | 'not_finite' | 'too_expensive' | 'failed';

/** What one rule says of one label set at one instant. `labels` carry the rule's own labels and no level. */
export type Verdict = KnownVerdict | UnknownVerdict;

interface Common {
  readonly labels: Labels;
  /** ms: the smallest `max_age` among the inputs; bounds how much time between two verdicts counts towards `for`. */
  readonly maxAge: number;
}

export interface KnownVerdict extends Common {
  readonly status: 'ok' | 'breached';
  /** The judged value; absent for a plain rule that is `ok` and has no comparison at its root. */
  readonly value?: number;
  /** Levels whose threshold is crossed, and levels whose `clear` is reached. Empty for a plain rule. */
  readonly holds: readonly LevelName[];
  readonly clears: readonly LevelName[];
}

/** The data to decide is missing or stale. Never fires the alert, never resolves it. */
export interface UnknownVerdict extends Common {
  readonly status: 'unknown';
  readonly reason: UnknownReason;
  /** Unix ms: `at` of the oldest input that is stale, when there is one. */
  readonly staleSince?: number;
}
