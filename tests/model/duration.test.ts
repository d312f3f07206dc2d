import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, roughDuration } from '../../src/model/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
    ['5ms', 5],
    ['', undefined],
    ['5', undefined],
    ['-5m', undefined],
    ['1m1h', undefined],
    ['1.5h', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('reads back what formatDuration prints', () => {
    fc.assert(fc.property(fc.nat({ max: 1e12 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe('roughDuration', () => {
  it.each([
    [93_784_000, '1d 2h'],
    [59_400, '59s'],
    [0, '0s'],
  ])('%d ms reads %s', (ms, text) => {
    expect(roughDuration(ms)).toBe(text);
  });
});
