import type { Store } from '../../src/model/store.ts';
import type { Followed } from '../../src/model/stored.ts';

/** A history read whole, by series and time. */
export async function historyOf(store: Store, since: ReadonlyMap<string, number>): Promise<Omit<Followed, 'undone'>> {
  const { samples: parts, ...history } = await store.history(since);
  const samples: Followed['samples'][number][] = [];
  for await (const part of parts) samples.push(...part);
  return { ...history, samples: samples.toSorted((a, b) => a.seriesId - b.seriesId || a.at - b.at) };
}
