import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPath, parseInstant, parseNumber, select } from '../../../src/sources/reference/parse.ts';

describe('parseNumber', () => {
  it('reads every finite number back, as a number or as text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseNumber(value)).toBe(value);
        expect(parseNumber(String(value))).toBe(Number(String(value)));
      }),
    );
  });

  it.each(['', ' ', '1,000', '0x10', 'NaN', 'Infinity', '1e999', null, undefined, true, [], {}, Number.NaN])(
    'takes %j for none',
    (value) => {
      expect(parseNumber(value)).toBeUndefined();
    },
  );
});

describe('parseInstant', () => {
  it('reads a time however it is written', () => {
    const times = fc.integer({ min: 2 * 1e11, max: 4 * 1e12 });
    fc.assert(
      fc.property(times, (ms) => {
        const seconds = Math.floor(ms / 1000);
        expect(parseInstant(ms)).toBe(ms);
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
        expect(parseInstant(new Date(ms).toISOString().slice(0, -1))).toBe(ms);
        expect(parseInstant(String(seconds))).toBe(seconds * 1000);
      }),
    );
  });

  it.each(['2026', '11/20/2026', 'yesterday', '2026-13-40', '', null])('takes %j for none', (value) => {
    expect(parseInstant(value, value === '2026' ? 'iso' : 'auto')).toBeUndefined();
  });
});

describe('select', () => {
  it('finds any place by its JSON Pointer', () => {
    const keys = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(keys, (path) => {
        const json = path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), 'found');
        const pointer = path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
        expect(jsonPath().safeParse(pointer).success).toBe(true);
        expect(select(json, pointer)).toBe('found');
      }),
    );
  });
});
