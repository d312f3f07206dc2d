import type { DisabledRule } from './digest.ts';
import type { DeclaredSeries } from './sample.ts';
import type { Labels, Matcher } from './labels.ts';
import type { Notification, Notifier } from './notification.ts';
import type { Asset, LevelName, RuleGroup } from './rule.ts';
import type { Secret } from './secret.ts';
import type { Source } from './source.ts';
import type { z } from 'zod';

/** The whole configuration, checked and frozen. Times in ms. */
export interface Config {
  /** IANA zone for people's times. */
  readonly timezone: string;
  /** Folder for the private database, the token and the lock. */
  readonly data: string;
  /** Absent: the private database. */
  readonly databaseUrl?: Secret;
  /** Absent: the queue is in the database. */
  readonly redisUrl?: Secret;
  readonly chains: Readonly<Record<string, ChainConfig>>;
  /** Name to options; the notifier is made by the composition root. */
  readonly receivers: readonly ReceiverConfig[];
  readonly route: Route;
  readonly inhibit?: readonly InhibitRule[];
  /** How long an acknowledgement holds for which nobody said how long: ms. */
  readonly unackAfter: number;
  readonly dashboard: DashboardConfig;
  /** Judging clock; `wall` unless a demo follows a local node. */
  readonly clock: { readonly follow: 'wall' } | { readonly follow: 'chain'; readonly chain: string };
  /** An address asked for, `every` ms on the machine clock, while all is well. */
  readonly heartbeat?: { readonly url: Secret; readonly every: number; readonly method: 'GET' | 'POST' };
  /** When an alert that means nothing goes the whole way; it is missed when nobody accepts it. */
  readonly canary?: Schedule;
  readonly digest?: Schedule & { readonly receivers: readonly string[] };
  /** What is missing for a useful alarm, for the status page: one sentence each, with what to add. */
  readonly advice: readonly string[];
}

export interface ChainConfig {
  readonly name: string;
  readonly kind: 'evm' | 'solana';
  /** EIP-155 id; the URL is quarantined when the node says another. */
  readonly id?: number;
  /** In order of preference; whole URLs are secret, since many carry a key. */
  readonly rpc: readonly Secret[];
  /** A socket that tells of new blocks, which make polls early. */
  readonly heads?: Secret;
  /** Bytes of calldata in one multicall. */
  readonly batchBytes: number;
  /** ms for one request. */
  readonly timeout: number;
  /** ms: a node whose newest block is older than another's by more is passed over. Default one minute. */
  readonly maxLag?: number;
  /** Requests a second to one provider; the rest wait, or go elsewhere. Default 20. */
  readonly callsPerSecond?: number;
}

export interface ReceiverConfig {
  readonly name: string;
  readonly kind: string;
  /** Validated by the notifier's schema. */
  readonly options: unknown;
  /** Who is told instead while this receiver takes nothing. */
  readonly fallback?: string;
  readonly templates?: MessageTemplates;
}

/** Liquid templates that stand for the built-in parts of a message. */
export interface MessageTemplates {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
}

export interface DashboardConfig {
  readonly host: string;
  readonly port: number;
  readonly externalUrl?: string;
  /** Needed when `host` is not loopback. */
  readonly password?: Secret;
  /** Signs links in mails; absent: one is kept in the data folder. */
  readonly signingKey?: Secret;
}

/** From and to, both included. */
export type Span = readonly [from: number, to: number];

/** Calendar time with Alertmanager's meaning: all that is said must hold; what is not said always holds. */
export interface Period {
  /** Minutes of the day, the end excluded. */
  readonly times?: readonly Span[];
  /** 0 is Sunday. */
  readonly weekdays?: readonly Span[];
  /** Negative ones count from the end of the month. */
  readonly daysOfMonth?: readonly Span[];
  readonly months?: readonly Span[];
  readonly years?: readonly Span[];
  /** IANA zone. */
  readonly location: string;
}

export interface TimeInterval {
  readonly name: string;
  /** Any of them. */
  readonly periods: readonly Period[];
}

/** While an alert that matches `source` fires, those that match `target` and agree on `equal` are not told. */
export interface InhibitRule {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

/** Who else is told of an alert that still fires after so many ms and that nobody has acknowledged. */
export interface Escalation {
  readonly after: number;
  readonly receivers: readonly string[];
}

/** ms on the judging clock, with Alertmanager's meaning. */
export interface Timers {
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
}

/** Who is told about which alerts, and how they are put together. A node inherits what it does not say. */
export interface Route extends Timers {
  readonly receivers: readonly string[];
  /** What an Alertmanager file calls them, when that is not the name of the one. */
  readonly named?: string;
  /** `...` is every label. */
  readonly groupBy: readonly string[];
  /** All must match; `severity` is the level. Empty matches everything. */
  readonly matchers: readonly Matcher[];
  /** Nobody is told during the first and outside of the second. Not inherited, as in Alertmanager. */
  readonly muteTimes?: readonly TimeInterval[];
  readonly activeTimes?: readonly TimeInterval[];
  readonly escalate?: readonly Escalation[];
  /** First match wins, unless it says `continue`. */
  readonly routes: readonly Route[];
  readonly continue: boolean;
}

/** Everything `rules/**` and the packs say. */
export interface RuleSet {
  readonly assets: Readonly<Record<string, Asset>>;
  readonly sources: readonly Source[];
  /** Series that sources and assets declare, `asset_info` included. */
  readonly declared: readonly DeclaredSeries[];
  readonly groups: readonly RuleGroup[];
  /** When the first of the rules that are disabled now comes back: unix ms. */
  readonly enabledAt?: number;
  readonly disabled?: readonly DisabledRule[];
  /** The files it was made from, so that the last accepted set can run again: path as shown → text. */
  readonly files: Readonly<Record<string, string>>;
}

/** A time of the day, every day or every Monday. */
export interface Schedule {
  /** Of the day, by the clock of `timezone`. */
  readonly minute: number;
  readonly every: 'daily' | 'weekly';
  /** IANA zone. */
  readonly timezone: string;
}

/** Clients a notifier may use. */
export interface NotifierIo {
  /** As `fetch`; passed in so that tests and proxies decide where it goes. */
  readonly fetch: typeof fetch;
  /** Machine clock, unix ms. */
  readonly now: () => number;
  /** Writes one event for people reading the log. */
  readonly log: (event: Readonly<Record<string, unknown>>, message: string) => void;
  /** Makes a PNG of an SVG; `undefined` when it cannot, or not soon: the message goes without. */
  readonly draw: (svg: string) => Promise<Uint8Array | undefined>;
  /** An address at which its reader may acknowledge what a message tells; none when people cannot reach the dashboard. */
  readonly acknowledgeLink?: ((notification: Notification) => string | undefined) | undefined;
  /** Keeps a message for the dashboard. */
  readonly keep: (message: InboxMessage) => Promise<void>;
}

export interface InboxMessage {
  readonly id: string;
  readonly receiver: string;
  readonly at: number;
  readonly level: LevelName | null;
  readonly status: 'firing' | 'resolved';
  readonly title: string;
  readonly text: string;
  readonly labels: Labels;
}

/** A kind of notifier: one file, one name. */
export interface NotifierKind<Options = never> {
  readonly kind: string;
  readonly about: string;
  readonly options: z.ZodType<Options>;
  /** Set when its notifiers send digests. */
  readonly digests?: true;
  readonly make: (options: Options, io: NotifierIo) => Notifier;
}
