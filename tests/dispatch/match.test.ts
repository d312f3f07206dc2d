import { describe, expect, test } from 'vitest';
import { matches } from '../../src/dispatch/match.ts';
import type { Matcher } from '../../src/model/labels.ts';

const like = (value: string): Matcher => ({ name: 'asset', op: '=~', value });

describe('matchers of labels', () => {
  test('say the same of a value again, also beyond what is remembered', () => {
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 15_000; index++) {
        expect(matches(like('usd[0-9]*5'), `usd${index}`)).toBe(index % 10 === 5);
        expect(matches({ ...like(`usd${index}`), op: '!~' }, 'usd7')).toBe(index !== 7);
      }
    }
  });

  test('of tens of thousands of alerts that share a value cost little, however costly the pattern', () => {
    const costly = like('(a|b)*'.repeat(500));
    const started = performance.now();
    for (let index = 0; index < 50_000; index++) expect(matches(costly, '')).toBe(true);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('look at a long value whole', () => {
    expect(matches(like('x*y'), `${'x'.repeat(5000)}y`)).toBe(true);
    expect(matches(like('x*y'), 'x'.repeat(5000))).toBe(false);
  });
});
