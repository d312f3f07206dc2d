import { describe, expect, it } from 'vitest';
import { statusMain, statusPage } from '../../src/http/page.ts';
import type { RuleRow, Status } from '../../src/model/status.ts';
import { NOW, alertOf, rowOf, ruleOf, sourceOf, statusOf } from './statuses.ts';

const EVIL = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
const labels = { asset: EVIL, [EVIL]: EVIL };

/** Hostile text wherever the world, a file or a service can put text. */
const hostile: Status = statusOf({
  version: EVIL,
  advice: [EVIL],
  alerts: [
    alertOf({
      id: EVIL,
      rule: EVIL,
      labels,
      summary: EVIL,
      shown: EVIL,
      threshold: EVIL,
      runbook: `https://x/${EVIL}`,
    }),
    alertOf({ runbook: 'javascript:alert(3)', unknown: { reason: EVIL, since: NOW } }),
  ],
  sources: [sourceOf({ source: EVIL, kind: EVIL, labels, error: EVIL, origin: EVIL, health: 'failing' })],
  rules: [
    ruleOf({
      rule: EVIL,
      group: EVIL,
      expr: EVIL,
      file: EVIL,
      rows: [rowOf({ labels, value: EVIL, reason: EVIL, verdict: 'unknown' })],
    }),
    ruleOf({ rows: [], idle: EVIL }),
    ruleOf({ rows: [rowOf({ distances: [{ level: 'warning', threshold: EVIL, distance: 0.5 }] })] }),
  ],
  coverage: [
    {
      ...{ what: 'asset', name: EVIL, rules: [EVIL], unread: [EVIL], lonePrice: true },
      ...{ noOwner: [EVIL], noTest: [EVIL], noBacktest: [EVIL], possible: [EVIL] },
    },
  ],
  receivers: [{ receiver: EVIL, dead: true, waiting: 1, lastError: EVIL, lastErrorAt: NOW }],
  inbox: [{ id: EVIL, receiver: EVIL, at: NOW, level: null, status: 'firing', title: EVIL, text: EVIL, labels }],
  sent: [
    {
      id: EVIL,
      receiver: EVIL,
      groupKey: EVIL,
      at: NOW,
      status: 'firing',
      alerts: [{ rule: EVIL, labels, changes: [EVIL], level: null }],
    },
  ],
});

const textOf = (status: Status): string =>
  statusMain(status)
    .text.replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const titleOf = (parts: Partial<Status>) => /<title>(.*)<\/title>/.exec(statusPage(statusOf(parts), 'n').text)?.[1];
const row = (asset: string, parts: Partial<RuleRow>) => rowOf({ labels: { asset }, ...parts });
const near = (distance: number) => ({ distances: [{ level: null, threshold: '1', distance }] });

describe('statusPage', () => {
  it('shows hostile names as text', () => {
    const page = statusPage(hostile, 'n0nce').text;
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('href="javascript:');
  });

  it('asks no other host', () => {
    expect(statusPage(statusOf(), 'n0nce').text).not.toMatch(/(?:src|href|url\()=?["']?(?:https?:)?\/\//);
  });

  it('counts firing alerts in the title and marks what it cannot see', () => {
    const rules = [ruleOf()];
    expect(titleOf({ rules })).toBe('Tocsin');
    expect(titleOf({ rules: [] })).toBe('(?) Tocsin');
    expect(titleOf({ rules, alerts: [alertOf(), alertOf()] })).toBe('(2) Tocsin');
  });
});

describe('statusMain', () => {
  it('says of a firing alert what, how much, since when, and that it is last known', () => {
    const alert = alertOf({
      runbook: 'docs/runbooks/BelowNav.md',
      startUnseen: true,
      unknown: { reason: 'stale', since: NOW - 300_000 },
    });
    expect(textOf(statusOf({ alerts: [alert], rules: [ruleOf()] }))).toContain(
      'critical BelowNav asset xusd chain ethereum Stream xUSD trades −9.7 % from NAV on ethereum ' +
        'last known stale since 5m ago (22:29:05 UTC+01:00) : its data is too old. It stays until fresh data says otherwise. ' +
        '−9.7 % against a threshold of -2% , since 12m ago (22:22:05 UTC+01:00) , or longer: it was so when it could be judged ' +
        'runbook docs/runbooks/BelowNav.md · history and actions · id 9f1c2b7a44d0e381',
    );
  });

  it('says what is watched and lacks something, things without any rule first', () => {
    const nothing = { unread: [], lonePrice: false, noOwner: [], noTest: [], noBacktest: [], possible: [] };
    const text = textOf(
      statusOf({
        coverage: [
          { ...nothing, what: 'asset', name: 'dai', rules: ['Depeg'], lonePrice: true, noOwner: ['Depeg'] },
          { ...nothing, what: 'asset', name: 'usdc', rules: ['Depeg'] },
          { ...nothing, what: 'vault', name: 'relend', rules: [], unread: ['tvl_usd'], possible: ['tvl_drop'] },
        ],
      }),
    );
    expect(text).toContain(
      'Not covered 3 watched, 1 without any rule. no rule relend vault without any rule read and judged by nothing: tvl_usd ' +
        'could have: tvl_drop asset dai no second source of its price without an owner: Depeg',
    );
    expect(text).not.toContain('usdc');
    expect(textOf(statusOf())).not.toContain('Not covered');
  });

  it('says of a pending alert how much time counted', () => {
    const alert = alertOf({
      state: 'pending',
      level: null,
      pending: { warning: { since: NOW - 60_000, held: 45_000 } },
    });
    expect(textOf(statusOf({ alerts: [alert] }))).toContain('counted for 45s so far');
  });

  it.each([
    [0.38, '38 % left to warning (-0.5%)'],
    [0.052, '5.2 % left to warning (-0.5%)'],
    [0, '0.0 % past warning (-0.5%)'],
    [-3.85, '385 % past warning (-0.5%)'],
    [-18, 'over 1000 % past warning (-0.5%)'],
    [Infinity, 'over 1000 % left to warning (-0.5%)'],
  ])('says how far %j of a threshold is', (distance, text) => {
    const rows = [rowOf({ distances: [{ level: 'warning', threshold: '-0.5%', distance }] })];
    expect(textOf(statusOf({ rules: [ruleOf({ rows })] }))).toContain(text);
  });

  it('puts what is crossed first, then what is unknown, then what is near', () => {
    const rows = [
      row('far', near(0.9)),
      row('near', near(0.1)),
      row('dark', { verdict: 'unknown' }),
      row('hit', { verdict: 'breached' }),
    ];
    const order = textOf(statusOf({ rules: [ruleOf({ rows })] })).matchAll(/asset (far|near|dark|hit) /g);
    expect([...order].map(([, asset]) => asset).slice(-4)).toEqual(['hit', 'dark', 'near', 'far']);
  });

  it('stays small with many rows', () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => rowOf({ labels: { asset: `a${n}` } }));
    const { text } = statusMain(statusOf({ rules: [ruleOf({ rows })] }));
    expect(text.length).toBeLessThan(50_000);
    expect(text).toContain('4940 more are in');
  });
});
