import type { Chart, Notification, ToldAlert } from '../../src/model/notification.ts';

const minute = 60_000;
const breach = Date.UTC(2025, 10, 3, 17, 45);

/** The xUSD alert of 2025-11-03 as composed; override what a test is about. */
export function told(overrides: Partial<ToldAlert> = {}): ToldAlert {
  return {
    id: '5f76c0b05bf666c1',
    rule: 'BelowNav',
    labels: { asset: 'xusd', chain: 'ethereum' },
    state: 'firing',
    level: 'critical',
    changes: ['firing'],
    changedAt: [breach + 3 * minute],
    summary: 'Stream xUSD trades −9.73 % from NAV on ethereum',
    runbook: 'https://example.org/runbooks/BelowNav',
    value: '−9.73 %',
    threshold: 'below −2 %',
    since: breach,
    startUnseen: false,
    atRisk: { usd: 68_000_000, amount: '$68M', text: '$68M exposed (2 holders)' },
    explorer: 'https://etherscan.io/address/0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94',
    block: 'https://etherscan.io/block/23700000',
    evidence: {
      expression: 'asset:premium_to_nav_ratio{asset="xusd"}',
      substituted: '1.1405 / 1.2634 - 1',
      inputs: [
        {
          series: 'price_usd{asset="xusd", chain="ethereum", method="twap"}',
          value: 1.1405,
          at: breach + 25 * minute + 46_000,
          stale: false,
          source: 'xusd-pool',
          origin: { chain: 'ethereum', block: 23_700_000 },
        },
        {
          series: 'nav_per_share_usd{asset="xusd"}',
          value: 1.2634,
          at: breach - 34 * minute,
          stale: false,
          source: 'nav',
          origin: { url: 'http://127.0.0.1/nav.json' },
        },
      ],
    },
    ...overrides,
  };
}

/** What falls from its 80th step on, and is not known for six. */
function fallAt(index: number): number | null {
  if (index > 60 && index < 66) return null;
  return index < 80 ? -0.001 : -0.001 - (index - 80) * 0.0024;
}

/** Six hours of a fall through both thresholds, with a gap. */
export function chart(overrides: Partial<Chart> = {}): Chart {
  const to = breach + 26 * minute;
  const from = to - 360 * minute;
  const at = (index: number) => from + ((to - from) * index) / 120;
  return {
    title: 'BelowNav · Stream xUSD · ethereum',
    ...{ from, to },
    points: Array.from({ length: 121 }, (_, index) => ({ at: at(index), value: fallAt(index) })),
    thresholds: [
      { level: 'warning', value: -0.005, text: 'warning below −0.5 %' },
      { level: 'critical', value: -0.02, text: 'critical below −2 %' },
    ],
    unit: '-2%',
    timezone: 'Europe/Berlin',
    ...overrides,
  };
}

export function notification(overrides: Partial<Notification> = {}): Notification {
  return {
    id: '0123456789abcdef01234567',
    receiver: 'ops',
    groupKey: '{}:{alertname="BelowNav"}',
    threadId: 'thread-1',
    groupLabels: { alertname: 'BelowNav', asset: 'xusd' },
    status: 'firing',
    level: 'critical',
    reminder: false,
    alerts: [told()],
    at: breach + 26 * minute,
    timezone: 'Europe/Berlin',
    earlier: [],
    dashboardUrl: 'http://127.0.0.1:9310/',
    ...overrides,
  };
}

/** The same alert after it recovered. */
export function resolved(): Notification {
  const over = told({
    state: 'resolved',
    changes: ['resolved'],
    value: '−0.8 %',
    peak: '−76.1 %',
    peakAt: breach + 40 * minute,
    endedAt: breach + 62 * minute,
    summary: 'Stream xUSD trades −0.8 % from NAV on ethereum',
  });
  return notification({ id: 'fedcba9876543210fedcba98', status: 'resolved', at: breach + 62 * minute, alerts: [over] });
}

/** Texts that would ping, format, break lines or inject headers if they were not neutralised. */
export const HOSTILE =
  '*<!channel>* <@U1> `x` _y_ ~z~ <http://evil.example|ok> &lt; "\'<script>alert(1)</script>\r\nBcc: all@example.org\u0000\u202e';

/** Far too much of everything, all of it hostile. */
export function flood(alerts = 47): Notification {
  const long = HOSTILE.repeat(60);
  const input = { series: long, value: 1, at: breach, stale: true, source: long, origin: { url: long } };
  const alert = (index: number) =>
    told({
      id: `${index}`.padStart(16, '0'),
      labels: { [long]: long },
      summary: `${index} ${long}`,
      description: long,
      runbook: long,
      changes: Array.from({ length: 50 }, () => long),
      changedAt: Array.from({ length: 50 }, () => breach),
      evidence: { expression: long, substituted: long, inputs: Array.from({ length: 50 }, () => input) },
    });
  return notification({
    groupLabels: { asset: long },
    alerts: Array.from({ length: alerts }, (_, index) => alert(index)),
  });
}
