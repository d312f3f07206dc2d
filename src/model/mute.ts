import type { Labels, Matcher } from './labels.ts';
import type { AlertLevel } from './alert.ts';

/** Who does something, through what, and when. */
export interface Act {
  /** A person's name as the way in knows it: a Slack user, a mail address, the author of a silence. */
  readonly by: string;
  /** `api`, `dashboard`, `slack`, `mail`, `cli`. */
  readonly via: string;
  /** Unix ms, judging clock. */
  readonly at: number;
}

/** What a person says of a silence. Times are unix ms on the judging clock. */
export interface SilenceInput {
  /** All must match; at least one must not match an absent label. `severity` is the level, `alertname` the rule. */
  readonly matchers: readonly Matcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** Alerts that match are not told from `startsAt` until before `endsAt`. */
export interface Silence extends SilenceInput {
  /** A uuid. */
  readonly id: string;
  readonly updatedAt: number;
}

/** Somebody has seen an alert: no reminders and no escalation until it gets worse, ends, or `until` (unix ms) has passed. */
export interface Acknowledgement {
  /** As `alertId` makes it. */
  readonly alertId: string;
  readonly rule: string;
  readonly labels: Labels;
  readonly by: string;
  readonly via: string;
  readonly at: number;
  readonly note?: string;
  readonly until: number;
  /** The level it was acknowledged at; a higher one undoes it. */
  readonly level: AlertLevel;
}

/** A remark of a person on the episode that an alert is in, or was in last. */
export interface Note {
  readonly alertId: string;
  readonly by: string;
  readonly via: string;
  readonly at: number;
  readonly text: string;
}

/** One line of the record of who did what; attempts that were refused are in it too. */
export interface AuditEntry extends Act {
  /** `silence.add`, `silence.edit`, `silence.expire`, `ack`, `unack`, `note`, and whatever else people do. */
  readonly action: string;
  /** What it was done to: the id of a silence or alert. */
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Why it was refused; absent for what was done. */
  readonly refused?: string;
}
