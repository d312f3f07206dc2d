import { describe, expect, it } from 'vitest';
import { readSeries, readValues } from '../../../src/promql/script/index.ts';

describe('readValues', () => {
  it.each([
    ['1 2.5 -3e2 .5', [1, 2.5, -300, 0.5]],
    ['1+2x3', [1, 3, 5, 7]],
    ['10-2x2', [10, 8, 6]],
    ['4x2', [4, 4, 4]],
    ['_ _x2 5', ['none', 'none', 'none', 5]],
    ['stale NaN Inf -Inf', ['stale', NaN, Infinity, -Infinity]],
    ['{{schema:0 sum:1}} {{sum:1}}+{{sum:2}}x2', ['histogram', 'histogram', 'histogram', 'histogram']],
    ['', []],
  ])('reads %j', (text, values) => {
    expect(readValues(text)).toEqual(values);
  });

  it.each(['one', '1x', '1+x3', '__'])('finds no values in %j', (text) => {
    expect(readValues(text)).toBeUndefined();
  });
});

describe('readSeries', () => {
  it.each([
    ['a 1 2', { labels: { __name__: 'a' }, rest: ' 1 2' }],
    ['a{} 1', { labels: { __name__: 'a' }, rest: ' 1' }],
    ['{b="c"} 1', { labels: { b: 'c' }, rest: ' 1' }],
    ['a{b="}", c=\'"\',} 1', { labels: { __name__: 'a', b: '}', c: '"' }, rest: ' 1' }],
    ['{"a.b", "c.d"="e"} 1', { labels: { __name__: 'a.b', 'c.d': 'e' }, rest: ' 1' }],
    ['a {{sum:1}}', { labels: { __name__: 'a' }, rest: ' {{sum:1}}' }],
  ])('reads %j', (line, series) => {
    expect(readSeries(line)).toEqual(series);
  });

  it.each(['1 2', 'a{b=1} 1', 'a{b="c" 1'])('finds no series in %j', (line) => {
    expect(readSeries(line)).toBeUndefined();
  });
});
