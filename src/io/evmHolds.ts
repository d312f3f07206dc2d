import type { BlockRef } from '../model/source.ts';
import { UrlFailed } from './evmFailure.ts';
import type { RpcUrl } from './evmUrl.ts';

/** Whether a block is part of the chain, as all URLs say that can tell; `undefined` while they disagree or none can. */
export async function holds(
  urls: readonly RpcUrl[],
  wanted: BlockRef,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const said = new Set(await Promise.all(urls.map(async (url) => holdsAt(url, wanted, signal))));
  said.delete(undefined);
  const [answer, other] = said;
  return other === undefined ? answer : undefined;
}

async function holdsAt(url: RpcUrl, { block, hash }: BlockRef, signal: AbortSignal): Promise<boolean | undefined> {
  try {
    const { reads: head } = await url.open({ blockTag: 'latest' }, new Map(), signal);
    // A node that lags does not have it yet.
    if (head.block.number < BigInt(block)) return undefined;
    const { reads } = await url.open({ blockNumber: BigInt(block) }, new Map(), signal);
    return reads.block.hash === hash;
  } catch (error) {
    if (error instanceof UrlFailed) return undefined;
    throw error;
  }
}
