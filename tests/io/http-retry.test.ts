import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../src/io/http-retry.ts';

const NOW = Date.UTC(2026, 10, 20, 6);

describe('parseRetryAfter', () => {
  it.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['Fri, 20 Nov 2026 06:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2026 05:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %j as %s ms', (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });
});
