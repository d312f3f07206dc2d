import type { Alert, AlertLevel } from './alert.ts';
import type { InboxMessage } from './config.ts';
import type { Covered } from './coverage.ts';
import type { Labels } from './labels.ts';
import type { SentNotification } from './claim.ts';
import type { ReceiverState } from './store.ts';

/** What the status page shows; times are unix ms on the judging clock. */
export interface Status {
  readonly now: number;
  readonly timezone: string;
  readonly version: string;
  /** Worst first. */
  readonly alerts: readonly AlertStatus[];
  readonly sources: readonly SourceStatus[];
  readonly rules: readonly RuleStatus[];
  /** Whatever keeps somebody from being told. */
  readonly muted: readonly MutedStatus[];
  readonly receivers: readonly ReceiverState[];
  readonly inbox: readonly InboxMessage[];
  readonly sent: readonly SentNotification[];
  /** What is missing for a useful alarm, with what to add. */
  readonly advice: readonly string[];
  /** Everything that is watched, and what is missing about it. */
  readonly coverage?: readonly Covered[];
  readonly queue: 'redis' | 'postgres';
  readonly store: 'private' | 'url';
  /** Whoever looks at it has shown the token. */
  readonly mayAct?: boolean;
}

export interface MutedStatus {
  readonly kind: 'silence' | 'ack' | 'inhibited' | 'time' | 'disabled';
  /** Of the silence, or of the alert. */
  readonly id: string;
  /** The silence's matchers, or the alert's rule. */
  readonly what: string;
  readonly labels?: Labels;
  readonly by: string;
  readonly comment?: string;
  /** Unix ms, judging clock. */
  readonly from?: number;
  readonly until?: number;
  /** Firing alerts that it mutes. */
  readonly alerts: number;
}

export interface AlertStatus extends Alert {
  readonly id: string;
  readonly summary: string;
  readonly runbook?: string;
  /** Printed with its unit, and the threshold as written. */
  readonly shown?: string;
  readonly threshold?: string;
  /** Ids of the silences that it is under. */
  readonly silencedBy?: readonly string[];
}

export interface SourceStatus {
  readonly source: string;
  readonly kind: string;
  readonly labels: Labels;
  readonly every: number;
  readonly maxAge: number;
  /** `waiting`: never ran. `stale`: last good sample older than `maxAge`. */
  readonly health: 'ok' | 'failing' | 'stale' | 'waiting';
  readonly lastRunAt?: number;
  readonly lastOkAt?: number;
  readonly error?: string;
  /** Where it reads: `ethereum block 23700000` or a host. */
  readonly origin?: string;
}

export interface RuleStatus {
  readonly rule: string;
  readonly group: string;
  readonly expr: string;
  readonly file: string;
  /** ms between judgements when nothing arrives. */
  readonly interval?: number;
  /** When it was last judged, judging clock. Much older than `interval`: judging has stopped. */
  readonly judgedAt?: number;
  /** One row for each judged label set. */
  readonly rows: readonly RuleRow[];
  /** Set when the rule has judged nothing yet: why. */
  readonly idle?: string;
}

export interface RuleRow {
  readonly labels: Labels;
  readonly verdict: 'ok' | 'breached' | 'unknown';
  readonly state: Alert['state'];
  readonly level: AlertLevel;
  readonly reason?: string;
  /** Printed with its unit. */
  readonly value?: string;
  /** For each level, nearest first: threshold as written, and how far the value is from it as a share of the threshold's own size (negative: crossed). */
  readonly distances: readonly { readonly level: AlertLevel; readonly threshold: string; readonly distance: number }[];
}
