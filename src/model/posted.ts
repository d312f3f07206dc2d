import type { Labels } from './labels.ts';

/** What another program said of an alert through `/api/v2`. Unix ms. */
export interface Posted {
  readonly startsAt: number;
  /** Ahead of now it is a heartbeat: the alert fires until then, and past it nobody knows. Not ahead of now it is the end. */
  readonly endsAt: number;
  readonly annotations: Labels;
  /** Where the alert was made. */
  readonly generatorUrl?: string | undefined;
  readonly updatedAt: number;
}

/** One alert of a request; `rule` is its `alertname`, which `labels` leave out. */
export interface Post extends Posted {
  readonly rule: string;
  readonly labels: Labels;
}

/** A request as it came: alerts in JSON, as Prometheus sends them to Alertmanager. */
export interface Received {
  readonly body: Buffer;
  /** Unix ms, judging clock. */
  readonly at: number;
}

/** What can be read of a request. */
export interface Postable {
  readonly posts: readonly Post[];
  /** What is wrong with those left out, one sentence each. */
  readonly wrong: readonly string[];
}

/** Stands for the rule group of everything posted: what came in together is one evaluation of it. */
export const POSTED_GROUP = '/api/v2/alerts';
