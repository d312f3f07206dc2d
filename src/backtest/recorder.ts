import type { GroupEvaluation, GroupEvaluator } from '../alerts/groupEvaluator.ts';
import type { Alert, AlertLevel, Transition } from '../model/alert.ts';
import { severityRank } from '../alerts/advance.ts';
import type { Labels } from '../model/labels.ts';
import type { ReplayObserver } from '../replay/replay.ts';
import { keyOf as keyOfLabels } from '../promql/index.ts';
import type { Message } from '../replay/teller.ts';

/** One stay of an alert at a level, or above it after having been at it. Times are unix ms. */
export interface Firing {
  readonly level: AlertLevel;
  readonly firedAt: number;
  /** `null`: it still fires at the end. */
  resolvedAt: number | null;
  notifications: number;
}

/** All that one rule did about one label set. */
export interface AlertHistory {
  readonly rule: string;
  readonly labels: Labels;
  /** When the breach was first seen. */
  firstPendingAt: number | undefined;
  readonly firings: Firing[];
  /** Breaches that ended before `for` had passed. */
  nearMisses: number;
  /** ms during which it could not be judged. */
  unknown: number;
}

export interface Counts {
  /** Verdicts, one for each label set and instant. */
  judgements: number;
  breached: number;
  notifications: number;
}

/** A recording rule that could not be evaluated: how often, since when (unix ms), and why the first time. */
export interface Failure {
  readonly record: string;
  readonly firstAt: number;
  readonly reason: string;
  times: number;
}

/** Keeps what a replay did, for reports. */
export class Recorder implements ReplayObserver {
  readonly counts: Counts = { judgements: 0, breached: 0, notifications: 0 };
  readonly #histories = new Map<string, AlertHistory>();
  readonly #failures = new Map<string, Failure>();
  readonly #blindSince = new Map<string, number>();
  /** The firings of each history that have not ended. */
  readonly #open = new WeakMap<AlertHistory, readonly Firing[]>();

  onEvaluated({ outcomes }: GroupEvaluator, said: GroupEvaluation, now: number): void {
    for (const { judged, breached } of outcomes) {
      this.counts.judgements += judged;
      this.counts.breached += breached;
    }
    for (const { record, error } of said.failed) this.#fail(record, error.message, now);
    for (const alert of said.alerts) this.#see(alert, now);
    for (const transition of said.transitions) this.#change(transition);
  }

  onRested({ outcomes }: GroupEvaluator, { length }: Float64Array): void {
    for (const { judged, breached } of outcomes) {
      this.counts.judgements += judged * length;
      this.counts.breached += breached * length;
    }
  }

  onTold({ alerts }: Message): void {
    this.counts.notifications++;
    for (const { rule, labels, level } of alerts) {
      const { firings } = this.#history(rule, labels);
      const told = firings.findLast((firing) => firing.level === level) ?? firings.at(-1);
      if (told !== undefined) told.notifications++;
    }
  }

  /** What every alert did until `end` (unix ms), in an order that does not depend on when it did it. */
  histories(end: number): readonly AlertHistory[] {
    for (const [key, since] of this.#blindSince) this.#histories.get(key)!.unknown += end - since;
    this.#blindSince.clear();
    return [...this.#histories.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, history]) => history);
  }

  /** By name. */
  get failures(): readonly Failure[] {
    return [...this.#failures.values()].sort((a, b) => (a.record < b.record ? -1 : 1));
  }

  #fail(record: string, reason: string, firstAt: number): void {
    const failure = this.#failures.get(record) ?? { record, reason, firstAt, times: 0 };
    failure.times++;
    this.#failures.set(record, failure);
  }

  #see({ rule, labels, unknown }: Alert, now: number): void {
    if (unknown === undefined && this.#blindSince.size === 0) return;
    const key = keyOf(rule, labels);
    const since = this.#blindSince.get(key);
    if (unknown !== undefined && since === undefined) {
      this.#history(rule, labels);
      this.#blindSince.set(key, now);
    } else if (unknown === undefined && since !== undefined) {
      this.#history(rule, labels).unknown += now - since;
      this.#blindSince.delete(key);
    }
  }

  #change({ kind, rule, labels, at, from, to, activeAt }: Transition): void {
    const history = this.#history(rule, labels);
    history.firstPendingAt ??= activeAt;
    if (kind === 'cancelled') history.nearMisses++;
    if (kind === 'resolved' || kind === 'removed') this.#end(history, () => true, at);
    if (kind === 'firing') this.#begin(history, to, at);
    if (kind !== 'level') return;
    this.#end(history, (level) => severityRank(level) > severityRank(to), at);
    const isOpen = this.#openOf(history).some((firing) => firing.level === to);
    if (severityRank(to) > severityRank(from) || !isOpen) this.#begin(history, to, at);
  }

  #openOf(history: AlertHistory): readonly Firing[] {
    return this.#open.get(history) ?? [];
  }

  #begin(history: AlertHistory, level: AlertLevel, firedAt: number): void {
    const firing = { level, firedAt, resolvedAt: null, notifications: 0 };
    history.firings.push(firing);
    this.#open.set(history, [...this.#openOf(history), firing]);
  }

  #end(history: AlertHistory, isOver: (level: AlertLevel) => boolean, at: number): void {
    const open = this.#openOf(history);
    for (const firing of open) if (isOver(firing.level)) firing.resolvedAt = at;
    this.#open.set(
      history,
      open.filter(({ resolvedAt }) => resolvedAt === null),
    );
  }

  #history(rule: string, labels: Labels): AlertHistory {
    const key = keyOf(rule, labels);
    let history = this.#histories.get(key);
    if (history === undefined) {
      history = { rule, labels, firstPendingAt: undefined, firings: [], nearMisses: 0, unknown: 0 };
      this.#histories.set(key, history);
    }
    return history;
  }
}

function keyOf(rule: string, labels: Labels): string {
  return `${rule}\n${keyOfLabels(labels)}`;
}
