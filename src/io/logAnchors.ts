import type { LogAnchor, LogPosition } from '../model/logs.ts';

/** Blocks whose logs can be taken back one by one; an older anchor than this is the last one kept. */
export const REWIND = 2000;

/**
 * Anchors of a scan that has come to `position`, newest first: half a rewind apart, and back to the first that no ordinary
 * reorganisation reaches.
 */
export function anchorsAfter(anchors: readonly LogAnchor[], { next, hash }: LogPosition): readonly LogAnchor[] {
  const [newest] = anchors;
  const all = newest === undefined || next - newest.next >= REWIND / 2 ? [{ next, hash }, ...anchors] : anchors;
  const far = all.findIndex((anchor) => next - anchor.next >= REWIND);
  return far === -1 ? all : all.slice(0, far + 1);
}

/** Where a scan goes on, or that nothing of it holds any more. */
export type Resumed = { readonly from: number } | 'undone';

/**
 * The first block that has to be read again after another hash was found under the last scanned one: the newest anchor that
 * still holds says that all before it does. A scan from before anchors goes back as far as was thought enough then.
 */
export async function standing(
  { next, anchors = [] }: LogPosition,
  holds: (anchor: LogAnchor) => Promise<boolean>,
): Promise<Resumed> {
  if (anchors.length === 0) return { from: next - REWIND };
  for (const anchor of anchors) {
    if (await holds(anchor)) return { from: anchor.next };
  }
  return 'undone';
}
