import { describe, expect, it } from 'vitest';
import { GroupEvaluator } from '../../src/alerts/groupEvaluator.ts';
import { asOf } from '../../src/alerts/news.ts';
import { NAME } from '../../src/model/labels.ts';
import type { RecordRule } from '../../src/model/rule.ts';
import { compileGroup } from '../../src/rules/compile.ts';
import type { CompiledGroup } from '../../src/rules/compile.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from '../rules/world.ts';

const records = (record: string, expr: string): RecordRule => ({
  record,
  expr,
  labels: {},
  position: { file: 'r', line: 1, column: 1 },
});
const group = compileGroup({
  name: 'stream',
  interval: MINUTE,
  rules: [
    records('asset:premium_ratio', 'price_usd / on(asset) nav_per_share_usd - 1'),
    rule('asset:premium_ratio', { alert: 'BelowNav', levels: [level({ below: -0.02, clear: -0.01 })] }),
    rule('max(tocsin_unknown_count) > 0', { alert: 'Blind' }),
  ],
});

const PRICE = 1;
const NAV = 2;

const venueOf = (venue: string, id: number) => ({
  id,
  labels: { [NAME]: 'price_usd', asset: 'xusd', venue },
  maxAge: 3 * MINUTE,
});

const seriesOf = (metric: string) => ({ [NAME]: metric, asset: 'xusd' });

/** A world of one asset: feed samples, evaluate, carry the alerts over. */
function world(of: CompiledGroup) {
  const view = new Windows(needsOf(of.rules.map(({ plan }) => plan)));
  view.apply({
    series: [
      { id: PRICE, labels: seriesOf('price_usd'), maxAge: 3 * MINUTE },
      { id: NAV, labels: seriesOf('nav_per_share_usd'), maxAge: 60 * MINUTE },
    ],
    samples: [],
  });
  const evaluator = new GroupEvaluator(of, view);
  return {
    view,
    feed: (seriesId: number, at: number, value: number) =>
      view.apply({ series: [], samples: [{ seriesId, at, value }] }),
    end: (id: number) =>
      view.apply({
        series: [{ id, labels: seriesOf(id === PRICE ? 'price_usd' : 'nav_per_share_usd'), maxAge: 1, endedAt: NOW }],
        samples: [],
      }),
    evaluate: (now: number) => evaluator.evaluate(now),
    evaluator,
  };
}

