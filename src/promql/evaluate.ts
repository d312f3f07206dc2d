import type { Labels } from '../model/labels.ts';
import type { SeriesView } from '../model/series.ts';
import { elementsOf, type Column } from './column.ts';
import { EvaluationError } from './errors.ts';
import { keyOf } from './labels.ts';
import { finished } from './names.ts';
import type { Plan } from './plan.ts';
import type { Element, EvaluateOptions, Frame, Range } from './value.ts';

const DEFAULTS: EvaluateOptions = {};

/**
 * The expression's result at one instant (unix ms, judging clock).
 * @throws {EvaluationError} when series do not fit the expression
 * @throws {TooExpensive} past a cap
 */
export function evaluate(plan: Plan, view: SeriesView, now: number, options = DEFAULTS): readonly Element[] {
  return elements(plan, frameAt(view, now, options));
}

/** A result of any type; a scalar is a vector of one element without labels. */
export type Result =
  | { readonly type: 'vector'; readonly value: readonly Element[] }
  | { readonly type: 'matrix'; readonly value: readonly Range[] }
  | { readonly type: 'string'; readonly value: string };

/** Like `evaluate`, for expressions that yield ranges or a text too. @throws {EvaluationError} */
export function evaluateAny(plan: Plan, view: SeriesView, now: number, options = DEFAULTS): Result {
  const frame = frameAt(view, now, options);
  const { compiled } = plan;
  if (compiled.type === 'string') return { type: 'string', value: compiled.run(frame) };
  if (compiled.type === 'matrix') return { type: 'matrix', value: compiled.run(frame) };
  return { type: 'vector', value: elements(plan, frame) };
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
  options = DEFAULTS,
): readonly Track[] {
  if (!(step > 0)) throw new EvaluationError(`The step is ${step} ms. It must be above zero.`);
  const tracks = new Map<string, { labels: Labels; points: { at: number; value: number }[] }>();
  for (let now = start; now <= end; now += step) {
    for (const { labels, value } of elements(plan, frameOf(view, { start, end, now }, options))) {
      const track = tracks.get(keyOf(labels)) ?? { labels, points: [] };
      track.points.push({ at: now, value });
      tracks.set(keyOf(labels), track);
    }
  }
  return [...tracks.values()];
}

const frames = new WeakMap<SeriesView, { readonly revision: number; readonly frame: Frame }>();

/** The frame of this instant; the last one of the view while no sample changes, so that plans share what they have in common. */
export function frameAt(view: SeriesView, now: number, options: EvaluateOptions): Frame {
  const known = frames.get(view);
  if (known !== undefined && known.revision === view.revision && isOf(known.frame, now, options)) return known.frame;
  const frame = frameOf(view, { start: now, end: now, now }, options);
  if (view.revision !== undefined) frames.set(view, { revision: view.revision, frame });
  return frame;
}

function isOf(frame: Frame, now: number, options: EvaluateOptions): boolean {
  return frame.now === now && frame.options === options;
}

function frameOf(view: SeriesView, bounds: Pick<Frame, 'now' | 'start' | 'end'>, options: EvaluateOptions): Frame {
  return { view, ...bounds, options, spent: { series: 0, samples: 0 } };
}

/** A plan's values at the frame's instant; written over when it runs again. @throws {EvaluationError} @throws {TooExpensive} */
export function run({ source, type, vector }: Plan, frame: Frame): Column {
  if (vector === undefined) {
    throw new EvaluationError(`"${source}" is a ${type}. Only a scalar or an instant vector has values to judge.`);
  }
  frame.spent.series = 0;
  frame.spent.samples = 0;
  return vector(frame);
}

function elements(plan: Plan, frame: Frame): readonly Element[] {
  const column = run(plan, frame);
  return frame.options.names === 'late' ? finished(column) : elementsOf(column);
}
