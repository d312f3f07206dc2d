import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/dispatch/compose.ts';
import { alertId } from '../../src/model/alert.ts';
import { tellingsFor } from '../../src/dispatch/route.ts';
import type { Alert, Transition } from '../../src/model/alert.ts';
import type { Route } from '../../src/model/config.ts';
import type { Claim } from '../../src/model/claim.ts';
import { rule } from '../support/rule.ts';

const noon = Date.UTC(2025, 10, 3, 12);
const minute = 60_000;
const labels = { asset: 'xusd', chain: 'ethereum' };

const timers = { groupWait: 0, groupInterval: 0, repeatInterval: 0 };
const route: Route = {
  ...timers,
  receivers: ['ops'],
  groupBy: ['alertname'],
  matchers: [],
  routes: [],
  continue: false,
};
const byLevel: Route = {
  ...route,
  routes: [{ ...route, receivers: ['phone'], matchers: [{ name: 'severity', op: '=', value: 'critical' }] }],
};

function firing(overrides: Partial<Alert> = {}): Alert {
  return {
    rule: 'BelowNav',
    labels,
    state: 'firing',
    level: 'critical',
    pending: {},
    lastKnownAt: noon,
    activeAt: noon,
    firedAt: noon,
    startUnseen: false,
    value: -0.0973,
    ...overrides,
  };
}

const inactive = (overrides: Partial<Alert> = {}) =>
  firing({ state: 'inactive', level: null, activeAt: undefined, firedAt: undefined, value: undefined, ...overrides });

let lastId = 0;
function transition(kind: Transition['kind'], overrides: Partial<Transition> = {}): Claim['untold'][number] {
  const from = kind === 'firing' ? null : 'critical';
  const to = kind === 'firing' ? 'critical' : null;
  return {
    id: ++lastId,
    kind,
    rule: 'BelowNav',
    labels,
    at: noon,
    from,
    to,
    activeAt: noon,
    value: -0.05,
    ...overrides,
  };
}

function claimed(overrides: Partial<Claim> = {}): Claim {
  return {
    ...timers,
    receiver: 'ops',
    groupKey: tellingsFor(route, transition('firing'))[0]!.groupKey,
    token: 'token',
    groupLabels: { alertname: 'BelowNav' },
    threadId: 'thread',
    attempts: 0,
    earlier: [],
    untold: [],
    alerts: [],
    ...overrides,
  };
}

function composed(claim: Partial<Claim>, overrides: Partial<Parameters<typeof compose>[0]> = {}) {
  return compose({
    claim: claimed(claim),
    route,
    ruleOf: () =>
      rule({ annotations: { summary: '{{ asset.name }} {{ value | percent }}', runbook: 'docs/{{ asset.id }}.md' } }),
    assetOf: (id) => ({ id, name: 'Stream xUSD', on: {} }),
    evidenceOf: (alert) => ({ expression: alert.rule, substituted: '1 - 2', inputs: [] }),
    now: noon + 10 * minute,
    timezone: 'Europe/Berlin',
    ...overrides,
  });
}

