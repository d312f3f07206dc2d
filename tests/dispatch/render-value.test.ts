import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printValue } from '../../src/dispatch/render-value.ts';

describe('printValue', () => {
  it.each([
    [-0.097, 'asset:premium_to_nav_ratio', '−9.7 %'],
    [-0.0204, '-2%', '−2.04 %'],
    [0.95123, 'utilization_ratio', '95.1 %'],
    [-0.000_52, '-50bp', '−0.052 %'],
    [12.5, 'apy_ratio', '1250 %'],
    [-0, 'peg_deviation_ratio', '0 %'],
    [4.12, 'leverage_ratio', '4.12x'],
    [3.5, '2x', '3.5x'],
    [1.042_18, 'redemption_rate_ratio', '1.04218'],
    [0.997_81, 'price_usd', '$0.99781'],
    [1.2, 'price_usd', '$1.20'],
    [1.26371, 'price_usd', '$1.2637'],
    [312, 'tvl_usd', '$312'],
    [-68_000_000, '$68M', '−$68M'],
    [68_123_000, 'tvl_usd', '$68.1M'],
    [999_960, 'tvl_usd', '$1M'],
    [999.96, 'price_usd', '$1k'],
    [2_500_000_000_000, 'market_cap_usd', '$2.5T'],
    [5400, 'oracle_age_seconds', '1h 30m'],
    [-90, 'chain_lag_seconds', '−1m 30s'],
    [123_456.789, 'supply_tokens', '123457'],
    [123_456_789, '', '123456789'],
    [0.000_012_345_67, '', '0.0000123457'],
    [0, 'redemption_paused_bool', '0'],
    [Number.NaN, 'price_usd', 'NaN'],
    [-Infinity, 'price_usd', '−Inf'],
  ])('%d as %j reads %s', (value, hint, printed) => {
    expect(printValue(value, hint)).toBe(printed);
  });

  it('reads back as the same percentage to three digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 10, noNaN: true }), (value) => {
        const read = Number(printValue(value, '%').replace(' %', '')) / 100;
        expect(Math.abs(read - value)).toBeLessThanOrEqual(value * 0.005 + 1e-12);
      }),
    );
  });
});
