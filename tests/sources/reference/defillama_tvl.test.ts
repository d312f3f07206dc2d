import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defillama_tvl } from '../../../src/sources/reference/defillama_tvl.ts';
import type { LocalServer } from '../../io/http-server.ts';
import { reply, serve } from '../../io/http-server.ts';
import { run } from './run.ts';

const ANSWERS: Readonly<Record<string, string>> = {
  '/tvl/stream-finance': '204110220.5',
  '/tvl/emptied': '0',
  '/tvl/null': 'null',
  '/tvl/object': '{"message":"Protocol is being rebuilt"}',
};

let server: LocalServer;
beforeAll(async () => {
  server = await serve((request, response) => {
    const answer = ANSWERS[request.url ?? ''];
    return answer === undefined ? reply(response, 400, 'Protocol not found') : reply(response, 200, answer);
  });
});
afterAll(() => server.close());

const tvl = (protocol: string) => run(defillama_tvl, { protocol, base_url: server.url });

describe('defillama_tvl', () => {
  it.each([
    ['stream-finance', 204110220.5],
    ['emptied', 0],
  ])('reads the TVL of %s, true at the time of the run', async (protocol, value) => {
    expect(await tvl(protocol)).toEqual([{ metric: 'tvl_usd', labels: { protocol }, value }]);
  });

  it.each([
    ['null', 'DefiLlama answered null as TVL of "null"; a number was expected.'],
    ['object', 'DefiLlama answered {"message":"Protocol is being rebuilt"} as TVL of "object"; a number was expected.'],
    ['unheard-of', /answered 400: "Protocol not found"\.$/],
  ])('fails on %s', async (protocol, message) => {
    await expect(tvl(protocol)).rejects.toThrow(message);
  });

  it('takes no path as a slug', () => {
    expect(defillama_tvl.options.safeParse({ protocol: '../prices' }).success).toBe(false);
  });
});
