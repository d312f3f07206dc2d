import { METRICS } from '../src/model/metric.ts';
import type { Metric } from '../src/model/metric.ts';
import * as sources from '../src/sources/index.ts';

const HEAD = `<!-- Written by npm run docs; do not edit. -->

# Metrics

The closed list of names that a source may yield; recording rules add their own, with a colon. The unit stands at the end of the name:
\`_usd\` US dollars, \`_ratio\` a part of one (0.01 is 1 %), \`_tokens\` whole tokens, \`_seconds\`, \`_bool\` 0 or 1. Every series has the
labels \`asset\`, \`chain\` and \`source\` where they apply. A value outside what a metric allows is refused, never stored. Where no kind
is named, one of the generic ones ([evm_call](sources.md#evm_call), [http_json](sources.md#http_json), [file_csv](sources.md#file_csv)) can read it.

| metric | meaning | values | read by |
|---|---|---|---|
`;

const GENERIC = new Set(['evm_call', 'http_json', 'file_csv']);

/** The reference page of metric names. */
export function metricsPage(): string {
  const rows = Object.entries<Metric>(METRICS).map(
    ([name, metric]) => `| \`${name}\` | ${metric.meaning} | ${values(metric)} | ${readers(name)} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}

function values({ bool, nonNegative }: Metric): string {
  if (bool) return '0, 1';
  return nonNegative ? '≥ 0' : 'any';
}

/** The generic kinds can yield everything, which says nothing about a metric. */
function readers(name: string): string {
  if (name.startsWith('tocsin_')) return 'Tocsin itself';
  if (name === 'asset_info') return '`assets:`';
  const kinds = Object.values(sources).filter(
    ({ kind, metrics }) => !GENERIC.has(kind) && metrics.some((metric) => metric === name),
  );
  const links = kinds.map(({ kind }) => `[${kind}](sources.md#${kind})`);
  return links.sort().join(', ');
}
