import type { SeriesView } from '../model/series.ts';
import { AGGREGATIONS } from './aggregate.ts';
import { children, type Call, type Expr } from './ast.ts';
import type { Column } from './column.ts';
import { NotAhead } from './errors.ts';
import { FUNCTIONS } from './functions/index.ts';
import type { Plan } from './plan.ts';
import type { EvaluateOptions, Frame } from './value.ts';

/** Functions that are given whole vectors and yet look at each value by itself. */
const PLACE_BY_PLACE = new Set(['timestamp', 'clamp', 'label_replace', 'label_join', 'pi']);

/** A frame in which all instants (unix ms, rising) are evaluated at once, from histories that are there whole. */
export function lookAhead(view: SeriesView, instants: Float64Array, options: EvaluateOptions): Frame {
  const [start = NaN] = instants;
  const bounds = { now: NaN, start, end: instants.at(-1) ?? NaN };
  return { view, ...bounds, options, instants, spent: { series: 0, samples: 0 } };
}

/** A plan's values at all instants of the frame. @throws {EvaluationError} when only one instant after the other can tell */
export function runAhead({ vector }: Plan, frame: Frame): Column {
  if (vector === undefined) throw new NotAhead();
  return vector(frame);
}

/** True when an expression yields the same label sets at every instant while its series stay, and each value follows from samples alone. */
export function isSteady(expr: Expr): boolean {
  if (expr.kind === 'subquery') return false;
  if (expr.kind === 'selector') return expr.at === undefined;
  if (expr.kind === 'aggregate' && AGGREGATIONS.get(expr.op)!.toOne === undefined) return false;
  if (expr.kind === 'call' && !isSteadyCall(expr)) return false;
  return children(expr).every(isSteady);
}

function isSteadyCall({ name, args }: Call): boolean {
  const definition = FUNCTIONS.get(name)!;
  if (definition.kind === 'each') return true;
  if (definition.kind === 'over') return args[definition.range]!.kind === 'selector';
  return PLACE_BY_PLACE.has(name) && (name !== 'timestamp' || args[0]!.kind === 'selector');
}
