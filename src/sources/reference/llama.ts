import { z } from 'zod';
import { SourceError, type Together } from '../../model/source.ts';

export const LLAMA = 'https://coins.llama.fi';

/** Where DefiLlama's name of a chain differs from the usual one. */
const CHAIN_NAMES: Readonly<Record<string, string>> = { bnb: 'bsc', avalanche: 'avax', gnosis: 'xdai' };
/** Keeps the URL below 4 kB. */
const COINS_IN_ONE_URL = 60;
const answerShape = z.object({ coins: z.record(z.string(), z.unknown()) });
const priceShape = z.object({ price: z.number(), timestamp: z.number(), confidence: z.number().nullish() });
export type LlamaPrice = z.infer<typeof priceShape>;

/** DefiLlama's key of a token. */
export function llamaCoin(chain: string, address: string): string {
  return `${CHAIN_NAMES[chain] ?? chain}:${address}`;
}

/** Prices of coins by their keys, up to 60 in one request; `base` is a server with DefiLlama's API. */
export function llamaPrices(base = LLAMA): Together<string, LlamaPrice> {
  return pricesFrom(base.replace(/\/+$/, ''));
}

function pricesFrom(base: string): Together<string, LlamaPrice> {
  return {
    name: `defillama_price ${base}`,
    max: COINS_IN_ONE_URL,
    fetch: async (coins, http) => {
      const keys = coins.map((coin) => encodeURIComponent(coin).replace('%3A', ':'));
      const answer = answerShape.safeParse(await http.json(`${base}/prices/current/${keys.join(',')}`));
      if (!answer.success) throw llamaFailure('DefiLlama answered no "coins". Check `base_url`.', answer.error);
      return coins.map((coin) => readPrice(coin, answer.data.coins[coin]));
    },
  };
}

function readPrice(coin: string, found: unknown): LlamaPrice | SourceError {
  if (found === undefined)
    return llamaFailure(`DefiLlama knows no fresh price of "${coin}". Check the address or \`coin\`.`);
  const price = priceShape.safeParse(found);
  if (!price.success) return llamaFailure(`DefiLlama answered no price and time for "${coin}".`, price.error);
  // Zero is how its editors flag a distressed asset; no market said so.
  if (price.data.price > 0) return price.data;
  return llamaFailure(
    `DefiLlama answered ${price.data.price} for "${coin}", its flag for a distressed asset and no price.`,
  );
}

export function llamaFailure(message: string, cause?: unknown): SourceError {
  return new SourceError(message, { retryable: true, cause });
}
