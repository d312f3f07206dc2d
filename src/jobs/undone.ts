import type { Subject } from '../dispatch/compose-alert.ts';
import type { Alert } from '../model/alert.ts';
import { blocksOf } from '../model/sample.ts';
import type { BlockRef } from '../model/source.ts';
import type { Store } from '../model/store.ts';
import { inputsAt } from './evidence.ts';
import type { EvidenceDeps } from './evidence.ts';

/** Whether a block is still part of its chain; `undefined` where nobody can say. */
export type IsCanonical = (chain: string, block: BlockRef) => Promise<boolean | undefined>;

export interface UndoneDeps extends EvidenceDeps {
  readonly store: Pick<Store, 'origins' | 'undoneBlocks'>;
  readonly isCanonical: IsCanonical;
}

/** ms, judging clock: what fired longer ago rests on blocks that no reorganisation undoes. */
const RECENT = 3_600_000;

/**
 * Looks up whether what is over now had fired on a block that is not part of its chain any more: what was read there is taken back
 * already, or the node is asked, which costs a request for each block. Only when an alert ends.
 */
export async function gatherUndone(
  subjects: readonly Subject[],
  deps: UndoneDeps,
): Promise<(alert: Alert) => string | undefined> {
  const found = await Promise.all(
    subjects.map(async ({ alert, untold }) => {
      const end = alert.state === 'firing' ? undefined : untold.at(-1);
      if (end?.kind !== 'resolved') return [];
      const instants = [end.activeAt, end.peakAt ?? end.activeAt].filter((at) => end.at - at < RECENT);
      const block = await undoneBlock(alert, instants, deps);
      return block === undefined ? [] : [[alert, block] as const];
    }),
  );
  const undone = new Map(found.flat());
  return (alert) => undone.get(alert);
}

/** A block that an alert rested on at one of these instants and that is undone. */
async function undoneBlock(
  alert: Alert,
  instants: readonly number[],
  { live, view, store, isCanonical }: UndoneDeps,
): Promise<string | undefined> {
  const inputs = instants.flatMap((now) =>
    inputsAt(alert, now, { live, view }).map(({ series, at, until }) => ({ seriesId: series.id, at, until })),
  );
  const gone = await store.undoneBlocks(inputs.map(({ seriesId, until }) => ({ seriesId, at: until })));
  const taken = gone.find((block) => block !== undefined);
  if (taken !== undefined) return `${taken.chain} block ${taken.block}`;
  const held = inputs.flatMap(({ seriesId, at }) => (at === undefined ? [] : [{ seriesId, at }]));
  const blocks = (await store.origins(held)).flatMap((each) => (each === undefined ? [] : blocksOf(each.origin)));
  const asked = [...new Map(blocks.map((block) => [block.hash, block])).values()].map(async ({ chain, block, hash }) =>
    (await isCanonical(chain, { block, hash })) === false ? `${chain} block ${block}` : undefined,
  );
  return (await Promise.all(asked)).find((block) => block !== undefined);
}
