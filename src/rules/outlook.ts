import { after } from '../model/seek.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import { EvaluationError, runAhead } from '../promql/index.ts';
import type { Both, Frame, Leaf, Plan } from '../promql/index.ts';
import type { Calm } from './evaluator.ts';

/** What a rule will find at the instants that were looked at: columns that hold a value for each step at every place. */
export interface Outlook extends Both {
  /** By step: unix ms. */
  readonly instants: Float64Array;
  /** By step: 1 where an input is stale. */
  readonly stale: Uint8Array;
  /** By step: 1 where an input is stale or a value is not calm. */
  readonly stirred: Uint8Array;
  readonly steps: number;
}

/** A rule whose expression can be evaluated at many instants at once. */
export interface Foreseeable {
  readonly calm: Calm;
  readonly plan: Plan;
  /** The left side of its comparison, when that is judged. */
  readonly judged: Plan | undefined;
}

/** Looks at all instants of the frame; `undefined` when only one evaluation after the other can tell. */
export function outlookOf(
  { calm, plan, judged }: Foreseeable,
  frame: Frame,
  freshness: Freshness,
): Outlook | undefined {
  try {
    const result = runAhead(plan, frame);
    const compared = judged === undefined ? result : runAhead(judged, frame);
    const instants = frame.instants!;
    const stale = staleAt(plan.leaves, freshness, instants.length);
    const stirred = stale.slice();
    markStirred({ result, compared }, calm, stirred);
    return { result, compared, instants, stale, stirred, steps: stirred.length };
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

function markStirred({ result, compared }: Both, { isInResult, lowest, highest }: Calm, stirred: Uint8Array): void {
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
export type Freshness = (leaf: Leaf) => Uint8Array;

function staleAt(leaves: readonly Leaf[], freshness: Freshness, steps: number): Uint8Array {
  const stale = new Uint8Array(steps);
  for (const leaf of leaves) {
    if (leaf.exempt) continue;
    const fresh = freshness(leaf);
    for (let step = 0; step < steps; step++) if (fresh[step] === 0) stale[step] = 1;
  }
  return stale;
}

/** Asks each series once. */
export function freshnessAt(instants: Float64Array, view: SeriesView): Freshness {
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
