import { describe, expect, it } from 'vitest';
import { NAME } from '../../src/model/labels.ts';
import { judgeOnce } from '../../src/rules/judgeOnce.ts';
import { compiled, level, MINUTE, NOW, price, rule, windowsOf } from './world.ts';
import type { Given } from './world.ts';
import type { AlertRule } from '../../src/model/rule.ts';

const nav = (asset: string, value: number, age = 0): Given => ({
  labels: { [NAME]: 'nav_per_share_usd', asset },
  value,
  age,
});

const sourced = (given: Given, source: string): Given => ({ ...given, labels: { ...given.labels, source } });

/** What is said of each label set, as `asset=status(reason)`; `-` for the empty one. */
function said(
  of: AlertRule,
  given: readonly Given[],
  judged: readonly Record<string, string>[] = [],
): readonly string[] {
  const made = compiled(of);
  const { verdicts, gone, blind } = judgeOnce(made, windowsOf([made], given), NOW, judged);
  return [
    ...verdicts.map((v) => `${v.labels['asset'] ?? '-'}=${v.status}${v.status === 'unknown' ? `(${v.reason})` : ''}`),
    ...gone.map((labels) => `${labels['asset'] ?? '-'}=gone`),
    ...(blind ? ['blind'] : []),
  ];
}

const fresh = [price('xusd', 0.9), price('usdc', 1), nav('xusd', 1.26), nav('usdc', 1)];
const oneStale = [price('xusd', 0.9, 10), price('usdc', 1), nav('xusd', 1.26), nav('usdc', 1)];
const allStale = [price('xusd', 0.9, 10), price('usdc', 1, 10), nav('xusd', 1.26, 10), nav('usdc', 1, 10)];
const xusd = [{ asset: 'xusd' }];
const both = [{ asset: 'xusd' }, { asset: 'usdc' }];

describe('judge, root × freshness', () => {
  it.each([
    [
      '>',
      'price_usd < 0.95',
      both,
      ['xusd=breached', 'usdc=ok'],
      ['xusd=unknown(stale)', 'usdc=ok'],
      ['xusd=unknown(stale)', 'usdc=unknown(stale)'],
    ],
    [
      'and',
      'price_usd < 0.95 and on(asset) nav_per_share_usd > 1.2',
      xusd,
      ['xusd=breached'],
      ['xusd=unknown(stale)'],
      ['xusd=unknown(stale)'],
    ],
    [
      'or',
      'price_usd < 0.95 or nav_per_share_usd > 1.2',
      xusd,
      ['xusd=breached'],
      ['xusd=unknown(stale)'],
      ['xusd=unknown(stale)'],
    ],
    [
      'unless',
      'price_usd < 0.95 unless on(asset) nav_per_share_usd < 1',
      xusd,
      ['xusd=breached'],
      ['xusd=unknown(stale)'],
      ['xusd=unknown(stale)'],
    ],
    ['sum', 'sum(price_usd) < 5', [{}], ['-=breached'], ['-=unknown(stale)'], ['-=unknown(stale)']],
    [
      'max by',
      'max by (asset) (price_usd) < 0.95',
      both,
      ['xusd=breached', 'usdc=ok'],
      ['xusd=unknown(stale)', 'usdc=ok'],
      ['xusd=unknown(stale)', 'usdc=unknown(stale)'],
    ],
    ['absent', 'absent(price_usd{asset="xusd"})', xusd, ['xusd=ok'], ['xusd=breached'], ['xusd=breached']],
    [
      'offset',
      'price_usd offset 30m < 0.95',
      both,
      ['xusd=breached', 'usdc=ok'],
      ['xusd=breached', 'usdc=ok'],
      ['xusd=breached', 'usdc=ok'],
    ],
    [
      'range',
      'avg_over_time(price_usd[30m]) < 0.95',
      both,
      ['xusd=breached', 'usdc=ok'],
      ['xusd=unknown(stale)', 'usdc=ok'],
      ['xusd=unknown(stale)', 'usdc=unknown(stale)'],
    ],
  ])('%s', (_root, expr, judged, whenFresh, whenOneStale, whenAllStale) => {
    expect(said(rule(expr), fresh, judged).toSorted()).toEqual(whenFresh.toSorted());
    expect(said(rule(expr), oneStale, judged).toSorted()).toEqual(whenOneStale.toSorted());
    expect(said(rule(expr), allStale, judged).toSorted()).toEqual(whenAllStale.toSorted());
  });

  it('level', () => {
    const below = rule('price_usd / on(asset) nav_per_share_usd - 1', {
      levels: [level({ below: -0.02, clear: -0.01 })],
    });
    expect(said(below, fresh, both).toSorted()).toEqual(['usdc=ok', 'xusd=breached']);
    expect(said(below, oneStale, both).toSorted()).toEqual(['usdc=ok', 'xusd=unknown(stale)']);
    expect(said(below, allStale, both).toSorted()).toEqual(['usdc=unknown(stale)', 'xusd=unknown(stale)']);
  });
});

