import { describe, expect, it } from 'vitest';
import { printThreshold, unitHint } from '../../src/dispatch/render-threshold.ts';
import { unitOf } from '../../src/dispatch/render-value.ts';
import { level, rule } from '../support/rule.ts';

describe('printThreshold', () => {
  it('says which side of the written threshold is bad', () => {
    const judged = rule({ levels: [level({ below: -0.02, written: '-2%' })] });
    expect(printThreshold(judged, 'critical')).toBe('below −2 %');
    expect(printThreshold(rule({ levels: [level({ above: 4, written: '4x' })] }), 'critical')).toBe('above 4x');
  });

  it('finds nothing for a level that the rule has not', () => {
    expect(printThreshold(rule({ expr: 'a', levels: [level({})] }), 'info')).toBeUndefined();
  });

  it.each([
    ['utilization_ratio{protocol="morpho"} > 0.95', 'above 95 %'],
    ['(supplied_usd - borrowed_usd) < 1e6', 'below $1M'],
    ['max by (asset) (oracle_age_seconds) >= 3600', 'at least 1h'],
    ['price_usd / nav_per_share_usd - 1 <= -0.02', 'at most −0.02'],
    ['count(price_usd) < 3', 'below 3'],
    ['x{a="b > 3"} # > 7\n > 5', 'above 5'],
    ['rate(tvl_usd[5m] offset 1h) < 2', 'below 2'],
    ['a > 1 and b > 2', undefined],
    ['sum(a > 1) > 2', undefined],
    ['a > b', undefined],
    ['(a > 1)', undefined],
    ['up == 0', undefined],
  ])('%s has the threshold %s', (expr, threshold) => {
    expect(printThreshold(rule({ expr, levels: [] }), null)).toBe(threshold);
  });
});

describe('unitHint', () => {
  it('prefers how a threshold is written to what the metrics say', () => {
    const levels = [level({ name: 'warning', written: '0.9' }), level({ written: '95%' })];
    expect(unitOf(unitHint(rule({ expr: 'a / b', levels })))).toBe('percent');
  });

  it('falls back to the judged metric, and to none when units mix', () => {
    const levels = [level({ written: '0.9' })];
    expect(unitOf(unitHint(rule({ expr: 'utilization_ratio', levels })))).toBe('percent');
    expect(unitOf(unitHint(rule({ expr: 'tvl_usd + oracle_age_seconds', levels })))).toBe('number');
  });
});
