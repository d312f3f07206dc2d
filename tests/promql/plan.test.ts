import { describe, expect, it } from 'vitest';
import type { Expr } from '../../src/promql/ast.ts';
import { evaluate, lookback, plan, PromqlError } from '../../src/promql/index.ts';
import { MINUTE, series, viewOf } from './view.ts';

function failure(source: string): { message: string; marked: string } {
  try {
    plan(source);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return { message: error.message, marked: source.slice(error.from, error.to) };
  }
  throw new Error(`"${source}" was accepted`);
}

/** The expression without its places in the source. */
function shape(expr: Expr): unknown {
  return JSON.parse(JSON.stringify(expr, (key, value: unknown) => (['from', 'to'].includes(key) ? undefined : value)));
}

describe('plan', () => {
  it.each([
    ['avg_ovr_time(a[5m])', '"avg_ovr_time" is not a PromQL function. Did you mean "avg_over_time"?', 'avg_ovr_time'],
    ['a + ', 'The expression ends too early. An operand or a closing bracket is missing.', ''],
    ['', 'The expression is empty. An expression is needed.', ''],
    ['a b', '"b" is not expected here. Check the expression before it.', 'b'],
    ['sum(1)', '"sum" must be an instant vector; this is a scalar.', '1'],
    [
      'rate(a)',
      'Argument 1 of "rate" must be a range vector; this is an instant vector. Add a range such as [5m].',
      'a',
    ],
    ['abs(a[5m])', 'Argument 1 of "abs" must be an instant vector; this is a range vector.', 'a[5m]'],
    ['abs()', '"abs" has 0 arguments; it takes 1.', 'abs()'],
    ['round(a, 1, 2)', '"round" has 3 arguments; it takes 1 to 2.', 'round(a, 1, 2)'],
    ['1 > 2', '">" between two scalars needs "bool". Write "> bool".', '1 > 2'],
    ['a and 1', '"and" needs an instant vector on both sides, not a scalar.', 'a and 1'],
    [
      'a and on(x) group_left b',
      '"and" matches many to many; take group_left or group_right away.',
      'on(x) group_left',
    ],
    ['a + bool b', '"bool" goes only with a comparison, not "+".', 'a + bool b'],
    ['a + on(x) 1', 'Matching labels needs an instant vector on both sides.', 'on(x)'],
    [
      'a + on(x) group_left(x) b',
      'The label "x" is matched on and taken over at once. Name it in one place.',
      'on(x) group_left(x)',
    ],
    ['{a=~".*"}', 'The selector selects every series. Name a metric or a label that must not be empty.', '{a=~".*"}'],
    ['a{__name__="b"}', 'The selector names its metric twice. Name it once.', 'a{__name__="b"}'],
    ['a{b="c}', '"c} is not a closed text with known escapes. Check its quotes.', '"c}'],
    ['a[0s]', 'The range "0s" must be longer than zero.', '0s'],
    ['a[5m:1m]', 'A subquery is not supported. Write the expression without it.', 'a[5m:1m]'],
    ['sum(a) offset 5m', '"offset" follows only a selector. Put it directly behind one.', 'sum(a) offset 5m'],
  ])('refuses %j', (source, message, marked) => {
    const found = failure(source);
    expect(found.message).toBe(message);
    expect(found.marked.trim()).toBe(marked);
  });

  it('refuses a regular expression that RE2 does not have, and marks it', () => {
    expect(failure('a{b=~"(?=x)"}').marked).toBe('"(?=x)"');
    expect(failure('a{b=~"("}').message).toContain('is not a regular expression in RE2 syntax');
  });

  it.each([
    ['a + b offset 5m', 'a + (b offset 5m)'],
    ['a * b offset 5m + c offset 1m * d', '(a * (b offset 5m)) + ((c offset 1m) * d)'],
    ['a + rate(b[5m]) / c offset 1h', 'a + (rate(b[5m]) / (c offset 1h))'],
    ['-a offset 5m', '-(a offset 5m)'],
    ['-a ^ b * c', '(-(a ^ b)) * c'],
    ['a ^ -b ^ c', 'a ^ (-(b ^ c))'],
    ['a or b and c == d unless e', 'a or ((b and (c == d)) unless e)'],
    ['a - b - c', '(a - b) - c'],
  ])('groups %s as %s', (source, grouped) => {
    expect(shape(plan(source).expr)).toEqual(shape(plan(grouped).expr));
  });

  it('names its leaves with what each looks back', () => {
    const { leaves } = plan('a{x="1"} / avg_over_time(b[1h] offset 5m)');
    expect(leaves.map((leaf) => [leaf.matchers.length, leaf.range, leaf.offset, lookback(leaf)])).toEqual([
      [2, 0, 0, 0],
      [1, 60 * MINUTE, 5 * MINUTE, 65 * MINUTE],
    ]);
    expect(lookback(plan('a offset -1h').leaves[0]!)).toBe(0);
  });

  it.each([
    ['absent(a)', [true], [true]],
    ['absent(sum(a)) or b', [true, false], [true, true]],
    ['count_over_time(a[5m]) > b', [true, false], [true, false]],
    ['a unless b', [false, false], [false, true]],
    ['a and b', [false, false], [false, false]],
  ])('tells which leaves of %s ask for themselves and which may be missing', (source, exempt, optional) => {
    const { leaves } = plan(source);
    expect(leaves.map((leaf) => leaf.exempt)).toEqual(exempt);
    expect(leaves.map((leaf) => leaf.optional)).toEqual(optional);
  });

  it.each([
    ['a > 0.95', '>', 0.95],
    ['0.95 < a', '>', 0.95],
    ['a <= -(2)', '<=', -2],
    ['a != b', '!=', undefined],
    ['a > 2 * 3', '>', undefined],
  ])('takes %s apart at its root', (source, op, threshold) => {
    const { root } = plan(source);
    expect([root?.op, root?.threshold]).toEqual([op, threshold]);
  });

  it.each(['a > bool 1', 'a + 1', '(a > 1) and b', '1 > bool 2'])('finds no judging root in %s', (source) => {
    expect(plan(source).root).toBeUndefined();
  });

  it('judges the left value of every pair, whether or not the comparison holds, with the labels of the result', () => {
    const view = viewOf(
      series({ __name__: 'a', asset: 'x', venue: 'v' }, [1]),
      series({ __name__: 'a', asset: 'y', venue: 'v' }, [9]),
      series({ __name__: 'b', asset: 'x' }, [5]),
      series({ __name__: 'b', asset: 'y' }, [5]),
    );
    const compared = plan('a > on(asset) b');
    expect(evaluate(compared, view, 0)).toEqual([{ labels: { asset: 'y' }, value: 9 }]);
    expect(evaluate(compared.root!.left, view, 0)).toEqual([
      { labels: { asset: 'x' }, value: 1 },
      { labels: { asset: 'y' }, value: 9 },
    ]);
  });

  it.each([
    [String.raw`a{b="\x41\u00e9\n\"\101"}`, 'Aé\n"A'],
    ["a{b='\\''}", "'"],
    ['a{b=`\\n`}', '\\n'],
  ])('reads the escapes of %j', (source, value) => {
    expect(plan(source).leaves[0]!.matchers[1]!.value).toBe(value);
  });
});
