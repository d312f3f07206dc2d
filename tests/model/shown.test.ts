import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrub, secretsOf, shownUrl } from '../../src/model/shown.ts';

describe('shownUrl', () => {
  it.each([
    ['https://coins.llama.fi/prices/current/ethereum:0xA0b8', 'coins.llama.fi/prices/current/ethereum:0xA0b8'],
    ['https://me:pass@a.example:8443/x?key=1#f', 'a.example:8443/x'],
    ['https://a.example/', 'a.example'],
    ['https://mainnet.example/v3/0123456789abcdef0123456789abcdef', 'mainnet.example/v3/…'],
    ['https://a.example/v2/Ab-1_cdefghijklmnopqrstuvwx/x', 'a.example/v2/…/x'],
    ['https://a.example/6f9619ff-8b86-d011-b42d-00cf4fc964ff/', 'a.example/…'],
    ['https://a.example/tvl/some-long-protocol-name-v2', 'a.example/tvl/some-long-protocol-name-v2'],
    [`https://a.example/t/0x${'a1'.repeat(20)}`, `a.example/t/0x${'a1'.repeat(20)}`],
  ])('shows %s as %s', (url, shown) => {
    expect(shownUrl(new URL(url))).toBe(shown);
  });
});

describe('scrub', () => {
  it('leaves nothing of what a request kept secret, however it is echoed', () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9]{8,40}$/);
    fc.assert(
      fc.property(secret, secret, secret, (query, user, header) => {
        const url = new URL(`https://${user}:${user}@a.example/?q=${query}`);
        const headers = { authorization: `Bearer ${header}` };
        const text = scrub(`${url.href} Bearer ${header} / ${header}!`, secretsOf(url, headers));
        for (const value of [query, user, header]) expect(text).not.toContain(value);
      }),
    );
  });
});