describe('compose', () => {
  it('renders an alert with its value, threshold, summary and evidence', () => {
    const notification = composed({ alerts: [firing()], untold: [transition('firing')] }, { dashboardUrl: 'http://x' });
    expect(notification).toMatchObject({ receiver: 'ops', threadId: 'thread', status: 'firing', level: 'critical' });
    expect(notification).toMatchObject({ reminder: false, dashboardUrl: 'http://x', at: noon + 10 * minute });
    expect(notification.alerts).toMatchInlineSnapshot(`
      [
        {
          "acknowledged": undefined,
          "atRisk": undefined,
          "block": undefined,
          "changedAt": [
            1762171200000,
          ],
          "changes": [
            "firing",
          ],
          "chart": undefined,
          "description": undefined,
          "elsewhere": undefined,
          "endedAt": undefined,
          "evidence": {
            "expression": "BelowNav",
            "inputs": [],
            "substituted": "1 - 2",
          },
          "explorer": undefined,
          "id": "6ba4eca19d34edd6",
          "labels": {
            "asset": "xusd",
            "chain": "ethereum",
          },
          "level": "critical",
          "peak": undefined,
          "peakAt": undefined,
          "rule": "BelowNav",
          "runbook": "docs/xusd.md",
          "silenced": undefined,
          "since": 1762171200000,
          "staleSince": undefined,
          "startUnseen": false,
          "state": "firing",
          "summary": "Stream xUSD −9.73 %",
          "threshold": "below −2 %",
          "value": "−9.73 %",
        },
      ]
    `);
  });

  it('tells changes in order, with their times', () => {
    const untold = [
      transition('firing', { to: 'warning' }),
      transition('level', { from: 'warning', to: 'critical', at: noon + minute }),
    ];
    const [alert] = composed({ alerts: [firing()], untold }).alerts;
    expect(alert).toMatchObject({ changes: ['firing', 'warning → critical'], changedAt: [noon, noon + minute] });
  });

  it('says how bad it is now when it got worse by a step', () => {
    const worse = transition('worse', { from: 'critical', to: 'critical', value: -0.0712 });
    const { alerts } = composed({ untold: [worse], alerts: [firing()] });
    expect(alerts[0]!.changes).toEqual(['worse: −7.12 %']);
  });

  it('tells an alert that is over before anyone was told', () => {
    const untold = [
      transition('firing'),
      transition('resolved', { at: noon + 3 * minute, value: -0.001, peak: -0.3, peakAt: noon + minute }),
    ];
    const notification = composed({ alerts: [inactive()], untold });
    expect(notification).toMatchObject({ status: 'resolved', level: 'critical', reminder: false });
    expect(notification.alerts[0]).toMatchObject({
      state: 'resolved',
      level: 'critical',
      changes: ['firing', 'resolved'],
      since: noon,
      endedAt: noon + 3 * minute,
      value: '−0.1 %',
      threshold: 'below −2 %',
      peak: '−30 %',
      peakAt: noon + minute,
      summary: 'Stream xUSD −0.1 %',
    });
  });

  it('tells an alert as removed when nothing but its transition is left', () => {
    const notification = composed(
      { untold: [transition('removed')] },
      { ruleOf: () => undefined, assetOf: () => undefined },
    );
    expect(notification.status).toBe('resolved');
    expect(notification.alerts[0]).toMatchObject({
      id: alertId(firing()),
      state: 'removed',
      changes: ['removed: its rule left the configuration'],
      summary: 'BelowNav: −0.05 (asset xusd, chain ethereum)',
      threshold: undefined,
      runbook: undefined,
    });
  });

  it('includes what still fires, and is a reminder when nothing changed', () => {
    const other = firing({ labels: { asset: 'deusd' }, level: 'warning' });
    expect(composed({ alerts: [firing(), other] })).toMatchObject({ reminder: true, status: 'firing' });
    const untold = [transition('resolved', { labels: other.labels, from: 'warning' })];
    const notification = composed({ alerts: [firing(), inactive({ labels: other.labels })], untold });
    expect(notification).toMatchObject({ reminder: false, status: 'firing', level: 'critical' });
    expect(notification.alerts.map(({ state }) => state)).toEqual(['firing', 'resolved']);
  });

  it('says since when a firing alert cannot be judged, and that a start was not seen', () => {
    const alert = firing({ startUnseen: true, unknown: { reason: 'stale', since: noon + minute } });
    expect(composed({ alerts: [alert] }).alerts[0]).toMatchObject({
      staleSince: noon + minute,
      startUnseen: true,
      state: 'firing',
    });
  });

  it('tells the receivers of the old level that the alert moved, and reminds them no more', () => {
    const untold = [transition('level', { from: 'warning', to: 'critical' })];
    expect(composed({ alerts: [firing()], untold }, { route: byLevel })).toMatchObject({
      status: 'firing',
      alerts: [{ changes: ['moved to critical'], state: 'firing', elsewhere: true }],
    });
    expect(composed({ alerts: [firing()] }, { route: byLevel }).alerts).toEqual([]);
  });

  it('says of what moved and is over by now neither an end that it did not have here nor a value that still breaches', () => {
    const untold = [transition('firing', { to: 'warning' }), transition('level', { from: 'warning', to: 'critical' })];
    const [told] = composed({ alerts: [inactive()], untold }, { route: byLevel }).alerts;
    expect(told).toMatchObject({ state: 'resolved', changes: ['firing', 'moved to critical, over by now'] });
    expect([told!.endedAt, told!.value]).toEqual([undefined, undefined]);
  });

  it('takes the severity of a plain rule from its label', () => {
    const plain = { asset: 'xusd', severity: 'warning' };
    const notification = composed(
      { alerts: [firing({ labels: plain, level: null }), firing({ labels: { asset: 'a' }, level: null })] },
      { ruleOf: () => rule({ levels: [], expr: 'utilization_ratio < 0.9' }) },
    );
    expect(notification.level).toBe('warning');
    expect(notification.alerts.map(({ summary }) => summary)).toEqual([
      'BelowNav: −9.73 %, below 90 % (asset xusd)',
      'BelowNav: −9.73 %, below 90 % (asset a)',
    ]);
  });

  it('starts at the firing, or now, when the start of the breach is not stored', () => {
    expect(composed({ alerts: [firing({ activeAt: undefined })] }).alerts[0]!.since).toBe(noon);
    const bare = firing({ activeAt: undefined, firedAt: undefined });
    expect(composed({ alerts: [bare] }).alerts[0]!.since).toBe(noon + 10 * minute);
  });

  it('is written in words where a rule has no summary, no numbers and no labels', () => {
    const bare = firing({ labels: {}, value: undefined, level: null });
    const written = rule({
      levels: [],
      expr: 'absent(up)',
      annotations: { runbook_url: 'http://r', description: 'd' },
    });
    expect(composed({ alerts: [bare] }, { ruleOf: () => written }).alerts[0]).toMatchObject({
      summary: 'BelowNav',
      runbook: 'http://r',
      description: 'd',
    });
  });

  it('orders equals by their id, whatever the order of the claim', () => {
    const alerts = ['a', 'b', 'c', 'd'].map((asset) => firing({ labels: { asset } }));
    const sorted = alerts.map(alertId).sort();
    expect(composed({ alerts }).alerts.map(({ id }) => id)).toEqual(sorted);
    expect(composed({ alerts: alerts.toReversed() }).alerts.map(({ id }) => id)).toEqual(sorted);
  });

  it('does not tell pending and cancelled ones', () => {
    expect(composed({ alerts: [inactive()], untold: [transition('pending'), transition('cancelled')] }).alerts).toEqual(
      [],
    );
  });

  it('gives a message the same id on every try, and another one to the next message', () => {
    const untold = [transition('firing')];
    const id = composed({ alerts: [firing()], untold, attempts: 0, token: 'a' }).id;
    expect(composed({ alerts: [firing()], untold, attempts: 3, token: 'b' }, { now: noon + 99 * minute }).id).toBe(id);
    const others = [
      composed({ alerts: [firing()], untold, earlier: ['<1@x>'] }),
      composed({ alerts: [firing()], untold: [...untold, transition('resolved')] }),
      composed({ alerts: [firing()], untold, threadId: 'next' }),
      composed({ alerts: [firing()], untold, receiver: 'mail' }),
    ];
    expect(new Set([id, ...others.map((other) => other.id)]).size).toBe(5);
  });

  it('puts firing before over, and worse before milder, whatever the order of the claim', () => {
    const levels = ['critical', 'warning', 'info'] as const;
    const alerts = levels.map((level) => firing({ labels: { asset: level }, level }));
    const over = levels.map((level) => inactive({ labels: { asset: `${level}-over` }, state: 'pending' }));
    const untold = levels.map((level) => transition('resolved', { from: level, labels: { asset: `${level}-over` } }));
    fc.assert(
      fc.property(fc.shuffledSubarray([...alerts, ...over], { minLength: 6 }), (shuffled) => {
        const order = composed({ alerts: shuffled, untold }).alerts.map((alert) => alert.labels['asset']);
        expect(order).toEqual([...levels, ...levels.map((level) => `${level}-over`)]);
      }),
    );
  });
});
