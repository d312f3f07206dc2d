import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import { cookieName } from '../../src/http/credentials.ts';
import { call } from './call.ts';
import { TOKEN, serve } from './serve.ts';
import { statusOf } from './statuses.ts';

const exposed = { host: '0.0.0.0', port: 0, password: new Secret('hunter22') };
const bearer = { authorization: `Bearer ${TOKEN}` };
const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`anna:${password}`).toString('base64')}` });
const html = { accept: 'text/html' };

describe('createServer on loopback', () => {
  it('serves page, JSON, metrics and health without a token', async () => {
    const { url } = await serve();
    const answers = await Promise.all(['/', '/status.json', '/metrics', '/healthz'].map((path) => call(url + path)));
    expect(answers.map(({ status, headers }) => [status, headers['content-type']])).toEqual([
      [200, 'text/html; charset=utf-8'],
      [200, 'application/json; charset=utf-8'],
      [200, 'text/plain; version=0.0.4; charset=utf-8'],
      [200, 'application/json; charset=utf-8'],
    ]);
    expect(JSON.parse(answers[1]!.body)).toEqual(statusOf());
    expect(answers[3]!.body).toBe('{"ok":true,"checks":{"database":"answers"}}');
  });

  it('sends the part that refreshes alone', async () => {
    const { url } = await serve();
    const { body } = await call(`${url}/?fragment=1`);
    expect(body).toMatch(/^<main /);
    expect(body).not.toContain('<script');
  });

  it('says 503 when it is not well', async () => {
    const { url } = await serve({ health: async () => ({ ok: false, checks: { database: 'does not answer' } }) });
    expect(await call(`${url}/healthz`)).toMatchObject({
      status: 503,
      body: expect.stringContaining('does not answer'),
    });
  });

  it('answers 503 without inner details when the status cannot be made', async () => {
    const { url, logged } = await serve({ status: () => Promise.reject(new Error('connect 10.1.2.3 refused')) });
    const answer = await call(`${url}/`);
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('10.1.2.3');
    expect(logged).toHaveLength(1);
  });

  it('makes the status once for everybody who asks at the same time', async () => {
    let made = 0;
    const status = async () => {
      made += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return statusOf();
    };
    const { url } = await serve({ status });
    await Promise.all(Array.from({ length: 5 }, () => call(`${url}/status.json`)));
    expect(made).toBe(1);
    await call(`${url}/status.json`);
    expect(made).toBe(2);
  });

  it('lets only its own nonce run, and nobody frame it', async () => {
    const { url } = await serve();
    const [first, second] = [await call(url), await call(url)];
    const policy = String(first.headers['content-security-policy']);
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect(first.body).toContain(`<script nonce="${nonce}">`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(second.headers['content-security-policy']).not.toBe(policy);
    expect(first.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' });
  });

  it.each(['/', '/status.json', '/jobs/api/queues', '/healthz', '/metrics', '/nowhere'])(
    'refuses %s under a name that is not its own',
    async (path) => {
      const { url, logged } = await serve();
      const answer = await call(url + path, { headers: { host: 'evil.example', ...bearer } });
      expect(answer.status).toBe(421);
      expect(logged).toEqual([expect.stringContaining('"status":421')]);
    },
  );

  it.each([
    [{}, 401],
    [{ authorization: 'Bearer wrong' }, 401],
    [{ ...bearer, origin: 'http://evil.example' }, 403],
    [{ ...bearer, 'sec-fetch-site': 'cross-site' }, 403],
    [bearer, 200],
  ])('changes the queues with %j: %i', async (headers, status) => {
    const { url } = await serve();
    expect((await call(`${url}/jobs/api/queues/pause`, { method: 'PUT', headers })).status).toBe(status);
  });

  it.each([
    [TOKEN, 200],
    ['wrong', 401],
  ])('changes the queues with the cookie %s: %i', async (token, status) => {
    const { url } = await serve();
    const headers = { cookie: `${cookieName(new URL(url).host)}=${token}` };
    expect((await call(`${url}/jobs/api/queues/pause`, { method: 'PUT', headers })).status).toBe(status);
  });

  it('refuses a body that is too large', async () => {
    const { url } = await serve();
    const headers = { ...bearer, 'content-type': 'application/json' };
    const body = JSON.stringify('x'.repeat(100_000));
    expect((await call(`${url}/jobs/api/queues/pause`, { method: 'PUT', headers, body })).status).toBe(413);
  });
});

describe('the token link', () => {
  it('becomes a strict cookie and leaves the address', async () => {
    const { url, logged } = await serve();
    const { status, headers } = await call(`${url}/?token=${TOKEN}`);
    expect([status, headers.location]).toEqual([303, '/']);
    expect(headers['set-cookie']).toEqual([
      `${cookieName(new URL(url).host)}=${TOKEN}; HttpOnly; SameSite=Strict; Path=/`,
    ]);
    expect(logged).toEqual([]);
  });

  it('works on the page of an alert too, and leads back to it', async () => {
    const { url } = await serve();
    const { status, headers } = await call(`${url}/alerts/9f1c2b7a44d0e381?token=${TOKEN}`);
    expect([status, headers.location]).toEqual([303, '/alerts/9f1c2b7a44d0e381']);
    expect(headers['set-cookie']).toEqual([expect.stringContaining(`=${TOKEN}; HttpOnly; SameSite=Strict; Path=/`)]);
    const wrong = await call(`${url}/alerts/9f1c2b7a44d0e381?token=guessed-token`, { headers: html });
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([403, undefined]);
  });

  it('sets a secure cookie where people come over TLS', async () => {
    const dashboard = { host: '127.0.0.1', port: 0, externalUrl: 'https://tocsin.example' };
    const { url } = await serve({ dashboard });
    const { headers } = await call(`${url}/?token=${TOKEN}`, { headers: { host: 'tocsin.example' } });
    expect(headers['set-cookie']).toEqual([expect.stringContaining('; Secure')]);
  });

  it('is refused with a wrong token, which is not logged', async () => {
    const { url, logged } = await serve();
    const { status, headers } = await call(`${url}/?token=guessed-token`, { headers: html });
    expect([status, headers['set-cookie']]).toEqual([403, undefined]);
    expect(logged).toEqual([expect.stringContaining('"path":"/"')]);
    expect(logged.join()).not.toContain('guessed-token');
  });

  it('works nowhere but on pages', async () => {
    const { url } = await serve();
    const answer = await call(`${url}/jobs/api/queues/pause?token=${TOKEN}`, { method: 'PUT' });
    expect(answer.status).toBe(401);
    for (const path of ['/status.json', '/alerts/one/more', '//evil.example'])
      expect((await call(`${url}${path}?token=${TOKEN}`)).headers['set-cookie']).toBeUndefined();
  });
});

describe('createServer elsewhere', () => {
  it.each(['/', '/status.json', '/metrics', '/jobs', '/jobs/api/queues', '/nowhere'])(
    'shows %s only to those who know',
    async (path) => {
      const { url } = await serve({ dashboard: exposed });
      expect((await call(url + path)).status).toBe(401);
      expect((await call(url + path, { headers: basic('wrong') })).status).toBe(401);
      const known = path === '/nowhere' ? 404 : 200;
      expect((await call(url + path, { headers: basic('hunter22') })).status).toBe(known);
      expect((await call(url + path, { headers: bearer })).status).toBe(known);
    },
  );

  it('tells strangers only whether it is well', async () => {
    const { url } = await serve({ dashboard: exposed });
    expect((await call(`${url}/healthz`)).body).toBe('{"ok":true}');
    expect((await call(`${url}/healthz`, { headers: bearer })).body).toContain('database');
  });

  it('asks browsers for the password', async () => {
    const { url } = await serve({ dashboard: exposed });
    const { headers } = await call(url, { headers: html });
    expect(headers['www-authenticate']).toBe('Basic realm="Tocsin", charset="UTF-8"');
  });

  it('asks again by itself when a link was followed from another site, since the strict cookie stayed behind', async () => {
    const { url } = await serve({ dashboard: exposed });
    const answer = await call(url, { headers: { ...html, 'sec-fetch-site': 'cross-site' } });
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('http-equiv="refresh"');
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it('slows down who guesses', async () => {
    const { url } = await serve({ dashboard: exposed });
    const codes = [];
    for (let n = 0; n < 11; n += 1) codes.push((await call(url, { headers: basic(`guess${n}`) })).status);
    expect(codes.at(-1)).toBe(429);
    expect((await call(url, { headers: bearer })).status).toBe(200);
  });
});

describe('close', () => {
  it('does not wait for open connections', async () => {
    const { url, close } = await serve();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    const started = performance.now();
    await close();
    await ended;
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
