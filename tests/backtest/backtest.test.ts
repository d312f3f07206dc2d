import { describe, expect, test } from 'vitest';
import { backtest } from '../../src/backtest/backtest.ts';
import { comparison } from '../../src/backtest/compare.ts';
import { printHtml } from '../../src/backtest/html.ts';
import { linesOf } from '../../src/backtest/lines.ts';
import { printBacktest } from '../../src/backtest/text.ts';
import { groups, incident, minutes } from './incidents.ts';

const TEXT = `incident: fall
title: A price falls <and> comes back
assets: { usdc: { name: USD Coin, class: fiat-stable, peg: usd } }
series:
  - { metric: price_usd, labels: { asset: usdc, venue: kraken }, file: usdc.csv }
events:
  - { name: trough, at: 2025-01-01T01:00:00Z }
expect:
  - { alert: Low, level: critical, labels: { asset: usdc }, before: trough, lead: ">= 10m" }
quiet: [{ from: 2025-01-01T00:00:00Z, to: 2025-01-01T00:30:00Z }]
budget: { critical: 0, warning: 0 }
`;
const RULES = `groups:
  - name: low
    rules:
      - alert: Low
        expr: price_usd
        levels:
          warning: { below: $0.995, for: 2m, clear: $0.997 }
          critical: { below: $0.98, clear: $0.99 }
        keep_firing_for: 5m
        annotations: { runbook: r }
`;
const CALM = '1x30 ';
const run = (values: string, rules = RULES) => backtest(incident(TEXT, { 'usdc.csv': minutes(values) }), groups(rules));
const lines = (values: string, rules = RULES) =>
  linesOf(run(values, rules)).map(({ level, fired_at: from, resolved_at: to, lead_seconds: lead, notifications }) => [
    level,
    from.slice(11, 19),
    to?.slice(11, 19),
    lead,
    notifications,
  ]);

describe('backtest', () => {
  test('a level fires when its time has come and is left past its clear, to the second', () => {
    expect(lines(`${CALM}0.99x10 0.97x5 1x60`)).toEqual([
      ['warning', '00:32:00', '00:50:00', 1680, 1],
      ['critical', '00:40:00', '00:50:00', 1200, 2],
    ]);
  });

  test.each(['', '        missing: drop\n'])('a window over a record that joins on asset_info moves %j', (missing) => {
    const joined = `groups:
  - name: low
    rules:
      - record: asset:price_usd:joined
${missing}        expr: price_usd * on (asset) group_left (class) asset_info
      - alert: Low
        expr: asset:price_usd:joined / max_over_time(asset:price_usd:joined[20m]) < 0.9
        labels: { severity: critical }
        annotations: { runbook: r }
`;
    expect(lines(`${CALM}0.8x30`, joined)).toEqual([['critical', '00:30:00', '00:49:00', 1800, 2]]);
  });

  test('a step down opens the lower level when it had not fired on its own', () => {
    expect(lines(`${CALM}0.97x5 0.994x30 1x60`)).toEqual([
      ['critical', '00:30:00', '00:40:00', 1800, 1],
      ['warning', '00:40:00', '01:10:00', 1200, 2],
    ]);
  });

  test('missing samples neither fire nor resolve, and are counted', () => {
    const result = run(`${CALM}0.97x5 _x60 0.97x1 _x20 1x10`);
    expect(linesOf(result)).toHaveLength(1);
    expect(result.alerts[0]?.unknown).toBe((60 - 2 + (20 - 2)) * 60_000 - 2);
  });

  test('nothing is known before its time', () => {
    const cut = run(`${CALM}0.97x5`);
    const whole = run(`${CALM}0.97x5 1x60`);
    expect(linesOf(cut)[0]?.fired_at).toBe(linesOf(whole)[0]?.fired_at);
  });

  test('a firing in a quiet period is a false alarm, and what is caught is told by how early', () => {
    const result = run('1x10 0.99x5 1x15 1x10 0.97x10 1x20');
    expect(result.quiet).toMatchObject({ isWithinBudget: false, days: 0.5 / 24 });
    expect(result.expectations).toMatchObject([{ met: true, lead: 20 * 60_000 }]);
    expect(run('1x80').expectations).toMatchObject([{ met: false, lead: undefined }]);
  });

  test('a pending alert that passes is a near miss', () => {
    expect(run('1x30 0.99x1 1x10 0.99x2 1x20').alerts).toMatchObject([{ nearMisses: 2, firings: [] }]);
  });

  test('the report says it all in text', () => {
    expect(printBacktest(run(`${CALM}0.99x10 0.97x5 1x60`))).toMatchInlineSnapshot(`
      "fall  A price falls <and> comes back
        2025-01-01 00:00 to 2025-01-01 01:44 UTC · 105 samples · 105 judgements, 15 breached · 3 notifications

        Low {asset="usdc", venue="kraken"}
            warning  fired 2025-01-01 00:32 to 2025-01-01 00:50
                     1 firing, 1 resolved, 1 notification; 28m before trough
            critical fired 2025-01-01 00:40 to 2025-01-01 00:50
                     1 firing, 1 resolved, 2 notifications; 20m before trough
            first  pending 2025-01-01 00:30
        Quiet for 0.0 days: 0 warning of at most 0 (0.00 in 30 days), 0 critical of at most 0 (0.00 in 30 days)
        caught  Low {asset="usdc"} at critical: 20m before trough (expected 10m before trough)
      "
    `);
  });

  test('a recording rule that cannot be evaluated stops nothing but what reads it, and is told', () => {
    const recorded = `${RULES}      - alert: Reads
        expr: asset:twice < 0.9
        annotations: { runbook: r }
  - name: made
    rules:
      - record: asset:twice
        expr: price_usd * on (asset) asset_info * on () group_left () label_replace(price_usd or price_ratio, "venue", "", "", "")
      - record: asset:half
        expr: price_usd / 2
`;
    const two = TEXT.replace(
      'events:',
      '  - { metric: price_ratio, labels: { asset: usdc, venue: x }, file: usdc.csv }\nevents:',
    );
    const result = backtest(incident(two, { 'usdc.csv': minutes(`${CALM}0.97x5 1x5`) }), groups(recorded));
    expect(linesOf(result).map(({ rule, level }) => [rule, level])).toContainEqual(['Low', 'critical']);
    expect(result.failures).toEqual([
      { record: 'asset:twice', firstAt: result.from, times: 40, reason: expect.stringMatching(/./) },
    ]);
    expect(printBacktest(result)).toMatch(
      /UNKNOWN {2}asset:twice could not be evaluated 40 times, first 2025-01-01 00:00: /,
    );
  });

  test('the page holds no script, no other address, and nothing unescaped', () => {
    const html = printHtml([run(`${CALM}0.97x5 1x60`)]);
    expect(html).toContain('A price falls &lt;and&gt; comes back');
    expect(html).not.toMatch(/<script|https?:|style="|<and>/);
    expect(html).toMatch(/default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+=*'/);
  });

  test('a comparison names what a change gained and cost', () => {
    const values = '1x10 0.993x4 1x16 0.97x5 1x60';
    const before = linesOf(run(values));
    const loose = RULES.replace('0.995, for: 2m', '0.995, for: 10m');
    expect(comparison(before, [run(values, loose)])).toMatchInlineSnapshot(`
      "lost    fall  Low warning {asset="usdc", venue="kraken"}: fired once, once in quiet periods
      before  2 firings, 1 in quiet periods, 4 notifications
      now     1 firings, 0 in quiet periods, 2 notifications
      "
    `);
  });
});
