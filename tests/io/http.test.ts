import { afterEach, describe, expect, it } from 'vitest';
import type { Http, HttpOptions } from '../../src/io/http.ts';
import { createHttp } from '../../src/io/http.ts';
import type { Together } from '../../src/model/source.ts';
import { SourceError } from '../../src/model/source.ts';
import type { Answer, LocalServer } from './http-server.ts';
import { reply, serve } from './http-server.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function server(answer: Answer): Promise<LocalServer> {
  const started = await serve(answer);
  open.push(started);
  return started;
}

function http(options: HttpOptions = {}): Http {
  const made = createHttp({ backoff: 5, perSecond: 1000, ...options });
  open.push(made);
  return made;
}

const run = (options: HttpOptions = {}, signal = AbortSignal.timeout(20_000)) => http(options).reads(signal);

async function failure(promise: Promise<unknown>): Promise<SourceError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

/** A clock of the machine, for waits. */
async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

const KEY = 'abc123DEF456ghi789JKL0';
const echo: Answer = (request, response) =>
  reply(
    response,
    403,
    `bad key in ${request.url} / ${String(request.headers['x-api-key'])} / ${request.headers.authorization}`,
  );

const prices = (url: string, max: number): Together<string, number> => ({
  name: `prices ${url}`,
  max,
  fetch: async (items, reads) => {
    const answer = (await reads.json(`${url}/${items.join(',')}`)) as Record<string, number>;
    return items.map((item) => answer[item] ?? new SourceError(`no "${item}"`, { retryable: true }));
  },
});
const byName: Answer = (request, response) => {
  const names = (request.url ?? '').slice(1).split(',');
  reply(response, 200, Object.fromEntries(names.filter((name) => name !== 'z').map((name) => [name, name.length])));
};

