import type { Labels } from '../model/labels.ts';
import type { SeriesView } from '../model/series.ts';
import { asElements } from './compile.ts';
import { EvaluationError } from './errors.ts';
import { keyOf } from './labels.ts';
import type { Plan } from './plan.ts';
import type { Element, EvaluateOptions } from './value.ts';

/**
 * The expression's result at one instant (unix ms, judging clock).
 * @throws {EvaluationError} when series do not fit the expression
 * @throws {TooExpensive} past a cap
 */
export function evaluate(plan: Plan, view: SeriesView, now: number, options: EvaluateOptions = {}): readonly Element[] {
  if (plan.type === 'matrix' || plan.type === 'string') {
    throw new EvaluationError(
      `"${plan.source}" is a ${plan.type}. Only a scalar or an instant vector has values to judge.`,
    );
  }
  return asElements(plan.compiled)({ view, now, options, spent: { series: 0, samples: 0 } });
}

/** Instants from `start` to `end` inclusive, `step` apart; all ms. */
export interface Steps {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** One result over time. */
export interface Track {
  readonly labels: Labels;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** Evaluates at each step; the caps hold for each step by itself. @throws {EvaluationError} */
export function evaluateRange(
  plan: Plan,
  view: SeriesView,
  { start, end, step }: Steps,
  options: EvaluateOptions = {},
): readonly Track[] {
  if (!(step > 0)) throw new EvaluationError(`The step is ${step} ms. It must be above zero.`);
  const tracks = new Map<string, { labels: Labels; points: { at: number; value: number }[] }>();
  for (let at = start; at <= end; at += step) {
    for (const { labels, value } of evaluate(plan, view, at, options)) {
      const track = tracks.get(keyOf(labels)) ?? { labels, points: [] };
      track.points.push({ at, value });
      tracks.set(keyOf(labels), track);
    }
  }
  return [...tracks.values()];
}