describe('GroupEvaluator', () => {
  it('lets a rule see what a recording rule before it wrote', () => {
    const { feed, evaluate } = world(group);
    feed(PRICE, NOW, 1.2);
    feed(NAV, NOW - 10 * MINUTE, 1.26);
    const { recorded, transitions } = evaluate(NOW);
    expect(transitions).toMatchObject([{ kind: 'firing', rule: 'BelowNav', to: 'warning', labels: { asset: 'xusd' } }]);
    expect(recorded).toMatchObject([{ labels: { [NAME]: 'asset:premium_ratio', asset: 'xusd' } }]);
  });

  it('dates a recorded sample by its oldest input and ends it with the first that goes stale', () => {
    const { feed, evaluate } = world(group);
    feed(PRICE, NOW, 1.2);
    feed(NAV, NOW - 10 * MINUTE, 1.26);
    expect(evaluate(NOW).recorded[0]).toMatchObject({ at: NOW - 10 * MINUTE, maxAge: 13 * MINUTE });
  });

  it('writes nothing twice when nothing arrived', () => {
    const { feed, evaluate } = world(group);
    feed(PRICE, NOW, 1.26);
    feed(NAV, NOW, 1.26);
    expect(evaluate(NOW).recorded).toHaveLength(1);
    const again = evaluate(NOW + MINUTE);
    expect(again.recorded).toEqual([]);
    expect(again.alerts).toEqual([]);
  });

  it('keeps an alert firing when its feed is cut, counts it as unknown and says so', () => {
    const { feed, evaluate } = world(group);
    feed(PRICE, NOW, 1);
    feed(NAV, NOW, 1.26);
    evaluate(NOW);
    const cut = evaluate(NOW + 10 * MINUTE);
    expect(cut.transitions).toMatchObject([{ kind: 'firing', rule: 'Blind' }]);
    expect(cut.alerts[0]).toMatchObject({
      rule: 'BelowNav',
      state: 'firing',
      unknown: { reason: 'stale', since: NOW },
    });
    const [unknown] = cut.recorded;
    expect(unknown).toMatchObject({
      labels: { [NAME]: 'tocsin_unknown_count', rule: 'BelowNav', group: 'stream' },
      value: 1,
    });
    feed(PRICE, NOW + 11 * MINUTE, 1.26);
    expect(evaluate(NOW + 11 * MINUTE).transitions.map(({ kind, rule: name }) => `${name} ${kind}`)).toEqual([
      'BelowNav resolved',
      'Blind resolved',
    ]);
  });

  it('ends an alert as removed when its series left the configuration', () => {
    const plain = compileGroup({ name: 'g', interval: MINUTE, rules: [rule('price_usd < 2', { alert: 'Low' })] });
    const { feed, evaluate, end } = world(plain);
    feed(PRICE, NOW, 1);
    evaluate(NOW);
    end(PRICE);
    const { transitions, deleted } = evaluate(NOW + MINUTE);
    expect(transitions).toMatchObject([{ kind: 'removed', rule: 'Low' }]);
    expect(deleted).toMatchObject([{ rule: 'Low', labels: { asset: 'xusd' } }]);
  });

  it.each([
    ['is found', 'price_usd > bool scalar(nav_per_share_usd)'],
    ['is not found', 'price_usd > scalar(nav_per_share_usd)'],
  ])('forgets a calm alert when a series it cannot do without left, also where a value %s', (_name, expr) => {
    const premium = compileGroup({
      name: 'g',
      interval: MINUTE,
      rules: [rule(expr, { alert: 'Dear', levels: [level({ above: 0.5, clear: 0.5 })] })],
    });
    const { feed, evaluate, end } = world(premium);
    feed(NAV, NOW, 1);
    for (const [minute, value] of [2, 0.5, 0.5].entries()) {
      feed(PRICE, NOW + minute * MINUTE, value);
      expect(evaluate(NOW + minute * MINUTE).deleted).toEqual([]);
    }
    end(NAV);
    expect(evaluate(NOW + 3 * MINUTE).deleted).toMatchObject([{ rule: 'Dear', labels: { asset: 'xusd' } }]);
  });

  it('judges a rule by its own series where the rule before it selects the same and adds them up', () => {
    const two = compileGroup({
      name: 'g',
      interval: MINUTE,
      rules: [rule('max by (asset) (price_usd) > 2', { alert: 'High' }), rule('price_usd < 2', { alert: 'Low' })],
    });
    const view = new Windows(needsOf(two.rules.map(({ plan }) => plan)));
    const evaluator = new GroupEvaluator(two, view);
    view.apply({
      series: [venueOf('a', 1), venueOf('b', 2)],
      samples: [1, 2].map((seriesId) => ({ seriesId, at: NOW, value: 1 })),
    });
    expect(evaluator.evaluate(NOW).transitions).toMatchObject([{ rule: 'Low' }, { rule: 'Low' }]);
    view.apply({ series: [{ ...venueOf('b', 2), endedAt: NOW }], samples: [] });
    expect(evaluator.evaluate(NOW + MINUTE).transitions).toMatchObject([
      { kind: 'removed', rule: 'Low', labels: { venue: 'b' } },
    ]);
  });

  it('asks to be evaluated again when an input will be stale or for will have passed', () => {
    const waits = compileGroup({
      name: 'g',
      interval: MINUTE,
      rules: [rule('price_usd < 2', { alert: 'Low', for: 2 * MINUTE })],
    });
    const { feed, evaluate } = world(waits);
    feed(PRICE, NOW, 1);
    expect(evaluate(NOW).deadline()).toBe(NOW + 2 * MINUTE);
    feed(PRICE, NOW + MINUTE, 3);
    expect(evaluate(NOW + MINUTE).deadline()).toBe(NOW + 4 * MINUTE + 1);
  });

  it('keeps rules of one name apart by their own labels', () => {
    const two = compileGroup({
      name: 'g',
      interval: MINUTE,
      rules: [
        rule('price_usd < 2', { alert: 'Low', labels: { severity: 'warning' } }),
        rule('price_usd < 1.1', { alert: 'Low', labels: { severity: 'critical' } }),
      ],
    });
    const { feed, evaluate } = world(two);
    feed(PRICE, NOW, 1.5);
    expect(evaluate(NOW).transitions.map(({ labels }) => labels['severity'])).toEqual(['warning']);
    feed(PRICE, NOW + MINUTE, 1);
    expect(evaluate(NOW + MINUTE).transitions.map(({ labels }) => labels['severity'])).toEqual(['critical']);
  });

  it('takes back what could not be stored', () => {
    const { feed, evaluate, evaluator } = world(group);
    feed(PRICE, NOW, 1);
    feed(NAV, NOW, 1.26);
    const lost = evaluate(NOW);
    expect(lost.transitions).toMatchObject([{ kind: 'firing', rule: 'BelowNav' }]);
    lost.undo();
    expect([...evaluator.book.alerts.get('BelowNav')!]).toEqual([]);
    expect(evaluate(NOW + 1).transitions).toMatchObject([{ kind: 'firing', rule: 'BelowNav', at: NOW + 1 }]);
  });

  it('does not store a firing alert again while only time passes, and knows after a restart when it was known last', () => {
    const { feed, evaluate, evaluator } = world(group);
    feed(PRICE, NOW, 1);
    feed(NAV, NOW, 1.26);
    const [stored] = evaluate(NOW).alerts;
    feed(PRICE, NOW + MINUTE, 1);
    expect(evaluate(NOW + MINUTE).alerts).toEqual([]);
    const [kept] = evaluator.book.alerts.get('BelowNav')!.values();
    expect(asOf(stored!, NOW + MINUTE, NOW + 2 * MINUTE)).toEqual(kept);
    feed(PRICE, NOW + 2 * MINUTE, 0.99);
    expect(evaluate(NOW + 2 * MINUTE).alerts).toMatchObject([{ rule: 'BelowNav', state: 'firing' }]);
  });
});
