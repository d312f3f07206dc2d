import { describe, expect, it } from 'vitest';
import type { Expr } from '../../src/promql/ast.ts';
import { evaluate, leafInstant, lookback, plan, PromqlError } from '../../src/promql/index.ts';
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
    [
      Array.from({ length: 5000 }, () => 'a').join(' or '),
      '"a" is not expected here. Check the expression before it. If that is right, it is too long: more than 250 operators or open brackets may not be read. Record parts of it.',
      'a',
    ],
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
    ['a{""="x"}', '"" is no label name. Write a Unicode text that is not empty.', '""'],
    ['foo{__name__=~"x"}', 'The selector names its metric twice. Name it once.', 'foo{__name__=~"x"}'],
    ['{}', 'The selector selects every series. Name a metric or a label that must not be empty.', '{}'],
    [
      'sum(a) offset 5m',
      '"offset" follows only a selector or a subquery. Put it directly behind one.',
      'sum(a) offset 5m',
    ],
    ['(a) offset 5m', '"offset" follows only a selector or a subquery. Put it directly behind one.', '(a) offset 5m'],
    ['abs(a) @ end()', '"@" follows only a selector or a subquery. Put it directly behind one.', 'abs(a) @ end()'],
    ['a offset 1m offset 2m', 'The selector has two offsets. Write their sum.', 'a offset 1m offset 2m'],
    ['a @ 1 @ 2', 'The selector has two "@". Write one.', 'a @ 1 @ 2'],
    ['a @ inf', '"inf" is no instant. "@" takes seconds since 1970, start() or end().', 'inf'],
    ['a offset inf', '"inf" is no duration. Write one such as 5m.', 'inf'],
    [
      '(a)[5m]',
      'A range in brackets follows only a selector. Put it directly behind one, or write a subquery such as [5m:1m].',
      '(a)[5m]',
    ],
    [
      'a offset 5m [5m]',
      'A range stands directly behind its selector, once and before "offset" and "@".',
      'a offset 5m [5m]',
    ],
    ['a[5m][5m:1m]', 'A subquery needs an instant vector before it, not a range vector.', 'a[5m]'],
    ['time()[5m:]', 'A subquery needs an instant vector before it, not a scalar.', 'time()'],
    ['a[5m:0s]', 'The range "0s" must be longer than zero.', '0s'],
    ['-a[5m]', 'A sign needs a scalar or an instant vector behind it, not a range vector.', 'a[5m]'],
    ['"x" + 1', '"+" needs scalars or instant vectors, not a text.', '"x"'],
    ['a[5m] + 1', '"+" needs scalars or instant vectors, not a range vector.', 'a[5m]'],
    ['1 and 2', '"and" needs an instant vector on both sides, not a scalar.', '1 and 2'],
    ['a and bool b', '"bool" goes only with a comparison, not "and".', 'a and bool b'],
    ['Abs(a)', '"Abs" is not a PromQL function. Did you mean "abs"?', 'Abs'],
    ['hour(a, b)', '"hour" has 2 arguments; it takes 0 to 1.', 'hour(a, b)'],
    ['label_join(a, "b")', '"label_join" has 2 arguments; it takes 3 or more.', 'label_join(a, "b")'],
    ['label_join(a, "b", "-", 1)', 'Argument 4 of "label_join" must be a text; this is a scalar.', '1'],
    ['label_replace(a, "", "", "", "")', '"" is no label name. Write a Unicode text that is not empty.', '""'],
    [
      String.raw`label_replace(a, "\xff", "", "", "")`,
      '"\udcff" is no label name. Write a Unicode text that is not empty.',
      String.raw`"\xff"`,
    ],
    ['count_values("", a)', '"" is no label name. Write a Unicode text that is not empty.', '""'],
    ['sum(a, b)', '"sum" has 2 arguments; it takes 1.', 'sum(a, b)'],
    ['topk(b, a)', 'Argument 1 of "topk" must be a scalar; this is an instant vector.', 'b'],
    ['sum(a) by', 'The expression ends too early. An operand or a closing bracket is missing.', ''],
    [
      String.raw`a{b="\q"}`,
      String.raw`"\q" is not a closed text with known escapes. Check its quotes.`,
      String.raw`"\q"`,
    ],
  ])('refuses %j', (source, message, marked) => {
    const found = failure(source);
    expect(found.message).toBe(message);
    expect(found.marked.trim()).toBe(marked);
  });

  it.each([
    ['mad_over_time(a[5m])', 'experimental function "mad_over_time"', 'mad_over_time'],
    ['1 + min_of(1, 2)', 'experimental function "min_of"', 'min_of'],
    ['limitk(1, a)', 'experimental function "limitk"', 'limitk'],
    ['info(a)', 'experimental function "info"', 'info'],
    ['sort_by_label(a, "b")', 'experimental function "sort_by_label"', 'sort_by_label'],
    ['start()', 'experimental function "start"', 'start'],
    ['histogram_avg(a)', 'native histogram function "histogram_avg"', 'histogram_avg'],
    ['holt_winters(a[5m], 1, 1)', 'function "holt_winters", which Prometheus 3 took away,', 'holt_winters'],
    ['rate(a[5m] smoothed)', 'experimental modifier "smoothed"', 'a[5m] smoothed'],
    ['a + fill(0) b', 'experimental modifier "fill"', 'fill(0)'],
    ['a[5m + 1m]', 'experimental duration arithmetic "5m + 1m"', '5m + 1m'],
    ['a offset step()', 'experimental duration arithmetic "step()"', 'step()'],
    ['a </ 3', 'native histogram operator "</"', '</'],
  ])('refuses %j by name', (source, what, marked) => {
    const found = failure(source);
    expect(found.message).toBe(`The ${what} is not supported. Write the expression without it.`);
    expect(found.marked).toBe(marked);
  });

  it.each([
    '1 + on() 2',
    'a + on() 1',
    '{__name__="a", __name__="b"}',
    'a{b="1", b!="2"}',
    '((a))[5m:] offset 1m @ end()',
    '(a @ 5)',
    'a @ -1.5',
    'sum by ("x.y") ({"a.b", "c.d"="e"})',
    'a # a remark',
    '5m30s + 1_000 + 0x1F + .5 + 1. + 1./6.',
    'SUM(a) BY (b) OR c',
    'count{on="1"} / ignoring(offset, bool) avg',
    'label_join(a, "b", "-")',
  ])('accepts %s', (source) => {
    expect(plan(source).source).toBe(source);
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
    ['-a @ 5', '-(a @ 5)'],
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

  it('looks back over every subquery around a selector, up to a fixed instant', () => {
    const [nested] = plan('max_over_time(rate(a[5m] offset 1m)[1h:1m] offset 10m)').leaves;
    expect([nested!.range, nested!.offset]).toEqual([65 * MINUTE, 11 * MINUTE]);
    const [inner, outer] = plan('max_over_time((a @ 60)[1h:]) + max_over_time(a[1h:] @ 60)').leaves;
    expect([inner!.range, leafInstant(inner!, 5 * MINUTE), leafInstant(outer!, 5 * MINUTE)]).toEqual([
      0,
      MINUTE,
      MINUTE,
    ]);
    expect(lookback(inner!)).toBeGreaterThan(365 * 24 * 60 * MINUTE);
    expect(leafInstant(plan('a @ end() offset 1m').leaves[0]!, 5 * MINUTE)).toBe(4 * MINUTE);
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
    [String.raw`a{b="\xc3\xa9\303\251"}`, 'éé'],
  ])('reads the escapes of %j', (source, value) => {
    expect(plan(source).leaves[0]!.matchers[1]!.value).toBe(value);
  });
});
