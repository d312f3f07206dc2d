import { describe, expect, it } from 'vitest';
import { routesFor, tellingsFor } from '../../src/dispatch/route.ts';
import type { Transition } from '../../src/model/alert.ts';
import type { Route } from '../../src/model/config.ts';

const node = (over: Partial<Route>): Route => ({
  receivers: ['log'],
  groupBy: ['alertname', 'asset'],
  matchers: [],
  routes: [],
  continue: false,
  groupWait: 1,
  groupInterval: 2,
  repeatInterval: 3,
  ...over,
});
const critical = { name: 'severity', op: '=', value: 'critical' } as const;
const stream = { name: 'asset', op: '=~', value: 'xusd|deusd' } as const;
const tree = node({
  receivers: ['inbox'],
  routes: [
    node({ receivers: ['pager'], matchers: [critical], continue: true }),
    node({ receivers: ['slack', 'mail'], matchers: [stream] }),
    node({ receivers: ['never'], matchers: [stream] }),
  ],
});
const receivers = (labels: Record<string, string>) => routesFor(tree, labels).flatMap(({ route }) => route.receivers);

const transition = (over: Partial<Transition>): Transition => ({
  kind: 'firing',
  rule: 'BelowNav',
  labels: { asset: 'xusd' },
  at: 0,
  from: null,
  to: 'warning',
  activeAt: 0,
  ...over,
});

describe('routesFor', () => {
  it.each([
    [{ asset: 'usdc' }, ['inbox']],
    [{ asset: 'xusd' }, ['slack', 'mail']],
    [{ asset: 'xusd', severity: 'critical' }, ['pager', 'slack', 'mail']],
    [{ asset: 'xusdx' }, ['inbox']],
  ])('%j goes to %j', (labels, expected) => {
    expect(receivers(labels)).toEqual(expected);
  });
});

describe('tellingsFor', () => {
  it('tells nobody of pending and cancelled', () => {
    expect(tellingsFor(tree, transition({ kind: 'pending' }))).toEqual([]);
    expect(tellingsFor(tree, transition({ kind: 'cancelled' }))).toEqual([]);
  });

  it('groups by the labels of group_by, under the path of matchers', () => {
    expect(
      tellingsFor(tree, transition({})).map(({ receiver, groupKey, flush }) => ({ receiver, groupKey, flush })),
    ).toEqual([
      { receiver: 'slack', groupKey: '{}{asset=~"xusd|deusd"}:{alertname="BelowNav", asset="xusd"}', flush: false },
      { receiver: 'mail', groupKey: '{}{asset=~"xusd|deusd"}:{alertname="BelowNav", asset="xusd"}', flush: false },
    ]);
  });

  it('tells the receivers of the old level about the new one', () => {
    const down = transition({ kind: 'level', from: 'critical', to: 'warning' });
    expect(tellingsFor(tree, down).map(({ receiver }) => receiver)).toEqual(['pager', 'slack', 'mail']);
  });

  it('flushes what becomes critical, and tells a resolve where it fired', () => {
    expect(tellingsFor(tree, transition({ to: 'critical' }))[0]).toMatchObject({ receiver: 'pager', flush: true });
    const resolved = transition({ kind: 'resolved', from: 'critical', to: null });
    expect(tellingsFor(tree, resolved).map(({ receiver, flush }) => [receiver, flush])).toEqual([
      ['pager', false],
      ['slack', false],
      ['mail', false],
    ]);
  });
});
