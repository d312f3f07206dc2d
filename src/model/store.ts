import type { Alert, AlertLevel, Transition } from './alert.ts';
import type { InboxMessage } from './config.ts';
import type { Episode } from './digest.ts';
import type { Labels } from './labels.ts';
import type { LogKeeper } from './logs.ts';
import type { Acknowledgement, Act, AuditEntry, Note, Silence, SilenceInput } from './mute.ts';
import type { Received } from './posted.ts';
import type { DeclaredSeries, Origin, Reading } from './sample.ts';
import type { Story } from './story.ts';
import type {
  StoredSample,
  ReadBlock,
  Undone,
  LatestValue,
  RecordedSample,
  Cursor,
  OwnSample,
  History,
  Followed,
} from './stored.ts';
import type { Telling, DueKey, HeldBack, Claim, NewClaim, Sent, SentNotification } from './claim.ts';

/** Everything one evaluation of a group changes; committed as one transaction or not at all. */
export interface EvaluationCommit {
  readonly group: string;
  /** Evaluation instant: unix ms, judging clock. */
  readonly now: number;
  /** `evaluatedAt` as read before evaluating; another value in the database refuses the commit. */
  readonly previous: number;
  /** When the group must be evaluated again even if nothing arrives. */
  readonly deadline?: number;
  readonly recorded: readonly OwnSample[];
  /** What the windows that it was worked out on had taken over. */
  readonly followed?: Cursor;
  /** Alerts whose stored form changed. `deleted` ones left the configuration. */
  readonly alerts: readonly Alert[];
  readonly deleted: readonly { readonly rule: string; readonly labels: Labels }[];
  readonly transitions: readonly { readonly transition: Transition; readonly tellings: readonly Telling[] }[];
  /** Something that inhibited others may not any more: what is held back is looked at again. */
  readonly wakes?: boolean;
}

/** What posted alerts change; committed as one transaction or not at all. */
export interface PostsCommit extends Pick<EvaluationCommit, 'now' | 'previous' | 'alerts' | 'transitions' | 'wakes'> {
  /** When the first of them was posted, from which a new group waits: unix ms, judging clock. */
  readonly since?: number;
  /** Ids of what was kept of them, to be forgotten with it. */
  readonly kept?: readonly number[];
}

/** What one request posted, as it is kept until it is judged. */
export interface KeptPosts extends Received {
  readonly id: number;
}

export interface GroupState {
  /** 0 before the first evaluation. */
  readonly evaluatedAt: number;
  readonly deadline?: number;
}

export interface SourceState {
  readonly source: string;
  /** Judging clock, unix ms. */
  readonly lastRunAt: number;
  readonly lastOkAt?: number;
  readonly error?: string;
  readonly tookMs: number;
  readonly origin: Origin;
}

export interface ReceiverState {
  readonly receiver: string;
  readonly lastAcceptedAt?: number;
  readonly lastError?: string;
  readonly lastErrorAt?: number;
  /** True after a refusal that a retry cannot cure, until the next acceptance. */
  readonly dead: boolean;
  readonly waiting: number;
}

/** Transitions of one alert, and who was told of each. */
export interface AlertHistory {
  readonly rule: string;
  readonly labels: Labels;
  readonly transitions: readonly {
    readonly at: number;
    readonly kind: Transition['kind'];
    readonly level: AlertLevel;
    readonly value: number | null;
    /** `at` is null while it is not told; `kept` says why it never was. */
    readonly told: readonly { readonly receiver: string; readonly at: number | null; readonly kept: string | null }[];
  }[];
}

/** PostgreSQL behind one interface: private or by URL, the same contract. All times unix ms, judging clock unless said. */
export interface Store extends LogKeeper {
  // Samples
  /** Makes these series known, and ends every other one that some source had declared. */
  readonly declare: (series: readonly DeclaredSeries[], now: number) => Promise<void>;
  /**
   * One transaction: readings, source states, their samples with this `maxAge` each. The last write of (series, at) wins. What had
   * been read of the same series at blocks that are undone is taken back with it.
   */
  readonly saveReadings: (
    readings: readonly (Reading & { readonly maxAge: number })[],
    undone?: Undone,
  ) => Promise<void>;
  /** Blocks of a chain at which something was read, newest first: those that a reorganisation may undo, and undone ones of which something is left. */
  readonly blocksRead: (chain: string) => Promise<readonly ReadBlock[]>;
  /** Where the sample had been read that was the newest of a series at an instant, if it was taken back since; in the order asked. */
  readonly undoneBlocks: (
    about: readonly { readonly seriesId: number; readonly at: number }[],
  ) => Promise<readonly ({ readonly chain: string; readonly block: number } | undefined)[]>;
  /** Samples about Tocsin itself, outside an evaluation. */
  readonly saveOwn: (samples: readonly OwnSample[], seenAt: number) => Promise<void>;
  /** Series and samples of these metrics (`""` is all): `at` later than `since(metric)`. The cursor is where `follow` goes on. */
  readonly history: (since: ReadonlyMap<string, number>) => Promise<History>;
  /** Samples of series with these labels that became known in `[from, to]`, by series and time. */
  readonly recorded: (about: {
    readonly from: number;
    readonly to: number;
    readonly labels: Labels;
  }) => Promise<readonly RecordedSample[]>;
  /** What was committed after the cursor, each thing at least once; late commits are not skipped. */
  readonly follow: (cursor: Cursor, metrics: readonly string[]) => Promise<Followed>;
  /** When each source was read last: unix ms, judging clock. */
  readonly lastRuns: () => Promise<ReadonlyMap<string, number>>;
  /** Where samples came from, in the order asked; `undefined` for recorded ones. */
  readonly origins: (
    samples: readonly { readonly seriesId: number; readonly at: number }[],
  ) => Promise<readonly ({ readonly source: string; readonly origin: Origin } | undefined)[]>;

