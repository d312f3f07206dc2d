import { describe, expect, test } from 'vitest';
import { incident, minutes } from '../backtest/incidents.ts';

const HEAD = `incident: test
title: A test
assets: { usdc: { name: USD Coin, class: fiat-stable, peg: usd } }
series:
  - { metric: price_usd, labels: { asset: usdc, venue: kraken }, file: usdc.csv }
`;

const misspelt = () =>
  incident(
    `${HEAD}  - { metric: price_us, labels: { asset: usdc }, file: other.csv }
events: [{ name: a, at: noon }]
expects: []
`,
    {},
  );

const mismatched = () =>
  incident(
    `${HEAD}  - { metric: price_usd, labels: { venue: coinbase, asset: usdc }, file: bad.csv }
  - { metric: volume_usd, file: missing.csv }
  - { metric: price_usd, labels: { venue: kraken, asset: usdc }, file: again.csv }
events: [{ name: trough, at: 2025-01-01 }]
expect: [{ alert: Depeg, before: through }]
quiet: [{ from: 2025-01-02, to: 2025-01-01 }]
`,
    { 'usdc.csv': minutes('1'), 'bad.csv': 'time,value\n60,1\n50,one\n', 'again.csv': minutes('1 2') },
  );

describe('readIncident', () => {
  test('reads the form of the documentation', () => {
    const read = incident(
      `${HEAD}  - { metric: utilization_ratio, labels: { asset: usdc, protocol: aave-v3 }, file: util.csv, max_age: 10m }
constants:
  - { metric: nav_per_share_usd, labels: { asset: usdc }, value: 1.0 }
events:
  - { name: disclosure, at: 2025-01-01T00:05:00Z, source: a test }
expect:
  - { alert: Depeg, level: critical, labels: { asset: usdc }, before: disclosure, lead: ">= 1m" }
  - { before: disclosure, lead: ">= -15m" }
  - { before: disclosure, lead: "1h 30m" }
quiet: [{ from: 2025-01-01, to: 2025-01-02 }]
budget: { critical: 0, warning: 1 }
sources: [Kraken, { name: Aave, url: 'https://example.org', licence: public }]
`,
      { 'usdc.csv': minutes('1x4 _x3 1x3'), 'util.csv': minutes('0.5 0.6') },
    );
    expect(read).toMatchObject({
      name: 'test',
      assets: { usdc: { id: 'usdc', class: 'fiat-stable', peg: 'usd' } },
      events: [{ name: 'disclosure', at: Date.parse('2025-01-01T00:05:00Z') }],
      expect: [
        { alert: 'Depeg', level: 'critical', labels: { asset: 'usdc' }, before: 'disclosure', lead: 60_000 },
        { before: 'disclosure', labels: {}, lead: -900_000 },
        { before: 'disclosure', labels: {}, lead: 5_400_000 },
      ],
      quiet: [{ from: Date.parse('2025-01-01'), to: Date.parse('2025-01-02') }],
      budget: { critical: 0, warning: 1 },
    });
    expect(read.series.map(({ labels, maxAge, times }) => [labels, maxAge, times.length])).toEqual([
      [{ __name__: 'price_usd', asset: 'usdc', venue: 'kraken' }, 180_000, 7],
      [{ __name__: 'utilization_ratio', asset: 'usdc', protocol: 'aave-v3' }, 600_000, 2],
      [{ __name__: 'nav_per_share_usd', asset: 'usdc' }, Number.MAX_SAFE_INTEGER, 1],
    ]);
  });

  test('series on one raster share their times', () => {
    const text = `${HEAD}  - { metric: volume_usd, labels: { asset: usdc }, file: volume.csv }\n`;
    const { series } = incident(text, { 'usdc.csv': minutes('1x5'), 'volume.csv': minutes('7x5') });
    expect(series[1]?.times).toBe(series[0]?.times);
    expect([...series[1]!.values]).toEqual([7, 7, 7, 7, 7]);
  });

  test('files that follow one another are one series, whichever is written first', () => {
    const text = `${HEAD}  - { metric: price_usd, labels: { asset: usdc, venue: kraken }, file: before.csv }\n`;
    const { series } = incident(text, { 'usdc.csv': minutes('3 4'), 'before.csv': '60,1\n3660,2\n' });
    expect(series.map(({ maxAge, values }) => [maxAge, ...values])).toEqual([[3 * 3_600_000, 1, 2, 3, 4]]);
  });

  test('says with file, line and column what is wrong, all at once', () => {
    expect(misspelt).toThrow(
      /incident\.yaml:6:15: found "price_us"; expected a metric of docs\/metrics\.md; did you mean "price_usd"\?/,
    );
    expect(misspelt).toThrow(/incident\.yaml:7:25: found "noon"; expected a UTC time such as/);
    expect(misspelt).toThrow(/incident\.yaml:8:1: unknown key "expects"; did you mean "expect"\?/);
  });

  test('says what does not fit together', () => {
    expect(mismatched).toThrow(/incident\.yaml:8:5: the same metric and labels as series 1, at the same time/);
    expect(mismatched).toThrow('incidents/test/bad.csv:3:4: found "one"; expected a number');
    expect(mismatched).toThrow(/incident\.yaml:7:33: found no file "missing\.csv"/);
    expect(mismatched).toThrow(/unknown event "through"; did you mean "trough"\?/);
    expect(mismatched).toThrow(/a quiet period ends after it begins/);
  });
});
