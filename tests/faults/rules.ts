import { makeLive } from '../../src/jobs/live.ts';
import type { InhibitRule, Route, TimeInterval } from '../../src/model/config.ts';
import { level, rule } from '../support/rule.ts';

export const ASSETS = ['xusd', 'deusd', 'usdc'];
export const MAX_AGE = 86_400_000;

/** Two rules of one group: one with two levels, one plain one that levels of the first may inhibit. */
export const live = makeLive({
  ...{ assets: {}, sources: [], declared: [], files: {} },
  groups: [
    {
      name: 'g',
      interval: 60_000,
      rules: [
        rule({
          alert: 'Low',
          expr: 'price_usd',
          levels: [level({ name: 'warning', below: 1, clear: 1 }), level({ name: 'critical', below: 0.5, clear: 0.5 })],
        }),
        rule({ alert: 'Odd', expr: 'depth_usd < 1', levels: [], labels: { severity: 'warning' } }),
      ],
    },
  ],
});

export interface Setting {
  readonly route: Route;
  readonly inhibit: readonly InhibitRule[];
  /** Who is told while a receiver takes nothing. */
  readonly fallback?: Readonly<Record<string, string>>;
}

const critical = { name: 'severity', op: '=', value: 'critical' } as const;
const warning = { ...critical, value: 'warning' } as const;

/** Muted half of the time, by the minute of the day. */
const EVERY_OTHER: TimeInterval = {
  name: 'every other',
  periods: [{ times: Array.from({ length: 360 }, (_, n) => [n * 4, n * 4 + 2] as const), location: 'UTC' }],
};

/** One receiver a route, so that a group key names one recipient. `second` is in ms: short where the clock is real. */
export function settingsOf(second: number): readonly Setting[] {
  const timers = { groupWait: 10 * second, groupInterval: 60 * second, repeatInterval: 600 * second };
  const node = (more: Partial<Route>): Route => ({
    ...{ receivers: ['desk'], groupBy: ['asset'], matchers: [], routes: [], continue: false, ...timers },
    ...more,
  });
  return [
    { route: node({}), inhibit: [] },
    { route: node({ groupWait: 0, groupBy: ['alertname'] }), inhibit: [] },
    { route: node({ routes: [node({ receivers: ['phone'], matchers: [critical], groupWait: 0 })] }), inhibit: [] },
    {
      route: node({ escalate: [{ after: 120 * second, receivers: ['boss'] }] }),
      inhibit: [{ source: [critical], target: [warning], equal: ['asset'] }],
    },
    { route: node({ muteTimes: [EVERY_OTHER] }), inhibit: [] },
    { route: node({}), inhibit: [], fallback: { desk: 'phone' } },
  ];
}

export const RECEIVERS = ['desk', 'phone', 'boss'];
