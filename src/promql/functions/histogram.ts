import { without, type Labels } from '../../model/labels.ts';
import { elementsOf } from '../column.ts';
import { keyOf } from '../labels.ts';
import { listed } from '../listed.ts';
import { unnamed } from '../names.ts';
import { remember } from '../remember.ts';
import { readNumber } from '../syntax/literals.ts';
import type { Compiled, Element, Scalar, Vector } from '../value.ts';
import { fractionOf, quantileOf, type Bucket } from './buckets.ts';
import type { FunctionTable } from './definition.ts';

const BOUND = 'le';

/** Functions of classic histograms: one series for each bucket, its upper bound in the label `le`. */
export const HISTOGRAM: FunctionTable = {
  histogram_quantile: {
    kind: 'whole',
    args: ['scalar', 'vector'],
    returns: 'vector',
    compile: ([phi, input]) => ofHistograms([phi as Scalar], input!, ([rank], buckets) => quantileOf(rank!, buckets)),
  },
  histogram_fraction: {
    kind: 'whole',
    args: ['scalar', 'scalar', 'vector'],
    returns: 'vector',
    compile: ([lower, upper, input]) =>
      ofHistograms([lower as Scalar, upper as Scalar], input!, ([low, high], buckets) =>
        fractionOf(low!, high!, buckets),
      ),
  },
};

type OfBuckets = (parameters: readonly number[], buckets: readonly Bucket[]) => number;

function ofHistograms(scalars: readonly Scalar[], input: Compiled, value: OfBuckets): Vector {
  const { run } = input as Vector;
  const vector = listed((frame) => {
    const parameters = scalars.map((scalar) => scalar.run(frame));
    return Array.from(histograms(elementsOf(run(frame))), ({ labels, buckets }) => ({
      labels,
      value: value(parameters, buckets),
    }));
  });
  return unnamed(vector);
}

interface Histogram {
  readonly labels: Labels;
  readonly buckets: Bucket[];
}

const withoutBound = remember((labels: Labels) => without(labels, [BOUND]));

/** Elements without a number in `le` belong to no histogram. */
function histograms(elements: readonly Element[]): Iterable<Histogram> {
  const found = new Map<string, Histogram>();
  for (const { labels, value } of elements) {
    const bound = boundOf(labels[BOUND]);
    if (bound === undefined) continue;
    const rest = withoutBound(labels);
    const histogram = found.get(keyOf(rest)) ?? { labels: rest, buckets: [] };
    histogram.buckets.push({ bound, count: value });
    found.set(keyOf(rest), histogram);
  }
  return found.values();
}

function boundOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?(?:[\d.]+(?:e[+-]?\d+)?|inf(?:inity)?)$/i.test(text)) return undefined;
  const bound = readNumber(text.replace(/infinity/i, 'inf').replace(/^\+/, ''));
  return Number.isNaN(bound) ? undefined : bound;
}