describe('createHttp', () => {
  it('reads JSON and says who asks', async () => {
    const { url, requests } = await server((_, response) => reply(response, 200, '\uFEFF{"price":"1.01"}'));
    expect(await run().json(`${url}/a`)).toEqual({ price: '1.01' });
    expect(requests[0]?.headers).toMatchObject({ 'user-agent': 'tocsin', accept: 'application/json' });
  });

  it('fetches the same URL once in a run and again in the next', async () => {
    const { url, requests } = await server((_, response, count) => reply(response, 200, count));
    const client = http();
    const first = client.reads(AbortSignal.timeout(9000));
    expect(await Promise.all([first.json(`${url}/a`), first.json(`${url}/a`)])).toEqual([1, 1]);
    expect(await client.reads(AbortSignal.timeout(9000)).json(`${url}/a`)).toBe(2);
    expect(requests).toHaveLength(2);
  });

  it('keeps two users of one URL with different headers apart', async () => {
    const { url } = await server((request, response) => reply(response, 200, JSON.stringify(request.headers['x-key'])));
    const reads = run();
    const answers = [reads.json(url, { 'x-key': 'one' }), reads.json(url, { 'x-key': 'two' })];
    expect(await Promise.all(answers)).toEqual(['one', 'two']);
  });

  it('counts every request that is sent', async () => {
    const hosts: string[] = [];
    const { url, host } = await server((_, response, count) => reply(response, count === 1 ? 503 : 200, '1'));
    await run({ onRequest: (asked) => hosts.push(asked) }).json(url);
    expect(hosts).toEqual([host, host]);
  });

  describe('a refusal', () => {
    it.each([408, 425, 429, 500, 502, 503])('tries again after %i', async (status) => {
      const { url } = await server((_, response, count) => reply(response, count < 3 ? status : 200, '7'));
      expect(await run().json(url)).toBe(7);
    });

    it.each([400, 401, 403, 404, 410, 422])('takes %i as an answer', async (status) => {
      const { url, requests } = await server((_, response) => reply(response, status, 'Protocol not found'));
      const error = await failure(run().json(`${url}/tvl/x`));
      expect(error.message).toMatch(new RegExp(`^127.0.0.1:\\d+/tvl/x answered ${status}: "Protocol not found".$`));
      expect(error.retryable).toBe(false);
      expect(requests).toHaveLength(1);
    });

    it('gives up after three tries', async () => {
      const { url, requests } = await server((_, response) => reply(response, 500, ''));
      expect((await failure(run().json(url))).message).toMatch(/answered 500\.$/);
      expect(requests).toHaveLength(3);
    });

    it('waits as long as Retry-After says', async () => {
      const { url } = await server((_, response, count) =>
        count === 1 ? reply(response, 429, 'slow down', { 'retry-after': '1' }) : reply(response, 200, '1'),
      );
      expect(await timed(run().json(url))).toBeGreaterThan(990);
    });

    it('leaves a host alone that asks for more patience than a run has, in later runs too', async () => {
      const { url, requests } = await server((_, response) => reply(response, 429, '', { 'retry-after': '60' }));
      const client = http();
      expect((await failure(client.reads(AbortSignal.timeout(9000)).json(url))).message).toMatch(/answered 429/);
      const later = await failure(client.reads(AbortSignal.timeout(9000)).json(`${url}/other`));
      expect(later.message).toMatch(/asked for a pause; (60|59) s of it are left\.$/);
      expect(requests).toHaveLength(1);
    });

    it('tries again when the connection breaks', async () => {
      const { url } = await server((request, response, count) =>
        count === 1 ? void request.socket.destroy() : reply(response, 200, '2'),
      );
      expect(await run().json(url)).toBe(2);
    });

    it('says that nothing listens', async () => {
      const gone = await serve((_, response) => reply(response, 200, ''));
      await gone.close();
      expect((await failure(run().json(gone.url))).message).toMatch(/cannot be reached: .*ECONNREFUSED/);
    });
  });

  describe('a hostile answer', () => {
    it('names HTML', async () => {
      const page = `<!doctype html>\n<html>${'x'.repeat(200)}`;
      const { url } = await server((_, response) => reply(response, 200, page));
      const error = await failure(run().json(`${url}/prices`));
      expect(error.message).toMatch(/\/prices answered HTML instead of JSON: "<!doctype html> <html>x+…"\.$/);
    });

    it.each(['', '{"a":', 'NaN'])('refuses the body %j', async (body) => {
      const { url } = await server((_, response) => reply(response, 200, body));
      expect((await failure(run().json(url))).message).toMatch(/instead of JSON/);
    });

    it('ends a drip of bytes at the deadline', async () => {
      const { url } = await server((_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      });
      const work = failure(run({ timeout: 300 }).json(url));
      expect(await timed(work)).toBeLessThan(1500);
      expect((await work).message).toMatch(/gave no whole answer within 0.3 s\.$/);
    });

    it('ends a server that never answers at the deadline', async () => {
      const { url } = await server(() => undefined);
      expect((await failure(run({ timeout: 200 }).json(url))).message).toMatch(/no whole answer/);
    });

    it('reads no more of an endless body than its cap', async () => {
      let sent = 0;
      const { url } = await server((_, response) => {
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && response.write(' '.repeat(65_536))) sent += 65_536;
        };
        response.on('drain', more);
        more();
      });
      const error = await failure(run({ maxBytes: 2 ** 20 }).json(url));
      expect(error.message).toMatch(/sends more than 1 MB; the rest was not read\.$/);
      expect(sent).toBeLessThan(16 * 2 ** 20);
    });

    it('accepts a body just below the cap, on a reused connection too', async () => {
      const body = JSON.stringify('x'.repeat(2 ** 20 - 1000));
      const { url } = await server((_, response) => reply(response, 200, body));
      const reads = run({ maxBytes: 2 ** 20 });
      for (const path of ['a', 'b', 'c']) expect(await reads.json(`${url}/${path}`)).toHaveLength(2 ** 20 - 1000);
    });

    it('says so when the run ended first', async () => {
      const { url } = await server(() => undefined);
      expect((await failure(run({}, AbortSignal.timeout(100)).json(url))).message).toMatch(/when the run ended\.$/);
    });
  });

  describe('a redirect', () => {
    it('is followed', async () => {
      const { url } = await server((request, response) =>
        request.url === '/new' ? reply(response, 200, '3') : reply(response, 302, '', { location: '/new' }),
      );
      expect(await run().json(`${url}/old`)).toBe(3);
    });

    it('is followed three times at most', async () => {
      const { url, requests } = await server((_, response) => reply(response, 302, '', { location: '/again' }));
      expect((await failure(run().json(url))).message).toMatch(/redirects more than 3 times/);
      expect(requests).toHaveLength(4);
    });

    it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x'])('to %s is refused', async (location) => {
      const { url } = await server((_, response) => reply(response, 302, '', { location }));
      expect((await failure(run().json(url))).message).toMatch(/redirects to another protocol/);
    });

    it('takes no header to another origin', async () => {
      const other = await server((request, response) => reply(response, 200, JSON.stringify(request.headers)));
      const { url } = await server((_, response) => reply(response, 307, '', { location: other.url }));
      const headers = await run().json(url, { 'x-api-key': 'key-value' });
      expect(headers).not.toHaveProperty('x-api-key');
    });
  });

  describe('a secret', () => {
    it.each([
      ['in the query', (host: string) => `http://${host}/price?apikey=${KEY}`],
      ['in the path', (host: string) => `http://${host}/${KEY}/price`],
      ['as user', (host: string) => `http://${KEY}:${KEY}@${host}/price`],
      ['in a header', (host: string) => `http://${host}/price`],
    ])('%s is never repeated, even if the server echoes it', async (_, address) => {
      const { host } = await server(echo);
      const error = await failure(run().json(address(host), { 'x-api-key': KEY, authorization: `Bearer ${KEY}` }));
      expect(error.message).toMatch(/answered 403/);
      expect(JSON.stringify([error.message, error.origin, String(error.cause)])).not.toContain(KEY);
    });

    it('is not repeated when nothing listens', async () => {
      const gone = await serve(echo);
      await gone.close();
      const error = await failure(run().json(`${gone.url}/${KEY}?k=${KEY}`, { 'x-api-key': KEY }));
      expect(JSON.stringify([error.message, error.origin, String(error.cause)])).not.toContain(KEY);
    });

    it('given as user of the address is sent as Basic authorization', async () => {
      const { host, requests } = await server((_, response) => reply(response, 200, '1'));
      await run().json(`http://me:p%40ss@${host}/`);
      expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    });
  });

  describe('politeness', () => {
    it('spreads what goes beyond the burst', async () => {
      const { url } = await server((_, response) => reply(response, 200, '1'));
      const reads = run({ perSecond: 20, burst: 2 });
      const all = Promise.all(Array.from({ length: 8 }, (_, n) => reads.json(`${url}/${n}`)));
      expect(await timed(all)).toBeGreaterThan(280);
    });
  });

  describe('together', () => {
    it('asks for all items of one turn in one request, each item once', async () => {
      const { url, requests } = await server(byName);
      const reads = run();
      const items = ['a', 'bb', 'a', 'ccc'];
      expect(await Promise.all(items.map((item) => reads.together(prices(url, 60), item)))).toEqual([1, 2, 1, 3]);
      expect(requests.map((request) => request.url)).toEqual(['/a,bb,ccc']);
    });

    it('splits at the maximum', async () => {
      const { url, requests } = await server(byName);
      const reads = run();
      await Promise.all(['a', 'b', 'c'].map((item) => reads.together(prices(url, 2), item)));
      expect(requests.map((request) => request.url)).toEqual(['/a,b', '/c']);
    });

    it('fails a missing item alone', async () => {
      const { url } = await server(byName);
      const reads = run();
      const [good, bad] = await Promise.allSettled(['a', 'z'].map((item) => reads.together(prices(url, 9), item)));
      expect(good).toEqual({ status: 'fulfilled', value: 1 });
      expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'no "z"' } });
    });
  });
});
