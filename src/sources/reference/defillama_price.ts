import { z } from 'zod';
import { text, webUrl } from '../../model/schema.ts';
import type { SourceContext, SourceKind, Together } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';

/** Where DefiLlama's name of a chain differs from the usual one. */
const CHAIN_NAMES: Readonly<Record<string, string>> = { bnb: 'bsc', avalanche: 'avax', gnosis: 'xdai' };
/** Keeps the URL below 4 kB. */
const COINS_IN_ONE_URL = 60;
const labels = { method: 'aggregate' };

const options = z.strictObject({
  coin: text()
    .pipe(z.string().regex(/^[\w-]+:[^\s,/?#]+$/, { error: 'expected chain:address or coingecko:id' }))
    .optional()
    .describe("DefiLlama's key, such as coingecko:tether; default: the asset's chain and address"),
  min_confidence: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('refuses prices that DefiLlama trusts less; 0 keeps all, since confidence falls in the very collapse'),
  base_url: webUrl().default('https://coins.llama.fi').describe('another server with the same API'),
});

const answerShape = z.object({ coins: z.record(z.string(), z.unknown()) });
const priceShape = z.object({ price: z.number(), timestamp: z.number(), confidence: z.number().nullish() });
type Price = z.infer<typeof priceShape>;

export const defillama_price: SourceKind<z.infer<typeof options>> = {
  kind: 'defillama_price',
  about: 'Price in USD from DefiLlama: an aggregate, and for vault tokens often just the NAV that the issuer reports.',
  reads: 'http',
  shares: true,
  options,
  needs: ['asset'],
  metrics: ['price_usd'],
  // Refreshed every five minutes; three missed refreshes are too many.
  cadence: 15 * 60_000,
  upstream: 'defillama',
  make: (given, context) => {
    const coin = given.coin ?? coinOf(context);
    const prices = pricesFrom(given.base_url.replace(/\/+$/, ''));
    return {
      yields: [{ metric: 'price_usd', labels }],
      labels: { upstream: 'defillama' },
      collect: async (io) => {
        const price = await io.http.together(prices, coin);
        checkConfidence(coin, price, given.min_confidence);
        return [{ metric: 'price_usd', labels, value: price.price, at: price.timestamp * 1000 }];
      },
    };
  },
};

function pricesFrom(base: string): Together<string, Price> {
  return {
    name: `defillama_price ${base}`,
    max: COINS_IN_ONE_URL,
    fetch: async (coins, http) => {
      const keys = coins.map((coin) => encodeURIComponent(coin).replace('%3A', ':'));
      const answer = answerShape.safeParse(await http.json(`${base}/prices/current/${keys.join(',')}`));
      if (!answer.success) throw failure('DefiLlama answered no "coins". Check `base_url`.', answer.error);
      return coins.map((coin) => readPrice(coin, answer.data.coins[coin]));
    },
  };
}

function readPrice(coin: string, found: unknown): Price | SourceError {
  if (found === undefined)
    return failure(`DefiLlama knows no fresh price of "${coin}". Check the address or \`coin\`.`);
  const price = priceShape.safeParse(found);
  if (!price.success) return failure(`DefiLlama answered no price and time for "${coin}".`, price.error);
  // Zero is how its editors flag a distressed asset; no market said so.
  if (price.data.price > 0) return price.data;
  return failure(`DefiLlama answered ${price.data.price} for "${coin}", its flag for a distressed asset and no price.`);
}

function checkConfidence(coin: string, price: Price, least: number): void {
  const confidence = price.confidence ?? 1;
  if (confidence >= least) return;
  throw failure(`DefiLlama prices "${coin}" with confidence ${confidence}, below \`min_confidence\` ${least}.`);
}

/** @throws {Error} when the asset stands on no chain, or on several and none is named. */
function coinOf({ asset, chain, address }: SourceContext): string {
  const deployments = Object.entries(asset?.on ?? {});
  const [only] = deployments.length === 1 ? deployments : [];
  const [on, at] = chain !== undefined && address !== undefined ? [chain, address] : (only ?? []);
  if (on !== undefined && at !== undefined) return `${CHAIN_NAMES[on] ?? on}:${at}`;
  throw new Error(`asset "${asset?.id}" has ${deployments.length} addresses; name the \`chain\`, or a \`coin\``);
}

function failure(message: string, cause?: unknown): SourceError {
  return new SourceError(message, { retryable: true, cause });
}