describe('judge', () => {
  it('judges with missing: drop while one series of a leaf is fresh', () => {
    const median = rule('avg(price_usd) < 0.95', { missing: 'drop' });
    expect(said(median, oneStale, [{}])).toEqual(['-=ok']);
    expect(said(median, allStale, [{}])).toEqual(['-=unknown(stale)']);
  });

  it('knows whom a plain comparison judges before anything is wrong', () => {
    expect(said(rule('price_usd < 0.5'), fresh).toSorted()).toEqual(['usdc=ok', 'xusd=ok']);
  });

  it('says that it is blind when nothing was ever judged and every input is stale', () => {
    expect(said(rule('price_usd < 0.5'), allStale)).toEqual(['blind']);
    expect(said(rule('price_usd < 0.5'), [price('xusd')])).toEqual(['blind']);
    expect(said(rule('price_usd < 0.5'), [])).toEqual([]);
  });

  it('takes a value that is not finite for unknown, never for ok', () => {
    const zero = [price('xusd', 1), nav('xusd', 0)];
    expect(said(rule('price_usd / on(asset) nav_per_share_usd > 5'), zero)).toEqual(['xusd=unknown(not_finite)']);
    const levels = [level({ above: 5, clear: 5 })];
    expect(said(rule('price_usd / on(asset) nav_per_share_usd', { levels }), zero)).toEqual([
      'xusd=unknown(not_finite)',
    ]);
  });

  it('calls a label set gone when a series it cannot do without left the configuration', () => {
    const premium = rule('price_usd / on(asset) nav_per_share_usd < 0.98');
    expect(said(premium, [price('xusd', 0.9)], xusd)).toEqual(['xusd=gone']);
    expect(said(rule('price_usd < 0.5'), [price('usdc', 1)], xusd).toSorted()).toEqual(['usdc=ok', 'xusd=gone']);
  });

  it('follows each side of a match by the labels it was matched on', () => {
    const premium = rule('price_usd / on(asset) group_left() nav_per_share_usd - 1 < -0.02');
    const spot = sourced(price('xusd', 0.9), 'pool');
    expect(said(premium, [spot, sourced(nav('xusd', 1.26), 'vault')])).toEqual(['xusd=breached']);
    const cut = [spot, sourced(nav('xusd', 1.26, 10), 'vault')];
    expect(said(premium, cut, [{ asset: 'xusd', source: 'pool' }])).toEqual(['xusd=unknown(stale)']);
  });

  it('does not call a label set gone for a side of `or` or `unless` that was never there', () => {
    expect(said(rule('price_usd < 0.95 or nav_per_share_usd > 2'), [price('xusd', 0.9)], xusd)).toEqual([
      'xusd=breached',
    ]);
    expect(said(rule('price_usd < 0.95 unless on(asset) nav_per_share_usd'), [price('xusd', 1)], xusd)).toEqual([
      'xusd=ok',
    ]);
  });

  it('does without a side of `or` that looks back to before its series began', () => {
    const started = [price('xusd', 0.9), nav('xusd', 1.26)];
    const own = 'price_usd / on(asset) (nav_per_share_usd or on(asset) price_usd offset 2h) < 0.95';
    expect(said(rule(own), started, xusd)).toEqual(['xusd=breached']);
    expect(said(rule('price_usd / price_usd offset 2h < 0.95'), started, xusd)).toEqual(['xusd=unknown(stale)']);
  });

  it("puts the rule's own labels on every label set, and still finds its series", () => {
    const made = compiled(rule('price_usd < 0.95', { labels: { severity: 'warning', team: 'risk' } }));
    const windows = windowsOf([made], [price('xusd', 0.9, 10)]);
    const { verdicts } = judgeOnce(made, windows, NOW, [{ asset: 'xusd', severity: 'warning', team: 'risk' }]);
    expect(verdicts).toMatchObject([
      { status: 'unknown', labels: { asset: 'xusd', severity: 'warning', team: 'risk' } },
    ]);
  });

  it('says since when an input is stale, and bounds time by the smallest max_age', () => {
    const made = compiled(rule('price_usd / on(asset) nav_per_share_usd < 0.98'));
    const given = [{ ...price('xusd', 0.9, 10), maxAge: 5 * MINUTE }, nav('xusd', 1.26)];
    expect(judgeOnce(made, windowsOf([made], given), NOW, xusd).verdicts).toMatchObject([
      { status: 'unknown', staleSince: NOW - 10 * MINUTE, maxAge: 3 * MINUTE },
    ]);
  });

  it('judges each level against its own threshold and clear', () => {
    const levels = [
      level({ name: 'critical', below: 0.9, clear: 0.93 }),
      level({ name: 'warning', below: 0.95, clear: 0.97 }),
    ];
    const made = compiled(rule('price_usd', { levels }));
    const at = (value: number) => {
      const [verdict] = judgeOnce(made, windowsOf([made], [price('xusd', value)]), NOW, []).verdicts;
      return verdict!.status === 'unknown' ? verdict : [verdict!.holds.join(), verdict!.clears.join()];
    };
    expect(at(0.89)).toEqual(['warning,critical', '']);
    expect(at(0.9)).toEqual(['warning', '']);
    expect(at(0.93)).toEqual(['warning', 'critical']);
    expect(at(0.96)).toEqual(['', 'critical']);
    expect(at(0.97)).toEqual(['', 'warning,critical']);
  });

  it('makes every label set of a rule that cannot be evaluated unknown', () => {
    const twice = [
      price('xusd', 1),
      { labels: { [NAME]: 'price_usd', asset: 'xusd', venue: 'x' }, value: 1 },
      nav('xusd', 1),
    ];
    expect(said(rule('nav_per_share_usd / on(asset) price_usd > 2'), twice, xusd)).toEqual(['xusd=unknown(failed)']);
  });
});
