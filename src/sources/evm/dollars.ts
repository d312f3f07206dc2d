import type { Hex, SourceContext, SourceIo } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';
import { llamaPrices, llamaCoin } from '../reference/llama.ts';
import { readRound } from './round.ts';

/** USD of one whole token. */
export type Dollars = (io: SourceIo) => Promise<number>;

/**
 * How a source values the asset that is lent: by a Chainlink feed, else at 1 when its peg is the dollar.
 * @throws {Error} when neither is there.
 */
export function dollarsOf({ asset }: SourceContext, feed: Hex | undefined): Dollars {
  if (feed !== undefined) return async (io) => (await readRound(io, feed)).answer;
  if (asset?.peg === 'usd') return async () => 1;
  const what = asset === undefined ? 'There is no `asset`' : `The peg of asset "${asset.id}" is not usd`;
  throw new Error(`${what}, so its value in USD is unknown. Name a Chainlink feed in \`price_feed\`.`);
}

/** What tokens are worth outside the market that lends against them: `defillama`, or Chainlink feeds by token. */
export type Reference = 'defillama' | Readonly<Record<string, Hex>>;

/** USD of one whole token by address in lower case; what has no reference is left out. */
export async function referencePrices(
  io: SourceIo,
  reference: Reference | undefined,
  tokens: readonly Hex[],
): Promise<ReadonlyMap<string, number>> {
  const distinct = [...new Set(tokens.map((token) => token.toLowerCase()))];
  const found = await Promise.all(
    distinct.map(async (token) => [token, await referencePrice(io, reference, token)] as const),
  );
  return new Map(found.flatMap(([token, price]) => (price === undefined ? [] : [[token, price] as const])));
}

async function referencePrice(
  io: SourceIo,
  reference: Reference | undefined,
  token: string,
): Promise<number | undefined> {
  if (reference === undefined) return undefined;
  if (reference !== 'defillama') {
    const feed = Object.entries(reference).find(([address]) => address.toLowerCase() === token)?.[1];
    return feed === undefined ? undefined : (await readRound(io, feed)).answer;
  }
  try {
    return (await io.http.together(llamaPrices(), llamaCoin(io.evm.chain, token))).price;
  } catch (error) {
    // What needs this price is then left out, and what does not is still told.
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}
