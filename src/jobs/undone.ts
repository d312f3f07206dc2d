import type { Subject } from '../dispatch/compose-alert.ts';
import type { Alert } from '../model/alert.ts';
import type { Origin } from '../model/sample.ts';
import { inputsAt } from './evidence.ts';
import type { EvidenceDeps } from './evidence.ts';

/** Whether a block is still part of its chain; `undefined` where nobody can say. */
export type IsCanonical = (chain: string, block: number, hash: string) => Promise<boolean | undefined>;

/** ms, judging clock: what fired longer ago rests on blocks that no reorganisation undoes. */
const RECENT = 3_600_000;

/**
 * Looks up whether what is over now had fired on a block that is not part of its chain any more. It costs a request for each block, and
 * only when an alert ends.
 */
export async function gatherUndone(
  subjects: readonly Subject[],
  deps: EvidenceDeps & { readonly isCanonical: IsCanonical },
): Promise<(alert: Alert) => string | undefined> {
  const found = await Promise.all(
    subjects.map(async ({ alert, untold }) => {
      const end = alert.state === 'firing' ? undefined : untold.at(-1);
      if (end?.kind !== 'resolved') return [];
      const instants = [end.activeAt, end.peakAt ?? end.activeAt].filter((at) => end.at - at < RECENT);
      const blocks = new Map((await originsAt(alert, instants, deps)).map((origin) => [origin.hash, origin]));
      const undone = await Promise.all([...blocks.values()].map(async (origin) => undoneBlock(origin, deps)));
      return undone.flatMap((block) => (block === undefined ? [] : [[alert, block] as const])).slice(0, 1);
    }),
  );
  const undone = new Map(found.flat());
  return (alert) => undone.get(alert);
}

async function originsAt(
  alert: Alert,
  instants: readonly number[],
  { live, view, store }: EvidenceDeps,
): Promise<readonly Origin[]> {
  const inputs = instants.flatMap((now) => inputsAt(alert, now, { live, view }));
  const origins = await store.origins(inputs.map(({ series, at }) => ({ seriesId: series.id, at })));
  return origins.flatMap((each) => each?.origin ?? []);
}

async function undoneBlock(
  { chain, block, hash }: Origin,
  { isCanonical }: { readonly isCanonical: IsCanonical },
): Promise<string | undefined> {
  if (chain === undefined || block === undefined || hash === undefined) return undefined;
  return (await isCanonical(chain, block, hash)) === false ? `${chain} block ${block}` : undefined;
}
