import { z } from 'zod';
import { text, webUrl } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';
import { parseNumber, quote } from './parse.ts';

const options = z.strictObject({
  protocol: text()
    .pipe(z.string().regex(/^[\w.-]+$/, { error: "expected DefiLlama's slug, such as stream-finance" }))
    .describe('slug as in https://defillama.com/protocol/stream-finance'),
  base_url: webUrl().default('https://api.llama.fi').describe('another server with the same API'),
});

export const defillama_tvl: SourceKind<z.infer<typeof options>> = {
  kind: 'defillama_tvl',
  about: 'Total value locked of a protocol from DefiLlama, borrowed assets not counted; computed about hourly.',
  reads: 'http',
  options,
  needs: [],
  metrics: ['tvl_usd'],
  cadence: 3_600_000,
  upstream: 'defillama',
  make: ({ protocol, base_url }) => ({
    yields: [{ metric: 'tvl_usd', labels: { protocol } }],
    labels: { upstream: 'defillama' },
    collect: async (io) => {
      const answer = await io.http.json(`${base_url.replace(/\/+$/, '')}/tvl/${protocol}`);
      const value = parseNumber(answer);
      if (value !== undefined) return [{ metric: 'tvl_usd', labels: { protocol }, value }];
      const message = `DefiLlama answered ${quote(answer)} as TVL of "${protocol}"; a number was expected.`;
      throw new SourceError(message, { retryable: true });
    },
  }),
};
