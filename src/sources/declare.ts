import type { DeclaredSeries } from '../model/sample.ts';
import type { Source } from '../model/source.ts';

/** Every series that runs of this source write, those the harness adds included. */
export function declaredSeries(source: Source): readonly DeclaredSeries[] {
  const { id, kind, maxAge, labels } = source;
  const own = source.made.yields.map(({ metric, labels: more, open }) => ({
    metric,
    labels: { ...labels, ...more },
    ...(open && { open }),
  }));
  const reverted = source.reads === 'evm' ? [{ metric: 'call_reverted_bool', labels }] : [];
  const up = { metric: 'tocsin_source_up', labels: { source: id, kind } };
  return [...own, ...reverted, up].map((series) => ({ ...series, maxAge, source: id }));
}
