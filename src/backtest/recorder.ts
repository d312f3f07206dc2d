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
    for (const { judged } of outcomes) this.counts.judgements += judged * length;
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
    if (kind === 'resolved' || kind === 'removed') close(history, () => true, at);
    if (kind === 'firing') open(history, to, at);
    if (kind !== 'level') return;
    close(history, (level) => severityRank(level) > severityRank(to), at);
    if (severityRank(to) > severityRank(from) || isNotOpen(history, to)) open(history, to, at);
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

function open({ firings }: AlertHistory, level: AlertLevel, firedAt: number): void {
  firings.push({ level, firedAt, resolvedAt: null, notifications: 0 });
}

function close({ firings }: AlertHistory, isOver: (level: AlertLevel) => boolean, at: number): void {
  for (const firing of firings) if (firing.resolvedAt === null && isOver(firing.level)) firing.resolvedAt = at;
}

function isNotOpen({ firings }: AlertHistory, level: AlertLevel): boolean {
  return !firings.some((firing) => firing.level === level && firing.resolvedAt === null);
}
