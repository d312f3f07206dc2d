import { describe, expect, it } from 'vitest';
import { evaluate, plan, Sharing } from '../../src/promql/index.ts';
import { MINUTE, series, viewOf } from './view.ts';

const price = series({ __name__: 'a', x: '1' }, [1, 2, 3]);

/** A view that counts how often a series' samples are looked at. */
function counting(): { view: ReturnType<typeof viewOf> & { revision: number }; reads: () => number } {
  let count = 0;
  const watched = {
    ...price,
    get values() {
      count++;
      return price.values;
    },
  };
  return { view: { ...viewOf(watched), revision: 1 }, reads: () => count };
}

describe('Sharing', () => {
  it('evaluates what two plans have in common once at an instant', () => {
    const sharing = new Sharing();
    const { view, reads } = counting();
    const plans = ['abs(a{x="1"}) > 1', 'abs( a{x="1"} ) > 2', '-a{x="1"}'].map((source) => plan(source, sharing));
    const values = plans.map((one) => evaluate(one, view, 2 * MINUTE).map(({ value }) => value));
    expect(values).toEqual([[3], [3], [-3]]);
    expect(reads()).toBe(1);
  });

  it('evaluates again at another instant and when a sample has changed', () => {
    const sharing = new Sharing();
    const { view, reads } = counting();
    const one = plan('a', sharing);
    evaluate(one, view, 2 * MINUTE);
    evaluate(one, view, 1 * MINUTE);
    expect(reads()).toBe(2);
    evaluate(one, { ...view, revision: 2 }, 1 * MINUTE);
    expect(reads()).toBe(3);
  });

  it.each([
    ['a', 'a offset 1m'],
    ['a', 'a @ 0'],
    ['a * 0 == 1 / Inf', 'a * 0 == 1 / NaN'],
    ['1 / (a * 0 + 0)', '1 / (a * 0 + -0)'],
    ['sum by (x) (a)', 'sum without (x) (a)'],
    ['a > 2', 'a > bool 2'],
    ['max_over_time(a[2m])', 'max_over_time(a[1m])'],
    ['max_over_time(a[2m:1m])', 'max_over_time(a[2m:2m])'],
    ['a - 1', '1 - a'],
    ['quantile_over_time(0.1, a[3m])', 'quantile_over_time(0.9, a[3m])'],
    ['count_values("b", a)', 'count_values("c", a)'],
  ])('tells %s from %s', (first, second) => {
    const sharing = new Sharing();
    const view = { ...viewOf(price), revision: 1 };
    const apart = [first, second].map((source) => evaluate(plan(source), view, 2 * MINUTE));
    expect([first, second].map((source) => evaluate(plan(source, sharing), view, 2 * MINUTE))).toEqual(apart);
  });
});
