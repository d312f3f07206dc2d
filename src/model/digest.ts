import type { AlertLevel } from './alert.ts';
import type { Labels } from './labels.ts';

/** One run of an alert from its first breach to its end. Unix ms, judging clock. */
export interface Episode {
  readonly alertId: string;
  readonly rule: string;
  readonly labels: Labels;
  readonly firedAt: number;
  /** Absent while it goes on. */
  readonly endedAt?: number;
  /** The highest level it reached. */
  readonly level: AlertLevel;
}

/** A rule that its file switches off for a while. */
export interface DisabledRule {
  readonly rule: string;
  /** Unix ms. */
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

/** What happened since the last one, and what is in the way of the next alert: plain text, nothing escaped yet. */
export interface Digest {
  /** Equal on every retry. */
  readonly id: string;
  readonly title: string;
  readonly sections: readonly { readonly heading: string; readonly lines: readonly string[] }[];
  readonly dashboardUrl?: string;
}
