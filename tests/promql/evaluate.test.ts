import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printLabels } from '../../src/model/labels.ts';
import { EvaluationError, evaluate, evaluateRange, plan, TooExpensive } from '../../src/promql/index.ts';
import { MINUTE, series, viewOf } from './view.ts';

const NOW = 10 * MINUTE;

const price = (venue: string, ...values: (number | undefined)[]) =>
  series({ __name__: 'price_usd', asset: 'xusd', venue }, values);
const lasting = (value: number) => Array.from({ length: 11 }, () => value);
const ramp = Array.from({ length: 11 }, (_, index) => index);

const view = viewOf(
  price('a', ...lasting(2)),
  price('b', ...lasting(4)),
  series({ __name__: 'nav_per_share_usd', asset: 'xusd', issuer: 'stream' }, lasting(1)),
  series({ __name__: 'tvl_usd', asset: 'xusd' }, ramp),
  series({ __name__: 'tvl_usd', asset: 'usdc' }, [...ramp].reverse()),
);

function ask(source: string, now = NOW): string[] {
  return evaluate(plan(source), view, now).map(({ labels, value }) => `${printLabels(labels)} ${value}`);
}

describe('evaluate', () => {
  it.each([
    ['price_usd{venue="a"}', ['price_usd{asset="xusd", venue="a"} 2']],
    ['price_usd{venue!="a"}', ['price_usd{asset="xusd", venue="b"} 4']],
    ['price_usd{venue=~"a|c"}', ['price_usd{asset="xusd", venue="a"} 2']],
    ['price_usd{venue=~"[b-z].*"}', ['price_usd{asset="xusd", venue="b"} 4']],
    ['price_usd{venue!~"a.?"}', ['price_usd{asset="xusd", venue="b"} 4']],
    ['price_usd{venue=~"xa"}', []],
    ['{__name__=~"nav.*"}', ['nav_per_share_usd{asset="xusd", issuer="stream"} 1']],
    ['price_usd{nothing=""}', ['price_usd{asset="xusd", venue="a"} 2', 'price_usd{asset="xusd", venue="b"} 4']],
  ])('selects %s', (source, expected) => {
    expect(ask(source)).toEqual(expected);
  });

  it.each([
    ['-2 ^ 2', -4],
    ['2 ^ 3 ^ 2', 512],
    ['-7 % 3', -1],
    ['1 / 0', Infinity],
    ['0 / 0', NaN],
    ['1 ^ NaN', 1],
    ['1 + 2 * 3', 7],
    ['5m', 300],
    ['0x1F + 1_000', 1031],
    ['1 > bool 2', 0],
    ['time()', 600],
    ['scalar(price_usd)', NaN],
    ['scalar(nav_per_share_usd)', 1],
  ])('computes %s', (source, expected) => {
    expect(evaluate(plan(source), view, NOW)).toEqual([{ labels: {}, value: expected }]);
  });

  it.each([
    [
      'price_usd / on(asset) group_left() nav_per_share_usd - 1',
      ['{asset="xusd", venue="a"} 1', '{asset="xusd", venue="b"} 3'],
    ],
    [
      'nav_per_share_usd * on(asset) group_right(issuer) price_usd{venue="a"}',
      ['{asset="xusd", issuer="stream", venue="a"} 2'],
    ],
    ['price_usd > 3', ['price_usd{asset="xusd", venue="b"} 4']],
    ['3 > price_usd', ['price_usd{asset="xusd", venue="a"} 2']],
    ['price_usd > bool 3', ['{asset="xusd", venue="a"} 0', '{asset="xusd", venue="b"} 1']],
    ['price_usd{venue="b"} > on(asset) nav_per_share_usd', ['{asset="xusd"} 4']],
    ['tvl_usd == tvl_usd', ['tvl_usd{asset="usdc"} 0', 'tvl_usd{asset="xusd"} 10']],
    ['tvl_usd and on(asset) price_usd', ['tvl_usd{asset="xusd"} 10']],
    ['tvl_usd unless on(asset) price_usd', ['tvl_usd{asset="usdc"} 0']],
    [
      'nav_per_share_usd or on(asset) tvl_usd',
      ['nav_per_share_usd{asset="xusd", issuer="stream"} 1', 'tvl_usd{asset="usdc"} 0'],
    ],
    ['sum by (asset) (price_usd)', ['{asset="xusd"} 6']],
    ['max without (venue) (price_usd)', ['{asset="xusd"} 4']],
    ['avg(price_usd)', ['{} 3']],
    ['count(price_usd > 100)', []],
    ['topk(1, price_usd)', ['price_usd{asset="xusd", venue="b"} 4']],
    ['count_values("v", price_usd)', ['{v="2"} 1', '{v="4"} 1']],
    ['quantile(0.5, price_usd)', ['{} 3']],
    ['absent(price_usd{asset="dai", venue=~"x"})', ['{asset="dai"} 1']],
    ['absent(price_usd)', []],
    ['abs(-price_usd{venue="a"})', ['{asset="xusd", venue="a"} 2']],
    ['clamp(price_usd, 2.5, 3)', ['{asset="xusd", venue="a"} 2.5', '{asset="xusd", venue="b"} 3']],
    ['clamp(price_usd, 3, 2)', []],
    ['timestamp(tvl_usd{asset="xusd"} offset 3m)', ['{asset="xusd"} 420']],
    ['tvl_usd{asset="xusd"} offset 3m', ['tvl_usd{asset="xusd"} 7']],
  ])('evaluates %s', (source, expected) => {
    expect(ask(source)).toEqual(expected);
  });

  it.each([
    ['count_over_time', 3],
    ['sum_over_time', 27],
    ['avg_over_time', 9],
    ['min_over_time', 8],
    ['max_over_time', 10],
    ['last_over_time', 10],
    ['present_over_time', 1],
    ['stdvar_over_time', 2 / 3],
    ['changes', 2],
    ['resets', 0],
    ['delta', 3],
    ['increase', 3],
    ['rate', 3 / 180],
    ['idelta', 1],
    ['deriv', 1 / 60],
  ])('%s sees (t − w, t]', (name, expected) => {
    const [element] = evaluate(plan(`${name}(tvl_usd{asset="xusd"}[3m])`), view, NOW);
    expect(element?.value).toBeCloseTo(expected, 12);
    const closed = evaluate(plan('count_over_time(tvl_usd{asset="xusd"}[3m])'), view, NOW, { rangeEnds: 'closed' });
    expect(closed[0]?.value).toBe(4);
  });

  it("looks back each series' own max_age, its end included", () => {
    const one = series({ __name__: 'm' }, [1], { maxAge: 2 * MINUTE });
    const at = (now: number, options = {}) => evaluate(plan('m'), viewOf(one), now, options).length;
    expect([at(2 * MINUTE), at(2 * MINUTE + 1), at(-1)]).toEqual([1, 0, 0]);
    expect([at(5 * MINUTE - 1, { missing: 'prometheus' }), at(5 * MINUTE, { missing: 'prometheus' })]).toEqual([1, 0]);
  });

  it('leaves a frozen series out of instant selectors only', () => {
    const frozen = viewOf(series({ __name__: 'm' }, [1, 1], { frozenSince: 0 }));
    expect(evaluate(plan('m'), frozen, MINUTE)).toEqual([]);
    expect(evaluate(plan('count_over_time(m[5m])'), frozen, MINUTE)).toEqual([{ labels: {}, value: 2 }]);
  });

  it.each([
    ['price_usd / on(asset) nav_per_share_usd', 'match one series of the other side'],
    ['nav_per_share_usd / on(asset) price_usd', 'on the right side match the same series'],
    ['abs({asset="xusd", venue!="b", issuer=""})', 'same labels'],
    ['topk(NaN, price_usd)', 'NaN'],
  ])('refuses %s', (source, message) => {
    const twice = viewOf(...view.select([]), series({ __name__: 'other', asset: 'xusd' }, lasting(1)));
    expect(() => evaluate(plan(source), twice, NOW)).toThrow(message);
    expect(() => evaluate(plan(source), twice, NOW)).toThrow(EvaluationError);
  });

  it('stops at its caps on series and samples', () => {
    expect(() => evaluate(plan('price_usd'), view, NOW, { maxSeries: 1 })).toThrow(TooExpensive);
    expect(() => evaluate(plan('sum_over_time(tvl_usd[10m])'), view, NOW, { maxSamples: 19 })).toThrow(TooExpensive);
    expect(evaluate(plan('sum_over_time(tvl_usd[10m])'), view, NOW, { maxSamples: 20 })).toHaveLength(2);
  });

  it('does not depend on the order in which series became known, nor on older samples', () => {
    const value = fc.double({ noNaN: true, min: -1e18, max: 1e18 });
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 11, maxLength: 11 }), { minLength: 1 }), (columns) => {
        const all = columns.map((values, index) => series({ __name__: 'm', i: String(index) }, values));
        const late = columns.map((values, index) =>
          series(
            { __name__: 'm', i: String(index) },
            values.map((one, at) => (at < 6 ? undefined : one)),
          ),
        );
        const sum = plan('sum(sum_over_time(m[5m])) + avg(avg_over_time(m[5m]))');
        expect(evaluate(sum, viewOf(...late.reverse()), NOW)).toEqual(evaluate(sum, viewOf(...all), NOW));
      }),
    );
  });

  it('keeps small values beside large ones in sums', () => {
    const mixed = viewOf(series({ __name__: 'm' }, [1e100, 1, -1e100]));
    expect(evaluate(plan('sum_over_time(m[5m])'), mixed, 2 * MINUTE)[0]?.value).toBe(1);
  });

  it('means do not overflow', () => {
    const huge = viewOf(series({ __name__: 'm' }, [1.5e308, 1.5e308, 1.5e308]));
    expect(evaluate(plan('avg_over_time(m[5m])'), huge, 2 * MINUTE)[0]?.value).toBeCloseTo(1.5e308, -294);
  });
});

describe('evaluateRange', () => {
  it('follows each result over its steps', () => {
    const steps = { start: 8 * MINUTE, end: NOW, step: MINUTE };
    expect(evaluateRange(plan('tvl_usd{asset="xusd"} > 8'), view, steps)).toEqual([
      {
        labels: { __name__: 'tvl_usd', asset: 'xusd' },
        points: [
          { at: 9 * MINUTE, value: 9 },
          { at: 10 * MINUTE, value: 10 },
        ],
      },
    ]);
  });

  it('refuses a step that leads nowhere', () => {
    expect(() => evaluateRange(plan('1'), view, { start: 0, end: 1, step: 0 })).toThrow('must be above zero');
  });
});
