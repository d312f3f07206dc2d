import type { Labels } from '../../../src/model/labels.ts';
import type { AlertRule, Level, LevelName } from '../../../src/model/rule.ts';
import { isFresh, lastAt } from '../../../src/model/series.ts';
import type { SeriesView, SeriesWindow } from '../../../src/model/series.ts';
import type { UnknownReason, Verdict } from '../../../src/model/verdict.ts';
import { evaluate, keyOf, leafInstant, support, TooExpensive } from '../../../src/promql/index.ts';
import type { Leaf, Plan } from '../../../src/promql/index.ts';
import type { CompiledAlert } from '../../../src/rules/compile.ts';

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** Label sets judged before whose series left the configuration. */
  readonly gone: readonly Labels[];
  /** Set when nothing could be judged although some input is known: the rule is blind. */
  readonly blind?: UnknownReason;
}

interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Judges one alerting rule at one instant for every label set it yields or has judged before.
 *
 * `missing: hold` makes a verdict unknown as soon as any series it rests on is stale; `missing: drop` only when a leaf of the
 * expression has no fresh series left. A value that is not finite is unknown. Absence of a label set is `ok` only while every
 * series that it needs is known and fresh.
 */
export function judge(compiled: CompiledAlert, view: SeriesView, now: number, judged: readonly Labels[]): Judgement {
  const found = tryEvaluate(compiled, view, now);
  if (typeof found === 'string')
    return { verdicts: judged.map((labels) => unknown(labels, found)), gone: [], ...blindOf(judged, found) };
  const sets = setsOf(found, judged);
  if (compiled.reading.missing === 'prometheus')
    return { verdicts: [...sets].map(([key, labels]) => presence(compiled.rule, labels, found, key)), gone: [] };
  const verdicts: Verdict[] = [];
  const gone: Labels[] = [];
  for (const [key, labels] of sets) {
    const input = inputOf(compiled, view, labels, now);
    const result = found.result.get(key);
    if (input.missing && result === undefined) gone.push(labels);
    else if (input.stale) verdicts.push({ ...unknown(labels, 'stale'), maxAge: input.maxAge, ...input.stale });
    else {
      const value = result ?? found.values.get(key);
      const verdict = verdictOf(compiled.rule, labels, { result, value, maxAge: input.maxAge });
      if (input.missing && verdict.status !== 'breached') gone.push(labels);
      else verdicts.push(verdict);
    }
  }
  const blind = sets.size === 0 && compiled.plan.leaves.some((leaf) => isBlind(leaf, view, now));
  return { verdicts, gone, ...(blind && { blind: 'stale' }) };
}

interface Found {
  /** By labels with the rule's own, without the metric's name. */
  readonly result: ReadonlyMap<string, Element>;
  /** The judged values: the left side of a root comparison, else the result. */
  readonly values: ReadonlyMap<string, Element>;
}

/** Every label set there is something to say of, by key. */
function setsOf({ result, values }: Found, judged: readonly Labels[]): ReadonlyMap<string, Labels> {
  const sets = new Map<string, Labels>();
  for (const elementsByKey of new Set([result, values])) {
    for (const [key, { labels }] of elementsByKey) sets.set(key, labels);
  }
  for (const labels of judged) sets.set(keyOf(labels), labels);
  return sets;
}

function tryEvaluate(compiled: CompiledAlert, view: SeriesView, now: number): Found | UnknownReason {
  try {
    const result = elements(compiled.plan, compiled, view, now);
    return { result, values: compiled.judged ? elements(compiled.judged, compiled, view, now) : result };
  } catch (error) {
    if (error instanceof TooExpensive) return 'too_expensive';
    return 'failed';
  }
}

function elements(
  plan: Plan,
  { labels: labelled, reading }: CompiledAlert,
  view: SeriesView,
  now: number,
): ReadonlyMap<string, Element> {
  const found = new Map<string, Element>();
  for (const { labels, value } of evaluate(plan, view, now, reading)) {
    const own = labelled.labelsOf(labels, value);
    found.set(keyOf(own), { labels: own, value });
  }
  return found;
}

