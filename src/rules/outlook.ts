import { NAME } from '../model/labels.ts';
import { after } from '../model/seek.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import { EvaluationError, isSteady, lookAhead, plan, runAhead, Sharing } from '../promql/index.ts';
import type { Column, Frame, Leaf, Plan } from '../promql/index.ts';
import { isAlert } from './compile.ts';
import type { CompiledAlert, CompiledGroup } from './compile.ts';

/** What a rule will find at the instants that were looked at. */
export interface Outlook {
  /** Where its label sets stand. */
  readonly shape: Column['shape'];
  /** By place and step: 1 where there is a value. */
  readonly present: Uint8Array;
  /** By step: 1 where an input is stale or a value is not calm. */
  readonly stirred: Uint8Array;
  readonly steps: number;
}

/** A rule whose expression can be evaluated at many instants at once. */
interface Foreseeable {
  readonly compiled: CompiledAlert;
  readonly plan: Plan;
  readonly judged: Plan | undefined;
}

const NO_INSTANTS = new Float64Array();

/**
 * Evaluates the rules of a group at many instants at once, from histories that are there whole, to say at which of them nothing can come of it:
 * everything is fresh, and every value lies within the levels. The rules are the same plans as at one instant, compiled once more so
 * that the two do not write over each other's columns.
 */
export class Foresight {
  readonly #view: SeriesView;
  readonly #rules: readonly (Foreseeable | undefined)[];
  readonly #leaves: readonly Leaf[];
  #outlooks: readonly (Outlook | undefined)[] = [];
  #instants: Float64Array = NO_INSTANTS;
  #step = -1;
  #generation = NaN;
  #selected: readonly (readonly SeriesWindow[])[] = [];

  /** `isWritten`: series of this metric are written while time goes on, so that nobody can know them ahead. */
  constructor(group: CompiledGroup, view: SeriesView, isWritten: (metric: string) => boolean) {
    const sharing = new Sharing();
    this.#view = view;
    this.#rules = group.rules.map((rule) =>
      isAlert(rule) && canForesee(rule, isWritten) ? foreseeable(rule, sharing) : undefined,
    );
    this.#leaves = this.#rules.flatMap((rule) => rule?.plan.leaves ?? []);
  }

  get isWorthwhile(): boolean {
    return this.#leaves.length > 0;
  }

  /** True when it was looked at `now` (unix ms), and the series are those of then. */
  covers(now: number): boolean {
    if (!this.#isOfNow()) this.forget();
    const next = this.#step + 1;
    const step = this.#instants[next] === now ? next : this.#instants.indexOf(now);
    if (step >= 0) this.#step = step;
    return step >= 0;
  }

  /** Up to where it was looked: unix ms. */
  get until(): number {
    return this.#instants.at(-1) ?? -Infinity;
  }

  /** How many instants were looked at last; 0 after `forget`. */
  get steps(): number {
    return this.#instants.length;
  }

  forget(): void {
    this.#instants = NO_INSTANTS;
    this.#outlooks = [];
  }

  /** Looks at these instants (unix ms, rising). */
  look(instants: Float64Array): void {
    this.#instants = instants;
    this.#step = -1;
    this.#generation = this.#view.generation;
    this.#selected = this.#leaves.map(({ selection }) => selection.select(this.#view));
    const freshness = freshnessAt(instants, this.#view);
    const frames = new Map<CompiledAlert['reading'], Frame>();
    this.#outlooks = this.#rules.map((rule) => {
      if (rule === undefined) return undefined;
      const { reading } = rule.compiled;
      const frame = frames.get(reading) ?? lookAhead(this.#view, instants, reading);
      frames.set(reading, frame);
      return outlookOf(rule, frame, freshness);
    });
  }

  /** What a rule, by its place in the group, will find; `undefined` when only its evaluation can tell. */
  of(rule: number): Outlook | undefined {
    return this.#outlooks[rule];
  }

  /** The step of the instant that was asked for last. */
  get step(): number {
    return this.#step;
  }

  #isOfNow(): boolean {
    const view = this.#view;
    if (view.generation === this.#generation) return true;
    this.#generation = view.generation;
    return this.#leaves.every(({ selection }, index) => selection.select(view) === this.#selected[index]);
  }
}

