import { describe, expect, test } from 'vitest';
import { coverage } from '../../src/rules/coverage.ts';
import { rules } from '../config/kinds.ts';

const TEXT = `assets:
  usdc: { name: USD Coin, class: fiat-stable, peg: usd, on: { ethereum: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48' } }
  dai: { name: Dai, class: crypto-stable }
sources:
  - { kind: defillama_price, asset: usdc }
groups:
  - name: a
    rules:
      - record: asset:deviation_ratio
        expr: price_usd - 1
      - alert: Low
        expr: asset:deviation_ratio{asset="usdc"} < -0.01
        labels: { team: treasury }
      - alert: Lower
        expr: price_usd{asset="usdc"} < 0.9
`;

describe('coverage', () => {
  const { rules: set } = rules(TEXT);
  const rows = coverage({
    rules: set,
    catalogue: [
      { kind: 'depeg', expr: 'price_usd{x} - 1' },
      { kind: 'utilization', expr: 'utilization_ratio{x}' },
      { kind: 'below_nav', expr: 'price_usd / nav_per_share_usd' },
    ],
    tested: new Set(['Low']),
    backtested: new Set(['Lower']),
  });

  test('says which rules an asset has, also through recording rules, and what they lack', () => {
    expect(rows.find(({ name }) => name === 'usdc')).toEqual({
      what: 'asset',
      name: 'usdc',
      rules: ['Low', 'Lower'],
      unread: [],
      lonePrice: true,
      noOwner: ['Lower'],
      noTest: ['Lower'],
      noBacktest: ['Low'],
      possible: ['depeg'],
    });
  });

  test('an asset that nothing reads is there too', () => {
    expect(rows.find(({ name }) => name === 'dai')).toMatchObject({ rules: [], possible: [] });
  });
});
