import { z } from 'zod';
import { text, webUrl } from '../../model/schema.ts';
import type { SourceContext, SourceKind } from '../../model/source.ts';
import { LLAMA, llamaCoin, llamaFailure, llamaPrices, type LlamaPrice } from './llama.ts';

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
  base_url: webUrl().default(LLAMA).describe('another server with the same API'),
});

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
    const prices = llamaPrices(given.base_url);
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

function checkConfidence(coin: string, price: LlamaPrice, least: number): void {
  const confidence = price.confidence ?? 1;
  if (confidence >= least) return;
  throw llamaFailure(`DefiLlama prices "${coin}" with confidence ${confidence}, below \`min_confidence\` ${least}.`);
}

/** @throws {Error} when the asset stands on no chain, or on several and none is named. */
function coinOf({ asset, chain, address }: SourceContext): string {
  const deployments = Object.entries(asset?.on ?? {});
  const [only] = deployments.length === 1 ? deployments : [];
  const [on, at] = chain !== undefined && address !== undefined ? [chain, address] : (only ?? []);
  if (on !== undefined && at !== undefined) return llamaCoin(on, at);
  throw new Error(`asset "${asset?.id}" has ${deployments.length} addresses; name the \`chain\`, or a \`coin\``);
}