function canForesee(
  { plan: { expr, leaves, type }, labels, reading }: CompiledAlert,
  isWritten: (metric: string) => boolean,
): boolean {
  if (type !== 'vector' || !labels.isFixed || reading.missing !== undefined || !isSteady(expr)) return false;
  return leaves.every(({ matchers }) => {
    const name = matchers.find((matcher) => matcher.name === NAME && matcher.op === '=');
    return name !== undefined && !isWritten(name.value);
  });
}

function foreseeable(compiled: CompiledAlert, sharing: Sharing): Foreseeable {
  const again = plan(compiled.rule.expr, sharing);
  return { compiled, plan: again, judged: compiled.judged === undefined ? undefined : again.root!.left };
}

function outlookOf(
  { compiled, plan: whole, judged }: Foreseeable,
  frame: Frame,
  freshness: Freshness,
): Outlook | undefined {
  try {
    const result = runAhead(whole, frame);
    const compared = judged === undefined ? result : runAhead(judged, frame);
    const stirred = staleAt(whole.leaves, freshness, frame.instants!.length);
    markStirred({ result, compared }, compiled.calm, stirred);
    return { shape: compared.shape, present: compared.present, stirred, steps: stirred.length };
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

function markStirred(
  { result, compared }: { readonly result: Column; readonly compared: Column },
  { isInResult, lowest, highest }: CompiledAlert['calm'],
  stirred: Uint8Array,
): void {
  const steps = stirred.length;
  const expected = isInResult ? 1 : 0;
  for (let place = 0, at = 0; place < compared.shape.size; place++) {
    for (let step = 0; step < steps; step++, at++) {
      if (compared.present[at] === 0) continue;
      const value = compared.values[at]!;
      if (result.present[at] !== expected || !(value >= lowest && value <= highest)) stirred[step] = 1;
    }
  }
}

/** By step: 1 where every series of a leaf is fresh. */
type Freshness = (leaf: Leaf) => Uint8Array;

function staleAt(leaves: readonly Leaf[], freshness: Freshness, steps: number): Uint8Array {
  const stale = new Uint8Array(steps);
  for (const leaf of leaves) {
    if (leaf.exempt) continue;
    const fresh = freshness(leaf);
    for (let step = 0; step < steps; step++) if (fresh[step] === 0) stale[step] = 1;
  }
  return stale;
}

function freshnessAt(instants: Float64Array, view: SeriesView): Freshness {
  const known = new Map<Leaf['selection'], Map<number, Uint8Array>>();
  return ({ selection, offset, optional }) => {
    const byOffset = known.get(selection) ?? new Map<number, Uint8Array>();
    known.set(selection, byOffset);
    const series = selection.select(view);
    const fresh = byOffset.get(offset) ?? areFresh(series, instants, offset);
    byOffset.set(offset, fresh);
    return series.length === 0 && !optional ? new Uint8Array(instants.length) : fresh;
  };
}

/** By step: 1 where all of these series are fresh, as `isFresh` would say then. */
function areFresh(series: readonly SeriesWindow[], instants: Float64Array, offset: number): Uint8Array {
  const fresh = new Uint8Array(instants.length).fill(1);
  for (const window of series) {
    const { times, from, maxAge, frozenSince, ahead: to = window.to } = window;
    if (frozenSince !== undefined) fresh.fill(0);
    let index = -1;
    for (let step = 0; step < instants.length; step++) {
      const at = instants[step]! - offset;
      index = after(times, { first: from, last: to, at }, index + 1) - 1;
      if (index < from || at - times[index]! > maxAge) fresh[step] = 0;
    }
  }
  return fresh;
}
