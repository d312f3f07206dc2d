import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agree, fingerprint, labelsKey, printLabels } from '../../src/model/labels.ts';

const labels = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.string());

describe('labelsKey', () => {
  it('does not depend on the order of labels', () => {
    fc.assert(
      fc.property(labels, (set) => labelsKey(set) === labelsKey(Object.fromEntries(Object.entries(set).reverse()))),
    );
  });

  it('takes an empty value for no label', () => {
    expect(labelsKey({ a: '1', b: '' })).toBe(labelsKey({ a: '1' }));
    expect(fingerprint({ a: '1', b: '' })).toBe(fingerprint({ a: '1' }));
  });

  it('keeps label sets apart that differ', () => {
    expect(fingerprint({ a: '1' })).not.toBe(fingerprint({ a: '2' }));
    expect(fingerprint({ a: '1' })).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('printLabels', () => {
  it.each([
    [{ __name__: 'price_usd', chain: 'ethereum', asset: 'xusd' }, 'price_usd{asset="xusd", chain="ethereum"}'],
    [{ __name__: 'price_usd' }, 'price_usd'],
    [{}, '{}'],
    [{ a: 'x"y' }, '{a="x\\"y"}'],
  ])('%j', (set, text) => {
    expect(printLabels(set)).toBe(text);
  });
});

describe('agree', () => {
  it('compares only labels that both have, and never the name', () => {
    expect(agree({ __name__: 'a', asset: 'x', venue: 'v' }, { __name__: 'b', asset: 'x' })).toBe(true);
    expect(agree({ asset: 'x' }, { asset: 'y' })).toBe(false);
  });
});
