import type { Labels } from './labels.ts';
import type { AlertLevel } from './alert.ts';
import type { Digest } from './digest.ts';
import type { Origin } from './sample.ts';

/** One input of a judged value, so that a reader can check it. */
export interface EvidenceInput {
  /** The series, printed as PromQL prints it. */
  readonly series: string;
  readonly value?: number;
  /** Unix ms at which the value was true, and whether that is too old to judge by. */
  readonly at?: number;
  readonly stale: boolean;
  readonly source: string;
  readonly origin: Origin;
}

/** Why an alert says what it says, computed again with tracing when the message is composed. */
export interface Evidence {
  /** The expression as written, and with the numbers put in. */
  readonly expression: string;
  readonly substituted: string;
  readonly inputs: readonly EvidenceInput[];
}

/** Money that hangs on what an alert is about. */
export interface AtRisk {
  readonly usd: number;
  /** `$68M`, or `at least $68M`. */
  readonly amount: string;
  /** With what it counts: `$68M exposed (2 holders)`. */
  readonly text: string;
}

/** The judged value over the last hours, for a picture. */
export interface Chart {
  readonly title: string;
  /** Unix ms of both ends. */
  readonly from: number;
  readonly to: number;
  /** Oldest first; a gap is a `null`. */
  readonly points: readonly { readonly at: number; readonly value: number | null }[];
  readonly thresholds: readonly { readonly level: AlertLevel; readonly value: number; readonly text: string }[];
  /** Prints a value of the axis with its unit; a metric's name or a threshold as written. */
  readonly unit: string;
  /** IANA zone of the times on the axis. */
  readonly timezone: string;
}

/** Alerts of a message that are told in full: with evidence and a picture. */
export const TOLD_IN_FULL = 10;

/** One alert of a message, rendered: plain text, no markup, nothing escaped yet. */
export interface ToldAlert {
  readonly id: string;
  readonly rule: string;
  readonly labels: Labels;
  readonly state: 'firing' | 'resolved' | 'removed';
  readonly level: AlertLevel;
  /** True when it goes on firing at a level that other receivers are told about. */
  readonly elsewhere?: boolean | undefined;
  /** What changed since the last message, in order: `firing`, `warning → critical`, `resolved`. Empty for a reminder. */
  readonly changes: readonly string[];
  /** Unix ms of each of `changes`. */
  readonly changedAt?: readonly number[] | undefined;
  readonly summary: string;
  readonly description?: string | undefined;
  readonly runbook?: string | undefined;
  /** Printed with its unit (`−9.7 %`), and the threshold as written; absent when the rule has none. */
  readonly value?: string | undefined;
  readonly threshold?: string | undefined;
  /** Unix ms. */
  readonly since: number;
  readonly startUnseen: boolean;
  readonly endedAt?: number | undefined;
  /** The value farthest past the threshold in this episode, printed with its unit, and its time in unix ms. */
  readonly peak?: string | undefined;
  readonly peakAt?: number | undefined;
  /** Set while it cannot be judged: the last known value stands. */
  readonly staleSince?: number | undefined;
  /** Who has seen it, and until when (unix ms) nobody is reminded. */
  readonly acknowledged?: { readonly by: string; readonly at: number; readonly until: number } | undefined;
  readonly silenced?: { readonly by: string; readonly until: number } | undefined;
  /** Absent when no series says it: unknown is not zero. */
  readonly atRisk?: AtRisk | undefined;
  /** Where the contract and the newest block can be looked at by hand. */
  readonly explorer?: string | undefined;
  readonly block?: string | undefined;
  /** Of the first alerts only. */
  readonly chart?: Chart | undefined;
  readonly evidence: Evidence;
}

/** One message to one receiver about one group. */
export interface Notification {
  /** Equal on every retry of the same message, for services that drop repeats. */
  readonly id: string;
  readonly receiver: string;
  /** Stable for the life of the group; mail threads hang on it. */
  readonly groupKey: string;
  /** Distinguishes this run of the group (first firing to all resolved) from earlier ones. */
  readonly threadId: string;
  readonly groupLabels: Labels;
  readonly status: 'firing' | 'resolved';
  /** The highest level in the group, for colour and order. */
  readonly level: AlertLevel;
  readonly reminder: boolean;
  /** What began, changed, ended or is to be recalled; firing first; most money at risk first, then the highest level. */
  readonly alerts: readonly ToldAlert[];
  /** Alerts of the group that fire as the receiver knows already, and are not among `alerts`. */
  readonly unchanged?: number | undefined;
  /** Unix ms of composing, judging clock. */
  readonly at: number;
  /** IANA zone for people's times. */
  readonly timezone: string;
  /** Receipts of earlier messages of this thread, oldest first (message ids). */
  readonly earlier: readonly string[];
  readonly dashboardUrl?: string | undefined;
  /** Rendered from the receiver's own templates: plain text, nothing escaped yet. Stands for the built-in title or body. */
  readonly custom?: { readonly title?: string | undefined; readonly text?: string | undefined } | undefined;
}

/** Sends one message; resolves with a receipt (a message id) once the service has accepted it. */
export interface Notifier {
  /** @throws {NotifyError} when the service has not accepted it. */
  readonly send: (notification: Notification, signal: AbortSignal) => Promise<string | undefined>;
  /** Makes before its moment what `send` sends then. */
  readonly ready?: (notification: Notification) => void;
  /** Sends a digest. @throws {NotifyError} when the service has not accepted it. */
  readonly digest?: (digest: Digest, signal: AbortSignal) => Promise<void>;
  /** Shows a group as it is now in the message that stands for it, if there is one; rings nobody. @throws {NotifyError} */
  readonly update?: (notification: Notification, signal: AbortSignal) => Promise<void>;
  /** True when each message takes the place of the one before, so that it has to show the whole group. */
  readonly showsGroup?: boolean;
  /** True when it shows the charts of a message. */
  readonly pictures?: boolean;
  readonly close?: () => Promise<void>;
}

/** A receiver did not accept a message. The text holds no secret. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';
  /** False when trying the same message again cannot help: the configuration must change. */
  readonly retryable: boolean;
  /** ms the service asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { retryable: boolean; retryAfterMs?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
