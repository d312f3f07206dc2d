import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/model/rule.ts';
import { SourceError } from '../../../src/model/source.ts';
import { defillama_price } from '../../../src/sources/reference/defillama_price.ts';
import type { LocalServer } from '../../io/http-server.ts';
import { reply, serve } from '../../io/http-server.ts';
import { context, run, runAll } from './run.ts';

const { body } = JSON.parse(readFileSync('tests/fixtures/api/defillama-prices.normal.json', 'utf8')) as {
  body: unknown;
};
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const XUSD = '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94';
const asset = (on: Asset['on']): Asset => ({ id: 'xusd', name: 'xUSD', on });

let server: LocalServer;
let asked: string[] = [];
beforeAll(async () => {
  server = await serve((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/empty')) return reply(response, 200, { message: 'maintenance' });
    return reply(response, 200, body);
  });
});
afterAll(() => server.close());

const at = (options: object) => ({ base_url: server.url, ...options });

describe('defillama_price', () => {
  it('reads the price with its own time', async () => {
    expect(await run(defillama_price, at({ coin: `ethereum:${USDC}` }))).toEqual([
      { metric: 'price_usd', labels: { method: 'aggregate' }, value: 0.999701, at: 1795154339000 },
    ]);
  });

  it('asks for all coins in one request and fails a coin alone', async () => {
    asked = [];
    const coins = [`ethereum:${USDC}`, `ethereum:${XUSD}`, 'coingecko:distressed', 'coingecko:nulls', 'coingecko:gone'];
    const results = await runAll(
      defillama_price,
      coins.map((coin) => at({ coin })),
    );
    expect(asked).toEqual([`/prices/current/${coins.join(',')}`]);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value[0]?.value : result.reason.message)),
    ).toEqual([
      0.999701,
      0.2637,
      'DefiLlama answered 0 for "coingecko:distressed", its flag for a distressed asset and no price.',
      'DefiLlama answered no price and time for "coingecko:nulls".',
      'DefiLlama knows no fresh price of "coingecko:gone". Check the address or `coin`.',
    ]);
  });

  it('keeps a price of low confidence unless told otherwise', async () => {
    const coin = `ethereum:${XUSD}`;
    expect(await run(defillama_price, at({ coin }))).toHaveLength(1);
    const refused = run(defillama_price, at({ coin, min_confidence: 0.9 }));
    await expect(refused).rejects.toThrow(/with confidence 0.51, below `min_confidence` 0.9\.$/);
  });

  it.each([
    ['the chain that is named', { chain: 'ethereum', address: XUSD, asset: asset({ ethereum: XUSD, plasma: USDC }) }],
    ["the asset's only chain", { asset: asset({ ethereum: XUSD }) }],
  ])('takes the address on %s', async (_, given) => {
    expect(await run(defillama_price, at({}), context(given))).toMatchObject([{ value: 0.2637 }]);
  });

  it("translates a chain's name", async () => {
    asked = [];
    await runAll(defillama_price, [at({})], context({ asset: asset({ bnb: XUSD }) }));
    expect(asked).toEqual([`/prices/current/bsc:${XUSD}`]);
  });

  it('does not guess among several chains', () => {
    const given = context({ asset: asset({ a: '1', b: '2' }) });
    expect(() => defillama_price.make(defillama_price.options.parse({}), given)).toThrow(
      'asset "xusd" has 2 addresses; name the `chain`, or a `coin`',
    );
  });

  it('says that another server answered', async () => {
    const work = run(defillama_price, { coin: 'coingecko:tether', base_url: `${server.url}/empty/` });
    await expect(work).rejects.toThrow(SourceError);
    await expect(work).rejects.toThrow('answered no "coins"');
  });

  it.each(['tether', 'a:b,c:d', 'a:b/../c', 'a:b?key=1'])('refuses the coin %j', (coin) => {
    expect(defillama_price.options.safeParse({ coin }).success).toBe(false);
  });
});
