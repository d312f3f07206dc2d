import { expect, it } from 'vitest';
import { gatherEvidence } from '../../src/jobs/evidence.ts';
import { makeLive } from '../../src/jobs/live.ts';
import type { Alert } from '../../src/model/alert.ts';
import { NAME } from '../../src/model/labels.ts';
import type { RecordRule, RuleGroup } from '../../src/model/rule.ts';
import { Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from '../rules/world.ts';

const record: RecordRule = {
  record: 'asset:premium_ratio',
  expr: 'price_usd / on(asset) group_left() nav_per_share_usd - 1',
  labels: {},
  position: { file: 'r', line: 1, column: 1 },
};
const group: RuleGroup = {
  name: 'g',
  interval: MINUTE,
  rules: [
    record,
    rule('asset:premium_ratio{asset="xusd"}', {
      alert: 'BelowNav',
      labels: { team: 'risk' },
      levels: [level({ below: -0.02 })],
    }),
  ],
};
const live = makeLive({ assets: {}, sources: [], declared: [], groups: [group], files: {} });
const alert: Alert = {
  rule: 'BelowNav',
  labels: { asset: 'xusd', venue: 'pool', team: 'risk' },
  state: 'firing',
  level: 'warning',
  pending: {},
  lastKnownAt: NOW,
  startUnseen: false,
};

function world(): Windows {
  const view = new Windows(live.needs);
  view.apply({
    series: [
      { id: 1, labels: { [NAME]: 'price_usd', asset: 'xusd', venue: 'pool', source: 'pool' }, maxAge: MINUTE },
      { id: 2, labels: { [NAME]: 'nav_per_share_usd', asset: 'xusd', source: 'nav' }, maxAge: 60 * MINUTE },
      { id: 3, labels: { [NAME]: 'price_usd', asset: 'usdc', source: 'pool' }, maxAge: MINUTE },
    ],
    samples: [
      { seriesId: 1, at: NOW, value: 1.2 },
      { seriesId: 1, at: NOW + 5 * MINUTE, value: 0.5 },
      { seriesId: 2, at: NOW - MINUTE, value: 1.25 },
      { seriesId: 3, at: NOW, value: 1 },
    ],
  });
  view.put({
    labels: { [NAME]: 'asset:premium_ratio', asset: 'xusd', venue: 'pool', source: 'pool' },
    at: NOW - MINUTE,
    value: -0.04,
    maxAge: MINUTE,
  });
  return view;
}

it('looks through recording rules to what was read, as it was when the alert was judged', async () => {
  const asked: unknown[] = [];
  const origins = async (samples: readonly unknown[]) => {
    asked.push(...samples);
    return samples.map(() => ({ source: 'pool', origin: { chain: 'ethereum', block: 7 } }));
  };
  const evidenceOf = await gatherEvidence([alert], { live, view: world(), store: { origins } });
  expect(evidenceOf(alert)).toMatchObject({
    expression: 'asset:premium_ratio{asset="xusd"}',
    substituted: '-0.04, where asset:premium_ratio = 1.2 / 1.25 - 1',
    inputs: [
      {
        series: 'price_usd{asset="xusd", source="pool", venue="pool"}',
        value: 1.2,
        at: NOW,
        stale: false,
        origin: { block: 7 },
      },
      { series: 'nav_per_share_usd{asset="xusd", source="nav"}', value: 1.25, at: NOW - MINUTE, stale: false },
    ],
  });
  expect(asked).toEqual([
    { seriesId: 1, at: NOW },
    { seriesId: 2, at: NOW - MINUTE },
  ]);
});

it('has nothing to show of a rule that left the configuration', async () => {
  const evidenceOf = await gatherEvidence([{ ...alert, rule: 'Gone' }], {
    live,
    view: world(),
    store: { origins: async () => [] },
  });
  expect(evidenceOf({ ...alert, rule: 'Gone' })).toEqual({ expression: '', substituted: '', inputs: [] });
});
