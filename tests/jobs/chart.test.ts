import { expect, it } from 'vitest';
import { gatherCharts } from '../../src/jobs/chart.ts';
import { makeLive } from '../../src/jobs/live.ts';
import type { Alert } from '../../src/model/alert.ts';
import { NAME } from '../../src/model/labels.ts';
import type { AlertRule } from '../../src/model/rule.ts';
import type { StoredSample } from '../../src/model/stored.ts';
import { Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from '../rules/world.ts';

const labels = { asset: 'xusd', chain: 'ethereum' };
const maxAge = 10 * MINUTE;

const firing = (over: Partial<Alert> = {}): Alert => ({
  rule: 'BelowNav',
  labels,
  state: 'firing',
  level: 'critical',
  pending: {},
  lastKnownAt: NOW,
  startUnseen: false,
  ...over,
});

const live = (over: Partial<AlertRule>) =>
  makeLive({
    assets: { xusd: { id: 'xusd', name: 'Stream xUSD', on: {} } },
    ...{ sources: [], declared: [], files: {} },
    groups: [
      {
        name: 'g',
        interval: MINUTE,
        rules: [rule('price_usd / on(asset) group_left() nav_per_share_usd - 1', { alert: 'BelowNav', ...over })],
      },
    ],
  });

/** A price that fell three hours ago from 1.25 to 1, with an hour unread in between, against a NAV of 1.25. */
const samples: StoredSample[] = Array.from({ length: 420 }, (_, index) => ({ at: NOW - index * MINUTE, index }))
  .flatMap(({ at, index }) => [
    ...(index > 180 && index < 240 ? [] : [{ seriesId: 1, at, value: index < 180 ? 1 : 1.25 }]),
    { seriesId: 2, at, value: 1.25 },
    { seriesId: 3, at, value: 7 },
  ])
  .toSorted((a, b) => a.at - b.at);

function world(rules: ReturnType<typeof live>): Windows {
  const view = new Windows(rules.needs);
  view.apply({
    series: [
      { id: 1, labels: { [NAME]: 'price_usd', ...labels }, maxAge },
      { id: 2, labels: { [NAME]: 'nav_per_share_usd', asset: 'xusd' }, maxAge },
      { id: 3, labels: { [NAME]: 'price_usd', asset: 'usdc', chain: 'ethereum' }, maxAge },
    ],
    samples: samples.filter(({ at }) => at === NOW),
  });
  return view;
}

async function chartOf(over: Partial<AlertRule>, alert = firing()) {
  const rules = live(over);
  const asked: (readonly number[])[] = [];
  const samplesSince = async (ids: readonly number[], since: number) => {
    asked.push(ids);
    return samples.filter(({ seriesId, at }) => ids.includes(seriesId) && at > since);
  };
  const charts = await gatherCharts([alert], {
    live: rules,
    view: world(rules),
    store: { samplesSince },
    now: NOW,
    timezone: 'UTC',
  });
  return { chart: charts(alert), asked };
}

const levels = [level({ below: -0.005, written: '-0.5%' }), level({ name: 'critical', below: -0.02, written: '-2%' })];

it('evaluates the judged value over the last six hours, from the inputs of this alert alone', async () => {
  const { chart, asked } = await chartOf({ levels });
  expect(asked).toEqual([[1, 2]]);
  expect(chart).toMatchObject({
    title: 'BelowNav · Stream xUSD · ethereum',
    from: NOW - 360 * MINUTE,
    to: NOW,
    unit: '-0.5%',
    thresholds: [
      { level: 'warning', value: -0.005, text: 'warning below −0.5 %' },
      { level: 'critical', value: -0.02, text: 'critical below −2 %' },
    ],
  });
  const at = (minutes: number) => chart!.points.find((point) => point.at === NOW - minutes * MINUTE)?.value;
  expect([at(0), at(300)]).toEqual([expect.closeTo(-0.2), expect.closeTo(0)]);
});

it('leaves a gap where nothing fresh was known', async () => {
  const { chart } = await chartOf({ levels });
  const unread = chart!.points.filter(({ at }) => at > NOW - 229 * MINUTE && at < NOW - 180 * MINUTE);
  expect(unread.length).toBeGreaterThan(10);
  expect(new Set(unread.map(({ value }) => value))).toEqual(new Set([null]));
});

it('draws the left side of a plain rule, with its threshold', async () => {
  const { chart } = await chartOf({ expr: 'price_usd{asset="xusd"} < 1.1' });
  expect(chart?.thresholds).toEqual([{ level: null, value: 1.1, text: 'below $1.10' }]);
  expect(chart?.points[0]?.value).toBe(1.25);
});

it('draws nothing where there is no value over time: what is over, no comparison, a store that fails', async () => {
  expect((await chartOf({ levels }, firing({ state: 'inactive' }))).chart).toBeUndefined();
  expect((await chartOf({ expr: 'absent(price_usd{asset="none"})' })).chart).toBeUndefined();
  expect((await chartOf({ levels }, firing({ rule: 'Gone' }))).chart).toBeUndefined();
  const rules = live({ levels });
  const store = { samplesSince: async () => Promise.reject(new Error('the database is gone')) };
  const alert = firing();
  const charts = await gatherCharts([alert], { live: rules, view: world(rules), store, now: NOW, timezone: 'UTC' });
  expect(charts(alert)).toBeUndefined();
});
