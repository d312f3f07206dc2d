import { describe, expect, it } from 'vitest';
import { hostRule, isLoopback, isPrivate } from '../../src/http/hosts.ts';

describe('hostRule', () => {
  const local = hostRule({ host: '127.0.0.1', port: 8080, externalUrl: 'https://tocsin.example/' }, 8080);
  const everywhere = hostRule({ host: '0.0.0.0', port: 8080 }, 8080);
  const eighty = hostRule({ host: '127.0.0.1', port: 80 }, 80);

  it.each([
    ['127.0.0.1:8080', true],
    ['localhost:8080', true],
    ['LOCALHOST:8080', true],
    ['[::1]:8080', true],
    ['tocsin.example', true],
    ['localhost:8081', false],
    ['localhost', false],
    ['127.0.0.1.evil.example:8080', false],
    ['evil.example:8080', false],
    ['10.0.0.5:8080', false],
    ['localhost:8080@evil.example', false],
    ['localhost:8080/x', false],
    ['localhost:99999', false],
    ['', false],
    [undefined, false],
  ])('on loopback %j is ours: %j', (host, ours) => {
    expect(local(host)).toBe(ours);
  });

  it.each([
    ['10.0.0.5:8080', true],
    ['[fd00::5]:9000', true],
    ['localhost:9000', true],
    ['evil.example:8080', false],
  ])('listening everywhere %j is ours: %j', (host, ours) => {
    expect(everywhere(host)).toBe(ours);
  });

  it('knows the default port as no port', () => {
    expect([eighty('localhost'), eighty('localhost:80'), eighty('localhost:8080')]).toEqual([true, true, false]);
  });
});

describe('isPrivate', () => {
  it.each([
    [{ host: '127.0.0.1', port: 1 }, true],
    [{ host: '::1', port: 1, externalUrl: 'http://localhost:1' }, true],
    [{ host: '0.0.0.0', port: 1 }, false],
    [{ host: '127.0.0.1', port: 1, externalUrl: 'https://tocsin.example' }, false],
  ])('%j: %j', (dashboard, open) => {
    expect(isPrivate(dashboard)).toBe(open);
  });

  it('does not take a name that looks like loopback for it', () => {
    expect(['127.evil.example', '127.0.0.2', 'localhost.evil.example'].map(isLoopback)).toEqual([false, true, false]);
  });
});
