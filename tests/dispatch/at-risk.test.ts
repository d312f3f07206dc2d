import { describe, expect, it } from 'vitest';
import { indexMoney } from '../../src/dispatch/at-risk.ts';
import { NAME } from '../../src/model/labels.ts';
import type { LatestValue } from '../../src/model/stored.ts';

const now = Date.UTC(2025, 10, 3, 12);
const hour = 3_600_000;

function latest(metric: string, labels: Record<string, string>, value?: number, at = now): LatestValue {
  return { labels: { ...labels, [NAME]: metric }, maxAge: hour, ...(value !== undefined && { value, at }) };
}

const says = (series: readonly LatestValue[], labels: Record<string, string>) => indexMoney(series, now)(labels)?.text;

describe('indexMoney', () => {
  it('adds up who is exposed to the asset, before anything else that is known', () => {
    const series = [
      latest('exposure_usd', { asset: 'xusd', holder: 'elixir' }, 68e6),
      latest('exposure_usd', { asset: 'xusd', holder: 'euler' }, 32e6),
      latest('exposure_usd', { asset: 'deusd', holder: 'x' }, 1e9),
      latest('market_cap_usd', { asset: 'xusd' }, 200e6),
    ];
    expect(indexMoney(series, now)({ asset: 'xusd', chain: 'ethereum' })).toEqual({
      usd: 100e6,
      amount: '$100M',
      text: '$100M exposed (2 holders)',
    });
  });

  it('counts what is in the market or vault that an alert is about, and nothing elsewhere', () => {
    const series = [
      latest('supplied_usd', { asset: 'usdc', market: 'a' }, 5e6),
      latest('supplied_usd', { asset: 'usdc', market: 'b' }, 7e6),
      latest('exposure_usd', { asset: 'usdc', holder: 'x' }, 1e9),
    ];
    expect(says(series, { asset: 'usdc', market: 'a' })).toBe('$5M supplied (1 market)');
    expect(says(series, { asset: 'usdc', market: 'c' })).toBeUndefined();
    expect(says(series, { asset: 'usdc' })).toBe('$1B exposed (1 holder)');
  });

  it('takes the whole where the parts are known too', () => {
    const series = [
      latest('market_cap_usd', { asset: 'xusd', chain: 'ethereum' }, 1e6),
      latest('market_cap_usd', { asset: 'xusd', chain: 'all' }, 3e6),
    ];
    expect(says(series, { asset: 'xusd' })).toBe('$3M in circulation (1 chain)');
  });

  it('never takes what is not known for zero', () => {
    expect(says([], { asset: 'xusd' })).toBeUndefined();
    expect(says([latest('exposure_usd', { asset: 'xusd', holder: 'a' })], { asset: 'xusd' })).toBeUndefined();
    expect(says([latest('exposure_usd', { asset: 'xusd' }, 5)], {})).toBeUndefined();
    const some = [
      latest('exposure_usd', { asset: 'xusd', holder: 'a' }, 2e6),
      latest('exposure_usd', { asset: 'xusd', holder: 'b' }),
    ];
    expect(indexMoney(some, now)({ asset: 'xusd' })?.amount).toBe('at least $2M');
  });

  it('says how old a value is that is too old', () => {
    const old = latest('exposure_usd', { asset: 'xusd', holder: 'a' }, 2e6, now - 5 * hour);
    expect(says([old], { asset: 'xusd' })).toBe('$2M exposed (1 holder, last known 5h ago)');
  });
});
