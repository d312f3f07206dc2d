import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { coingecko_price } from '../../../src/sources/reference/coingecko_price.ts';
import type { LocalServer } from '../../io/http-server.ts';
import { reply, serve } from '../../io/http-server.ts';
import { run, runAll } from './run.ts';

const { body } = JSON.parse(readFileSync('tests/fixtures/api/coingecko-prices.normal.json', 'utf8')) as {
  body: object;
};

let server: LocalServer;
let asked: { url: string; headers: IncomingHttpHeaders }[] = [];
beforeAll(async () => {
  server = await serve((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    const key = request.headers['x-cg-pro-api-key'];
    if (key === 'wrong-key-1') return reply(response, 401, { status: { error_message: `API key ${key} is invalid` } });
    return reply(response, 200, body);
  });
});
afterAll(() => server.close());

const at = (options: object) => ({ base_url: server.url, ...options });

describe('coingecko_price', () => {
  it('reads the price with its own time, without a key', async () => {
    asked = [];
    expect(await run(coingecko_price, at({ id: 'tether' }))).toEqual([
      { metric: 'price_usd', labels: { method: 'aggregate' }, value: 0.999634, at: 1795154359000 },
    ]);
    expect(Object.keys(asked[0]?.headers ?? {}).filter((name) => name.startsWith('x-cg'))).toEqual([]);
  });

  it('asks for all ids in one request and fails an id alone', async () => {
    asked = [];
    const ids = ['tether', 'stream-xusd', 'no-time', 'no-price', 'zero', 'delisted', 'unknown'];
    const results = await runAll(
      coingecko_price,
      ids.map((id) => at({ id })),
    );
    const query = 'vs_currencies=usd&include_last_updated_at=true&precision=full';
    expect(asked.map(({ url }) => url)).toEqual([`/simple/price?ids=${ids.join(',')}&${query}`]);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value[0]?.value : result.reason.message)),
    ).toEqual([
      0.999634,
      0.0605,
      'CoinGecko answered no price and time for "no-time".',
      'CoinGecko answered no price and time for "no-price".',
      'CoinGecko answered 0 for "zero"; a price must be positive.',
      'CoinGecko answered no price and time for "delisted".',
      'CoinGecko knows no coin "unknown". Check `id`.',
    ]);
  });

  it.each([
    ['demo', 'x-cg-demo-api-key'],
    ['pro', 'x-cg-pro-api-key'],
  ])('sends the key of plan %s as %s', async (plan, header) => {
    asked = [];
    await run(coingecko_price, at({ id: 'tether', plan, api_key: new Secret('CG-key-1') }));
    expect(asked[0]?.headers[header]).toBe('CG-key-1');
  });

  it('does not share a request between two keys', async () => {
    asked = [];
    await runAll(
      coingecko_price,
      ['CG-key-1', 'CG-key-2'].map((key) => at({ id: 'tether', api_key: new Secret(key) })),
    );
    const keys = asked.map(({ headers }) => headers['x-cg-demo-api-key']);
    expect(new Set(keys)).toEqual(new Set(['CG-key-1', 'CG-key-2']));
    expect(keys).toHaveLength(2);
  });

  it('never repeats the key when it is refused', async () => {
    const work = run(coingecko_price, at({ id: 'tether', plan: 'pro', api_key: new Secret('wrong-key-1') }));
    await expect(work).rejects.toThrow(/answered 401: .*API key \[secret\] is invalid/);
  });

  it('takes no key written in the file', () => {
    expect(coingecko_price.options.safeParse({ id: 'tether', api_key: 'CG-key-1' }).success).toBe(false);
  });
});
