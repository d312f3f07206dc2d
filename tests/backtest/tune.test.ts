import { describe, expect, test } from 'vitest';
import { tune } from '../../src/backtest/tune.ts';
import { groups, incident, minutes } from './incidents.ts';

const TEXT = `incident: fall
title: A price falls
series:
  - { metric: price_usd, labels: { asset: usdc }, file: usdc.csv }
events:
  - { name: trough, at: 2025-01-01T02:00:00Z }
quiet: [{ from: 2025-01-01T00:00:00Z, to: 2025-01-01T01:00:00Z }]
`;
const RULES = `groups:
  - name: dev
    rules:
      - record: deviation_ratio
        expr: price_usd - 1
      - alert: Low
        expr: deviation_ratio
        levels: { warning: { below: -1%, for: 4m } }
        annotations: { runbook: r }
      - alert: Other
        expr: price_usd < 0
`;

describe('tune', () => {
  // One minute at −0.6 % in the quiet hour; the fall begins with −0.6 % and goes on to −3 %.
  const series = { 'usdc.csv': minutes('1x20 0.994x1 1x39 0.994x20 0.97x60 1x10') };
  const trials = tune('Low', [{ incident: incident(TEXT, series), groups: groups(RULES) }]);
  const of = (threshold: number, wait: number) =>
    trials.find((one) => one.threshold === threshold && one.wait === wait);

  test('the rule as it is written is among the trials', () => {
    expect(of(1, 1)).toMatchObject({ caught: 1, lead: 36 * 60_000, warnings: 0, levels: 'warning below -0.01 for 4m' });
  });

  test('a tighter threshold leads by more, and costs a false alarm unless it waits', () => {
    expect(of(0.5, 0)).toMatchObject({ lead: 60 * 60_000, warnings: 720 });
    expect(of(0.5, 1)).toMatchObject({ lead: 56 * 60_000, warnings: 0 });
  });

  test('the frontier holds what nothing beats', () => {
    expect(of(0.5, 0.5)?.isOnFrontier).toBe(true);
    expect(of(1, 1)?.isOnFrontier).toBe(false);
  });
});