  /** The newest samples of every series of these metrics that has not ended. */
  readonly latest: (metrics: readonly string[]) => Promise<readonly LatestValue[]>;
  /** Samples of these series later than `since` (unix ms), oldest first. */
  readonly samplesSince: (seriesIds: readonly number[], since: number) => Promise<readonly StoredSample[]>;

  // Evaluation
  readonly groupStates: () => Promise<ReadonlyMap<string, GroupState>>;
  readonly groupState: (group: string) => Promise<GroupState>;
  /** Alerts of these rules, inactive ones that were once judged included. */
  readonly alerts: (rules: readonly string[]) => Promise<readonly Alert[]>;
  /** Alerts of rules that are not among these. */
  readonly strayAlerts: (rules: readonly string[]) => Promise<readonly Alert[]>;
  /** False when another evaluation came first: nothing was written. */
  readonly commitEvaluation: (evaluation: EvaluationCommit) => Promise<boolean>;
  /** Alerts that other programs posted, and the instant of the last commit of them: 0 before the first. */
  readonly postedAlerts: () => Promise<{ readonly at: number; readonly alerts: readonly Alert[] }>;
  /** Keeps what requests posted, each with an id, until it is judged and committed. */
  readonly keepPosts: (requests: readonly Received[]) => Promise<readonly number[]>;
  /** What has been kept for at least so many machine ms and not been judged, oldest first. */
  readonly keptPosts: (since: number) => Promise<readonly KeptPosts[]>;
  /** False when another commit came first: nothing was written. */
  readonly commitPosts: (posts: PostsCommit) => Promise<boolean>;
  /** Deletes alerts whose rule left the configuration and makes their end due. */
  readonly removeAlerts: (
    alerts: readonly { readonly transition: Transition; readonly tellings: readonly Telling[] }[],
  ) => Promise<void>;

  // Telling
  /** Groups past due at `now` that nobody claims and no backoff holds (both machine clock). */
  readonly dueGroups: (now: number, machineNow: number) => Promise<readonly DueKey[]>;
  /** When the first group after `now` is due. */
  readonly nextDue: (now: number) => Promise<number | undefined>;
  /** Claims those of the groups that are due and free, however many in the same few turns. */
  readonly claim: (
    keys: readonly DueKey[],
    times: { readonly now: number; readonly machineNow: number; readonly claimMs: number },
  ) => Promise<readonly Claim[]>;
  /** Numbers for transitions that are told before they are committed, rising. */
  readonly reserveTransitions: (count: number) => Promise<readonly number[]>;
  /**
   * Claims new groups of alerts that are kept (`keepPosts`) and will be committed: `commitPosts` records what was told of them by then.
   * Gives the tokens of those taken: left out is a group that is known, or of which something is acknowledged.
   */
  readonly claimAhead: (
    claims: readonly NewClaim[],
    times: { readonly now: number; readonly machineNow: number; readonly claimMs: number },
  ) => Promise<ReadonlySet<string>>;
  /**
   * Claims groups of these receivers, some at a time, that show something else than what people have said of their alerts since.
   * They are as due as before, and are given back by `unclaim`.
   */
  readonly claimStale: (
    receivers: readonly string[],
    times: { readonly now: number; readonly machineNow: number; readonly claimMs: number },
  ) => Promise<readonly Claim[]>;
  readonly unclaim: (claims: readonly Pick<Claim, keyof DueKey | 'token' | 'ahead'>[]) => Promise<void>;
  /** Frees what a dead process had claimed; only for a process that knows that it is the only one. */
  readonly freeClaims: () => Promise<void>;
  /** Records what was accepted, marks the claims' transitions told, plans the reminders; false for a claim that was lost meanwhile. */
  readonly told: (accepted: readonly { readonly claim: Claim; readonly sent: Sent }[]) => Promise<readonly boolean[]>;
  /** Gives a claim back of which nothing is told now. */
  readonly park: (claim: Claim, back: HeldBack & { readonly now: number }) => Promise<void>;
  /** Moves what is untold, and what fires, to where it would go now; nothing changes while the routes do not. */
  readonly regroup: (tellingsOf: (transition: Transition) => readonly Telling[], now: number) => Promise<void>;
  /** Has what is held back looked at again, as after a change of the configuration. */
  readonly wake: () => Promise<void>;
  /** Firing alerts that carry all labels of one of the patterns; `alertname` is the rule, `severity` the level. */
  readonly firingLike: (patterns: readonly Labels[]) => Promise<readonly Alert[]>;
  /** Gives the claim back after a failure; not before `retryAt` (machine clock). */
  readonly release: (
    claim: Claim,
    failure: {
      readonly retryAt: number;
      readonly error: string;
      readonly dead: boolean;
      readonly now: number;
      /** Ids of the alerts of the message, which may have been accepted all the same. */
      readonly tried?: readonly string[];
    },
  ) => Promise<void>;

