import { describe, expect, it } from 'vitest';
import { claimJudge, cookieName } from '../../src/http/credentials.ts';
import type { Shown } from '../../src/http/credentials.ts';
import { countTries } from '../../src/http/tries.ts';
import { Secret } from '../../src/model/secret.ts';

const host = '127.0.0.1:9465';
const name = cookieName(host);
const nothing: Shown = {
  ...{ address: '10.0.0.1', authorization: undefined, cookie: undefined, host, queryToken: undefined },
};
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
const judge = () => claimJudge({ token: new Secret('t0ken'), password: new Secret('pass:word') }, countTries());

describe('claimJudge', () => {
  it.each<[string, Partial<Shown>, string]>([
    ['nothing', {}, 'none'],
    ['the cookie', { cookie: `a=1; ${name}=t0ken; b=2` }, 'right'],
    ['an outdated cookie', { cookie: `${name}=old` }, 'none'],
    ['the cookie of another Tocsin on this host', { cookie: `${cookieName('127.0.0.1:9466')}=t0ken` }, 'none'],
    ['a cookie of a longer name', { cookie: `x_${name}=t0ken` }, 'none'],
    ['the bearer token', { authorization: 'Bearer t0ken' }, 'right'],
    ['a wrong bearer token', { authorization: 'Bearer t0ken2' }, 'wrong'],
    ['the token of the link', { queryToken: 't0ken' }, 'right'],
    ['an empty token in the link', { queryToken: '' }, 'wrong'],
    ['the password of any user', { authorization: basic('anna:pass:word') }, 'right'],
    ['a wrong password', { authorization: basic('anna:pass') }, 'wrong'],
    ['the token as password', { authorization: basic('anna:t0ken') }, 'right'],
    ['the password as bearer', { authorization: 'Bearer pass:word' }, 'wrong'],
    ['nonsense', { authorization: 'Basic %%%' }, 'wrong'],
  ])('%s', (_title, shown, claim) => {
    expect(judge()({ ...nothing, ...shown })).toBe(claim);
  });

  it('accepts no password where none is set', () => {
    const claim = claimJudge({ token: new Secret('t0ken') }, countTries());
    expect(claim({ ...nothing, authorization: basic('a:') })).toBe('wrong');
  });

  it('stops looking at passwords from an address after ten wrong ones, but not at the token or at others', () => {
    const claim = judge();
    const guesses = Array.from({ length: 11 }, (_, n) => claim({ ...nothing, authorization: basic(`a:${n}`) }));
    expect(guesses).toEqual([...Array.from({ length: 10 }, () => 'wrong'), 'limited']);
    expect(claim({ ...nothing, authorization: basic('a:pass:word') })).toBe('limited');
    expect(claim({ ...nothing, authorization: 'Bearer t0ken' })).toBe('right');
    expect(claim({ ...nothing, address: '10.0.0.2', authorization: basic('a:pass:word') })).toBe('right');
  });

  it('forgives wrong tries after a while', async () => {
    const tries = countTries(20);
    for (let n = 0; n < 10; n += 1) tries.count('10.0.0.1');
    expect(tries.exhausted('10.0.0.1')).toBe(true);
    await expect.poll(() => tries.exhausted('10.0.0.1')).toBe(false);
  });
});
