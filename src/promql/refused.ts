import { Unsupported } from './errors.ts';
import type { Span } from './ast.ts';

const EXPERIMENTAL = [
  'double_exponential_smoothing',
  'end',
  'first_over_time',
  'histogram_quantiles',
  'info',
  'integral',
  'limit_ratio',
  'limitk',
  'mad_over_time',
  'max_of',
  'min_of',
  'range',
  'sort_by_label',
  'sort_by_label_desc',
  'start',
  'start_timestamp',
  'step',
  'ts_of_first_over_time',
  'ts_of_last_over_time',
  'ts_of_max_over_time',
  'ts_of_min_over_time',
];

const NATIVE_HISTOGRAMS = ['avg', 'count', 'stddev', 'stdvar', 'sum'].map((what) => `histogram_${what}`);

/** What Prometheus has and this does not, by name. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ...EXPERIMENTAL.map((name) => [name, `experimental function "${name}"`] as const),
  ...NATIVE_HISTOGRAMS.map((name) => [name, `native histogram function "${name}"`] as const),
  ['holt_winters', 'function "holt_winters", which Prometheus 3 took away,'],
]);

/** The refusal of a function or aggregation that is left out on purpose. */
export function refusalOf(name: string, from: number): Unsupported | undefined {
  const what = REFUSED.get(name);
  const span: Span = { from, to: from + name.length };
  return what === undefined ? undefined : new Unsupported(what, span);
}
