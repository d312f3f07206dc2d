import { keyOf } from './labels.ts';
import type { Subquery } from './ast.ts';
import { elementsOf } from './column.ts';
import { instantOf, spend } from './selection.ts';
import type { Element, Matrix, Range, Vector } from './value.ts';

/** The values of one label set at the steps of a subquery. */
interface Track {
  readonly first: Element;
  readonly times: number[];
  readonly values: number[];
}

/** Compiles a subquery: the inner expression at each multiple of the step, counted from the epoch, in `(t − range, t]`. */
export function compileSubquery(expr: Subquery, inner: Vector): Matrix {
  const { range, step } = expr;
  const instant = instantOf(expr);
  return {
    type: 'matrix',
    run: (frame) => {
      const end = instant(frame);
      const start = end - range;
      const tracks = new Map<string, Track>();
      const closed = frame.options.rangeEnds === 'closed' ? 1 : 0;
      for (let now = firstStep(start - closed, step); now <= end; now += step) {
        const elements = elementsOf(inner.run({ ...frame, now }));
        spend(frame, 0, elements.length);
        for (const element of elements) append(tracks, element, now);
      }
      return Array.from(tracks.values(), (track) => rangeOf(track, { start, end, now: frame.now }));
    },
  };
}

/** The first multiple of `step` after `start`. */
function firstStep(start: number, step: number): number {
  return (Math.floor(start / step) + 1) * step;
}

function append(tracks: Map<string, Track>, element: Element, now: number): void {
  const key = keyOf(element.labels);
  let track = tracks.get(key);
  if (track === undefined) tracks.set(key, (track = { first: element, times: [], values: [] }));
  track.times.push(now);
  track.values.push(element.value);
}

function rangeOf({ first, times, values }: Track, bounds: Pick<Range, 'start' | 'end' | 'now'>): Range {
  return {
    labels: first.labels,
    nameless: first.nameless,
    times: Float64Array.from(times),
    values: Float64Array.from(values),
    from: 0,
    to: times.length,
    ...bounds,
  };
}
