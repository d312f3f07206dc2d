import type { Labels, Matcher } from '../../src/model/labels.ts';
import type { SeriesView, SeriesWindow } from '../../src/model/series.ts';
import { compileMatchers } from '../../src/promql/index.ts';

export const MINUTE = 60_000;

let ids = 0;

/** A series with a sample each minute from the epoch on; `undefined` leaves one out. */
export function series(
  labels: Labels,
  values: readonly (number | undefined)[],
  more: { readonly maxAge?: number; readonly step?: number; readonly frozenSince?: number } = {},
): SeriesWindow {
  const { maxAge = 5 * MINUTE, step = MINUTE, frozenSince } = more;
  const points = values.flatMap((value, index) => (value === undefined ? [] : [{ at: index * step, value }]));
  return {
    id: ++ids,
    labels,
    maxAge,
    times: Float64Array.from(points, ({ at }) => at),
    values: Float64Array.from(points, ({ value }) => value),
    from: 0,
    to: points.length,
    frozenSince,
  };
}

/** A view of these series that never changes. */
export function viewOf(...all: readonly SeriesWindow[]): SeriesView {
  return {
    generation: 1,
    select: (matchers: readonly Matcher[]) => all.filter(({ labels }) => compileMatchers(matchers)(labels)),
  };
}
