import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/http/access.ts';
import type { Asked } from '../../src/http/access.ts';
import { hostRule } from '../../src/http/hosts.ts';

const knowsHost = hostRule({ host: '127.0.0.1', port: 8080, externalUrl: 'https://tocsin.example' }, 8080);
const get: Asked = {
  method: 'GET',
  path: '/',
  host: '127.0.0.1:8080',
  origin: undefined,
  fetchSite: undefined,
  claim: 'none',
};
const put: Asked = { ...get, method: 'PUT', path: '/jobs/api/queues/pause', claim: 'right' };

describe('refuse', () => {
  it.each<[string, Asked, boolean, number | undefined]>([
    ['reading is open on loopback', get, true, undefined],
    ['a wrong credential does not close open reading', { ...get, claim: 'wrong' }, true, undefined],
    ['reading elsewhere needs credentials', get, false, 401],
    ['reading elsewhere with them passes', { ...get, claim: 'right' }, false, undefined],
    ['HEAD is reading', { ...get, method: 'HEAD' }, true, undefined],
    ['health is for everybody', { ...get, path: '/healthz' }, false, undefined],
    ['but not under a foreign name', { ...get, path: '/healthz', host: 'evil.example' }, false, 421],
    ['a foreign host is refused even with the token', { ...get, host: 'evil.example:8080', claim: 'right' }, true, 421],
    ['no host is refused', { ...get, host: undefined }, true, 421],
    ['a change needs credentials', { ...put, claim: 'none' }, true, 401],
    ['a change with a wrong one is refused', { ...put, claim: 'wrong' }, true, 401],
    ['too many tries are told so', { ...put, claim: 'limited' }, true, 429],
    ['a change with the token passes', put, true, undefined],
    [
      'a change from our page passes',
      { ...put, origin: 'http://127.0.0.1:8080', fetchSite: 'same-origin' },
      true,
      undefined,
    ],
    ['another site cannot change', { ...put, origin: 'https://evil.example' }, true, 403],
    ['another port is another site', { ...put, origin: 'http://127.0.0.1:3000', fetchSite: 'same-site' }, true, 403],
    ['an opaque origin cannot change', { ...put, origin: 'null' }, true, 403],
    ['cross-site without origin cannot change', { ...put, fetchSite: 'cross-site' }, true, 403],
    ['same-site without origin cannot change', { ...put, fetchSite: 'same-site' }, true, 403],
    [
      'a change through the proxy passes',
      { ...put, host: 'tocsin.example', origin: 'https://tocsin.example' },
      true,
      undefined,
    ],
    ['an origin of another of our names is another site', { ...put, origin: 'https://tocsin.example' }, true, 403],
    ['an unknown method counts as a change', { ...get, method: 'PURGE' }, true, 401],
  ])('%s', (_title, asked, openReading, status) => {
    expect(refuse(asked, { knowsHost, openReading })?.status).toBe(status);
  });
});
