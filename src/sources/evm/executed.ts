import { CallReverted, type RawSample } from '../../model/source.ts';
import type { PairSeries } from './pair.ts';

/** Executable prices of trades of these sizes; one that the venue refuses, or pays nothing for, has no sample. */
export async function executed(
  sizes: readonly number[],
  series: PairSeries,
  quote: (size: number) => Promise<number>,
): Promise<readonly RawSample[]> {
  const paid = await Promise.all(
    sizes.map((size) =>
      quote(size).catch((error: unknown) => {
        if (error instanceof CallReverted) return 0;
        throw error;
      }),
    ),
  );
  return paid.flatMap((got, index) => (got > 0 ? [series.executable(sizes[index]!, got / sizes[index]!)] : []));
}
