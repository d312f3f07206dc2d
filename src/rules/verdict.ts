import type { Labels } from '../model/labels.ts';
import type { AlertRule, Level, LevelName } from '../model/rule.ts';
import type { UnknownReason, UnknownVerdict, Verdict } from '../model/verdict.ts';

/** What is known of one label set at one instant. */
export interface Known {
  readonly isInResult: boolean;
  /** The judged value, if there is one. */
  readonly value: number | undefined;
  /** ms. */
  readonly maxAge: number;
}

/** What a rule says of a label set whose inputs are fresh. */
export function verdictOf(rule: AlertRule, labels: Labels, known: Known): Verdict {
  const { value, maxAge } = known;
  if (value !== undefined && !Number.isFinite(value)) return { ...unknown(labels, 'not_finite'), maxAge };
  return presence(rule, labels, known);
}

/** What a rule says whatever the value is: in the result or not. */
export function presence(rule: AlertRule, labels: Labels, { isInResult, value, maxAge }: Known): Verdict {
  const shown = value === undefined ? {} : { value };
  if (rule.levels.length === 0)
    return { labels, maxAge, status: isInResult ? 'breached' : 'ok', holds: [], clears: [], ...shown };
  const holds = value === undefined ? [] : namesOf(rule.levels, (level) => isCrossed(level, value));
  const clears = namesOf(rule.levels, (level) => value === undefined || isCleared(level, value));
  return { labels, maxAge, status: holds.length > 0 ? 'breached' : 'ok', holds, clears, ...shown };
}

/** A verdict of a label set that cannot be judged. */
export function unknown(labels: Labels, reason: UnknownReason): UnknownVerdict {
  return { status: 'unknown', labels, reason, maxAge: Infinity };
}

/** True when a level is crossed and not cleared. */
export function isAt(level: Level, value: number): boolean {
  return isCrossed(level, value) && !isCleared(level, value);
}

/** The values at which no level is crossed, both ends included; finite ones only. */
export function calmValues(levels: readonly Level[]): { readonly lowest: number; readonly highest: number } {
  return {
    lowest: Math.max(-Number.MAX_VALUE, ...levels.flatMap(({ below }) => below ?? [])),
    highest: Math.min(Number.MAX_VALUE, ...levels.flatMap(({ above }) => above ?? [])),
  };
}

function namesOf(levels: readonly Level[], test: (level: Level) => boolean): readonly LevelName[] {
  return levels.filter(test).map(({ name }) => name);
}

function isCrossed({ above, below }: Level, value: number): boolean {
  return above === undefined ? value < below! : value > above;
}

function isCleared({ above, clear }: Level, value: number): boolean {
  return above === undefined ? value >= clear : value <= clear;
}
