import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leanFetch } from '../../src/io/leanFetch.ts';

function post(more: Partial<RequestInit> = {}): RequestInit {
  return {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"what":"é"}', redirect: 'manual' },
    signal: AbortSignal.timeout(5000),
    ...more,
  };
}

describe('leanFetch', () => {
  let url = '';
  const server = createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/empty') return reply.end();
      const status = request.url === '/moved' ? 302 : request.url === '/busy' ? 429 : 200;
      reply.writeHead(status, { 'retry-after': '7', location: '/elsewhere', 'set-cookie': ['a=1', 'b=2'] });
      return reply.end(
        JSON.stringify({
          method: request.method,
          kind: request.headers['content-type'],
          said: Buffer.concat(parts).toString(),
        }),
      );
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  it.each([
    ['', 200, true],
    ['/busy', 429, false],
    ['/moved', 302, false],
  ])('answers as fetch does: %s', async (path, status, ok) => {
    for (const send of [fetch, leanFetch]) {
      const answer = await send(url + path, post());
      expect({ status: answer.status, ok: answer.ok, wait: answer.headers.get('retry-after') }).toEqual({
        ...{ status, ok, wait: '7' },
      });
      expect(answer.headers.get('set-cookie')).toBe('a=1, b=2');
      expect(await answer.json()).toEqual({ method: 'POST', kind: 'application/json', said: '{"what":"é"}' });
    }
  });

  it('holds on to nothing of an answer that says nothing', async () => {
    const { signal } = new AbortController();
    for (let time = 0; time < 3; time++) {
      const answer = await leanFetch(`${url}/empty`, post({ signal }));
      expect([answer.status, answer.body, await answer.text()]).toEqual([200, null, '']);
    }
    await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('leaves to fetch what is no text', async () => {
    const answer = await leanFetch(url, post({ body: Buffer.from('bytes') }));
    expect(await answer.json()).toMatchObject({ said: 'bytes' });
  });

  it('rejects with the code of what went wrong, and when it is told to stop', async () => {
    const gone = new URL(url);
    gone.port = '1';
    await expect(leanFetch(gone, post())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(leanFetch(url, post({ signal: AbortSignal.abort() }))).rejects.toThrow('aborted');
  });
});
