import { describe, expect, test } from 'vitest';
import { backtest } from '../../src/backtest/backtest.ts';
import { linesOf } from '../../src/backtest/lines.ts';
import { writtenIncident } from '../../src/backtest/written.ts';
import { readIncident } from '../../src/config/readIncident.ts';
import { groups } from './incidents.ts';

describe('writtenIncident', () => {
  const start = Date.parse('2025-01-01T00:00:00Z');
  const labels = { __name__: 'price_usd', asset: 'usdc', source: 'a' };
  const samples = [1, 1, 0.9, 0.9, 0.9, 1].map((value, index) => ({
    labels,
    maxAge: 180_000,
    seenAt: start + index * 60_000 + 250,
    value,
  }));
  const assets = {
    usdc: { id: 'usdc', name: 'USD Coin', class: 'fiat-stable', on: {} },
    dai: { id: 'dai', name: 'Dai', on: {} },
  };
  const files = writtenIncident({ name: 'mine', title: 'Mine', assets, samples, events: { fall: start + 120_000 } });

  test('what is written can be read and run', () => {
    const incident = readIncident({
      file: 'incident.yaml',
      text: files['incident.yaml']!,
      read: (file) => (files[file] === undefined ? undefined : Buffer.from(files[file])),
    });
    expect(incident).toMatchObject({ name: 'mine', assets: { usdc: { class: 'fiat-stable' } } });
    expect(Object.keys(incident.assets)).toEqual(['usdc']);
    const rules = groups('groups: [{ name: a, rules: [{ alert: Low, expr: price_usd < 0.95 }] }]');
    expect(linesOf(backtest(incident, rules))).toMatchObject([
      { labels: { asset: 'usdc', source: 'a' }, fired_at: '2025-01-01T00:02:00.250Z', lead_seconds: -0 },
    ]);
  });
});