  // Muting: each act is in the audit log in the same transaction
  /** Adds a silence and gives its id. */
  readonly addSilence: (silence: SilenceInput, act: Act) => Promise<string>;
  /** The id it has from then on: what has begun and changes its matchers or start is ended and made anew. Undefined: no such silence. */
  readonly editSilence: (id: string, silence: SilenceInput, act: Act) => Promise<string | undefined>;
  /** Ends a silence now; false when there is none of this id that has not ended. */
  readonly expireSilence: (id: string, act: Act) => Promise<boolean>;
  readonly silence: (id: string) => Promise<Silence | undefined>;
  /** Those in force or to come at `now`, and those ended in the five days before; the one that ends last comes first. */
  readonly silences: (now: number) => Promise<readonly Silence[]>;
  /** Acknowledges those of the alerts (ids as `alertId` makes them) that fire; gives their ids. */
  readonly acknowledge: (
    input: { readonly alertIds: readonly string[]; readonly note?: string; readonly until: number },
    act: Act,
  ) => Promise<readonly string[]>;
  /** Takes acknowledgements back; gives the ids of the alerts that had one. */
  readonly unacknowledge: (alertIds: readonly string[], act: Act) => Promise<readonly string[]>;
  /** Those in force at `now`, oldest first. */
  readonly acknowledgements: (now: number) => Promise<readonly Acknowledgement[]>;
  /** Keeps a remark on the episode that an alert is in, or was in last; false when it never was in one. */
  readonly addNote: (note: Pick<Note, 'alertId' | 'text'>, act: Act) => Promise<boolean>;
  /** Of the episode that an alert is in, or was in last; oldest first. */
  readonly notes: (alertId: string) => Promise<readonly Note[]>;
  /** Keeps what was tried and refused, or done outside of these methods. */
  readonly writeAudit: (entry: AuditEntry) => Promise<void>;
  /** True for the first who uses a key; remembered until `until`. Unix ms, machine clock. */
  readonly useOnce: (key: string, times: { readonly until: number; readonly now: number }) => Promise<boolean>;
  /** Whether somebody has used a key that is still remembered. Unix ms, machine clock. */
  readonly isUsed: (key: string, now: number) => Promise<boolean>;
  /** Newest first. */
  readonly audit: (limit: number) => Promise<readonly AuditEntry[]>;

  // Rules
  readonly acceptRules: (files: Readonly<Record<string, string>>, now: number) => Promise<void>;
  readonly acceptedRules: () => Promise<Readonly<Record<string, string>> | undefined>;

  // For people
  readonly sourceStates: () => Promise<readonly SourceState[]>;
  readonly receiverStates: () => Promise<readonly ReceiverState[]>;
  /** What became of an alert (id as `alertId` makes it), newest first; undefined when nothing ever did. */
  readonly alertHistory: (id: string, limit: number) => Promise<AlertHistory | undefined>;
  /** The episode that an alert (id as `alertId` makes it) is in, or was in last. */
  readonly story: (id: string) => Promise<Story | undefined>;
  /** Of alerts that fired and have not ended before `from`, newest first. */
  readonly episodes: (from: number, limit: number) => Promise<readonly Episode[]>;
  readonly sent: (limit: number) => Promise<readonly SentNotification[]>;
  readonly keepInbox: (message: InboxMessage) => Promise<void>;
  readonly inbox: (limit: number) => Promise<readonly InboxMessage[]>;
  /** Makes partitions ahead and drops those past retention. */
  readonly maintain: (now: number) => Promise<void>;
  /** Writes some megabytes and takes them back. @throws when the disk is full, although a row more might still fit. */
  readonly findRoom: () => Promise<void>;
  /** Resolves when the database answers. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}
