import { z } from 'zod';
import { fingerprint } from '../../model/labels.ts';
import { secret, text, webUrl } from '../../model/schema.ts';
import type { SourceKind, Together } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';

const IDS_IN_ONE_URL = 200;
const PLANS = {
  demo: { base: 'https://api.coingecko.com/api/v3', header: 'x-cg-demo-api-key' },
  pro: { base: 'https://pro-api.coingecko.com/api/v3', header: 'x-cg-pro-api-key' },
} as const;
const labels = { method: 'aggregate' };

const options = z.strictObject({
  id: text()
    .pipe(z.string().regex(/^[\w.-]+$/, { error: "expected CoinGecko's id, such as tether" }))
    .describe('API id, as on the coin page of CoinGecko'),
  api_key: secret().optional().describe('works without, with a small quota'),
  plan: z.enum(['demo', 'pro']).default('demo').describe('which host and header the key belongs to'),
  base_url: webUrl().optional().describe('another server with the same API'),
});
type Options = z.infer<typeof options>;

const answerShape = z.record(z.string(), z.unknown());
const priceShape = z.object({ usd: z.number(), last_updated_at: z.number() });
type Price = z.infer<typeof priceShape>;

export const coingecko_price: SourceKind<Options> = {
  kind: 'coingecko_price',
  about: 'Price in USD from CoinGecko: volume-weighted over exchanges.',
  reads: 'http',
  shares: true,
  options,
  needs: ['asset'],
  metrics: ['price_usd'],
  // Their time of a price may lag some minutes although it is the newest there is.
  cadence: 10 * 60_000,
  upstream: 'coingecko',
  make: (given) => {
    const prices = pricesFor(given);
    return {
      yields: [{ metric: 'price_usd', labels }],
      labels: { upstream: 'coingecko' },
      collect: async (io) => {
        const { usd, last_updated_at } = await io.http.together(prices, given.id);
        return [{ metric: 'price_usd', labels, value: usd, at: last_updated_at * 1000 }];
      },
    };
  },
};

function pricesFor({ api_key, plan, base_url }: Options): Together<string, Price> {
  const base = (base_url ?? PLANS[plan].base).replace(/\/+$/, '');
  const key = api_key?.reveal();
  const headers = key === undefined ? {} : { [PLANS[plan].header]: key };
  return {
    name: `coingecko_price ${fingerprint({ base, ...headers })}`,
    max: IDS_IN_ONE_URL,
    fetch: async (ids, http) => {
      const asked = `ids=${ids.map(encodeURIComponent).join(',')}&vs_currencies=usd&include_last_updated_at=true&precision=full`;
      const answer = answerShape.safeParse(await http.json(`${base}/simple/price?${asked}`, headers));
      if (!answer.success) throw failure('CoinGecko answered no prices. Check `base_url`.', answer.error);
      return ids.map((id) => readPrice(id, answer.data[id]));
    },
  };
}

function readPrice(id: string, found: unknown): Price | SourceError {
  if (found === undefined) return failure(`CoinGecko knows no coin "${id}". Check \`id\`.`);
  const price = priceShape.safeParse(found);
  if (!price.success) return failure(`CoinGecko answered no price and time for "${id}".`, price.error);
  if (price.data.usd > 0) return price.data;
  return failure(`CoinGecko answered ${price.data.usd} for "${id}"; a price must be positive.`);
}

function failure(message: string, cause?: unknown): SourceError {
  return new SourceError(message, { retryable: true, cause });
}
