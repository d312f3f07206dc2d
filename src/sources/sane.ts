import { printLabels } from '../model/labels.ts';
import { METRICS, type Metric, type MetricName } from '../model/metric.ts';
import type { Sample } from '../model/sample.ts';
import { SourceError, type Source } from '../model/source.ts';

/** ms; a value dated further ahead of the judging clock is an error. */
const MAX_AHEAD = 30_000;

/**
 * Refuses a sample that cannot be true; its whole run falls with it, since half a reading could look like a fact.
 * @throws {SourceError} saying what was read and what is possible.
 */
export function requireSane(source: Source, sample: Sample, now: number): void {
  const why = whyInsane(sample, METRICS[sample.metric as MetricName], source.range ?? {}) ?? whyDated(sample, now);
  if (why === undefined) return;
  const series = printLabels({ __name__: sample.metric, ...sample.labels });
  throw new SourceError(`${series} was read as ${sample.value}; ${why}.`, { retryable: false });
}

function whyInsane({ value }: Sample, metric: Metric, range: NonNullable<Source['range']>): string | undefined {
  if (!Number.isFinite(value)) return 'a value must be a finite number';
  if (metric.bool && value !== 0 && value !== 1) return 'only 0 and 1 are values';
  if (metric.nonNegative && value < 0) return 'it must not be below 0';
  const { min = -Infinity, max = Infinity } = range;
  return value < min || value > max ? `the source's range is ${min} to ${max}` : undefined;
}

function whyDated({ at }: Sample, now: number): string | undefined {
  if (!Number.isFinite(at)) return 'its time is not a number';
  if (at - now <= MAX_AHEAD) return undefined;
  const ahead = Math.round((at - now) / 1000);
  return `its time is ${new Date(Math.min(at, 8.64e15)).toISOString()}, ${ahead} s ahead of this machine's clock`;
}