/** What a reading that knows no staleness says: in the result or not. */
function presence(rule: AlertRule, labels: Labels, { result, values }: Found, key: string): Verdict {
  const value = (rule.levels.length === 0 ? result : values).get(key)?.value;
  return verdictFrom(rule, labels, { isInResult: result.has(key), value, maxAge: Infinity });
}

interface Input {
  /** A leaf that the label set cannot do without has no known series left. */
  readonly missing: boolean;
  readonly stale: { readonly staleSince?: number } | undefined;
  readonly maxAge: number;
}

function inputOf({ plan, rule, inputLabels }: CompiledAlert, view: SeriesView, labels: Labels, now: number): Input {
  const own = inputLabels(labels);
  let missing = false;
  let maxAge = Infinity;
  let staleSince: number | undefined;
  let isStale = false;
  for (const leaf of plan.leaves) {
    const inputs = support(leaf, view, own);
    for (const series of inputs) maxAge = Math.min(maxAge, series.maxAge);
    if (leaf.exempt) continue;
    if (inputs.length === 0 && !leaf.optional) missing = true;
    const at = leafInstant(leaf, now);
    const stale = staleIn(inputs, at).filter((series) => !leaf.optional || !isYounger(series, at));
    if (stale.length === 0 || (rule.missing === 'drop' && stale.length < inputs.length)) continue;
    isStale = true;
    for (const series of stale) staleSince = earlier(staleSince, lastAt(series));
  }
  return { missing, maxAge, stale: isStale ? { ...(staleSince !== undefined && { staleSince }) } : undefined };
}

function staleIn(inputs: readonly SeriesWindow[], at: number): readonly SeriesWindow[] {
  return inputs.filter((series) => !isFresh(series, at));
}

/** A series that has samples, but none as old as this, was not known then: what can do without it does. */
function isYounger({ times, from, to }: SeriesWindow, at: number): boolean {
  return from < to && times[from]! > at;
}

function earlier(known: number | undefined, at: number): number | undefined {
  if (at === -Infinity) return known;
  return known === undefined ? at : Math.min(known, at);
}

function isBlind(leaf: Leaf, view: SeriesView, now: number): boolean {
  const known = view.select(leaf.matchers);
  return !leaf.exempt && known.length > 0 && staleIn(known, leafInstant(leaf, now)).length === known.length;
}

function verdictOf(
  rule: AlertRule,
  labels: Labels,
  about: { result: Element | undefined; value: Element | undefined; maxAge: number },
): Verdict {
  const value = about.value?.value;
  if (value !== undefined && !Number.isFinite(value)) return { ...unknown(labels, 'not_finite'), maxAge: about.maxAge };
  return verdictFrom(rule, labels, { isInResult: about.result !== undefined, value, maxAge: about.maxAge });
}

function verdictFrom(
  rule: AlertRule,
  labels: Labels,
  { isInResult, value, maxAge }: { isInResult: boolean; value: number | undefined; maxAge: number },
): Verdict {
  const shown = value === undefined ? {} : { value };
  if (rule.levels.length === 0)
    return { labels, maxAge, status: isInResult ? 'breached' : 'ok', holds: [], clears: [], ...shown };
  const holds = value === undefined ? [] : namesOf(rule.levels, (level) => isCrossed(level, value));
  const clears = namesOf(rule.levels, (level) => value === undefined || isCleared(level, value));
  return { labels, maxAge, status: holds.length > 0 ? 'breached' : 'ok', holds, clears, ...shown };
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

function unknown(labels: Labels, reason: UnknownReason): Verdict & { status: 'unknown' } {
  return { status: 'unknown', labels, reason, maxAge: Infinity };
}

function blindOf(judged: readonly Labels[], reason: UnknownReason): { blind?: UnknownReason } {
  return judged.length === 0 ? { blind: reason } : {};
}
