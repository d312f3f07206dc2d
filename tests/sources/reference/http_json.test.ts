import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { http_json } from '../../../src/sources/reference/http_json.ts';
import type { LocalServer } from '../../io/http-server.ts';
import { reply, serve } from '../../io/http-server.ts';
import { run } from './run.ts';

const DOCUMENT = {
  data: [{ price: '0.9871', 'a.b': 3, apy: 5.12 }],
  ask: '',
  bid: null,
  text: '1,000',
  word: 'NaN',
  at: {
    s: 1795154326,
    text: '1795154326',
    ms: 1795154326000,
    iso: '2026-11-20T05:58:46Z',
    local: '2026-11-20 05:58:46',
  },
};

let server: LocalServer;
let authorization: string | undefined;
beforeAll(async () => {
  server = await serve((request, response) => {
    authorization = request.headers.authorization;
    if (request.url === '/number') return reply(response, 200, '12.5');
    if (request.url === '/huge') return reply(response, 200, '{"n":1e999}');
    if (request.url?.startsWith('/closed')) return reply(response, 401, `no: ${authorization} ${request.url}`);
    return reply(response, 200, DOCUMENT);
  });
});
afterAll(() => server.close());

const read = (options: object) => run(http_json, { url: `${server.url}/`, metric: 'price_usd', ...options });

describe('http_json', () => {
  it.each([
    ['data[0].price', 0.9871],
    ['/data/0/price', 0.9871],
    ['/data/0/a.b', 3],
  ])('finds the number at %s, true at the time of the run', async (path, value) => {
    expect(await read({ path })).toEqual([{ metric: 'price_usd', labels: {}, value }]);
  });

  it('takes the whole answer without a path', async () => {
    expect(await read({ url: `${server.url}/number` })).toMatchObject([{ value: 12.5 }]);
  });

  it('scales to the unit of the metric', async () => {
    const [sample] = await read({ metric: 'apy_ratio', path: 'data[0].apy', scale: 0.01, labels: { window: '7d' } });
    expect(sample).toMatchObject({ metric: 'apy_ratio', labels: { window: '7d' } });
    expect(sample?.value).toBeCloseTo(0.0512, 12);
  });

  it.each([
    ['bid', 'null'],
    ['ask', '""'],
    ['text', '"1,000"'],
    ['word', '"NaN"'],
    ['data[1].price', 'nothing'],
    ['data', '[{"price":"0.9871"'],
    ['/constructor', 'nothing'],
  ])('refuses what stands at %s, since %s is no number', async (path, shown) => {
    const error = await read({ path }).catch(String);
    expect(error).toContain(`${server.host} answered ${shown}`);
    expect(error).toContain(`at "${path}"; a number was expected. Check \`path\`.`);
  });

  it('refuses a number beyond what a computer can hold', async () => {
    await expect(read({ url: `${server.url}/huge`, path: 'n' })).rejects.toThrow(/a number was expected/);
  });

  it.each(['at.s', 'at.text', 'at.ms', 'at.iso', 'at.local'])('reads the time at %s', async (timestamp) => {
    expect(await read({ path: 'data[0].price', timestamp })).toMatchObject([{ at: 1795154326000 }]);
  });

  it.each([
    ['at.gone', 'auto'],
    ['bid', 'auto'],
    ['word', 'auto'],
    ['at.iso', 's'],
    ['at.s', 'iso'],
  ])('refuses the time at %s read as %s', async (timestamp, timestamp_unit) => {
    const work = read({ path: 'data[0].price', timestamp, timestamp_unit });
    await expect(work).rejects.toThrow(/a time was expected\. Check `timestamp`/);
  });

  it('sends headers and never repeats them', async () => {
    const headers = { authorization: new Secret('Bearer top-secret-1') };
    await read({ path: 'data[0].price', headers });
    expect(authorization).toBe('Bearer top-secret-1');
    const error = await read({ url: `${server.url}/closed?key=query-secret-1`, headers }).catch(String);
    expect(error).toMatch(/answered 401: "no: \[secret\] \/closed\?key=\[secret\]"/);
  });

  it.each([
    [{ path: 'data[x]' }, 'JSON Pointer'],
    [{ path: '' }, 'JSON Pointer'],
    [{ metric: 'price' }, 'price_usd'],
    [{ metric: 'tocsin_source_up' }, 'price_usd'],
    [{ labels: { asset: 'usdc' } }, 'Invalid key'],
    [{ scale: 0 }, 'scale'],
    [{ url: 'ftp://a.example/' }, 'web address'],
    [{ pathh: 'a' }, 'pathh'],
  ])('refuses the options %j', (options, said) => {
    const parsed = http_json.options.safeParse({ url: 'http://a.example', metric: 'price_usd', ...options });
    expect(parsed.error?.message).toContain(said);
  });
});
