import { expect, it } from 'vitest';
import { plan } from '../../src/promql/index.ts';

const LABELS = ['asset', 'source', 'class', 'venue'];

/** For each selector, in order, the labels that it shares with the result. */
const shared = (expr: string) =>
  plan(expr).leaves.map((leaf) => LABELS.filter((label) => leaf.shares(label)).join(' '));

it.each([
  ['a', ['asset source class venue']],
  ['a > 1', ['asset source class venue']],
  ['a / b', ['asset source class venue', 'asset source class venue']],
  ['a / on(asset) b', ['asset', 'asset']],
  ['a / ignoring(source) b', ['asset class venue', 'asset class venue']],
  ['a / on(asset) group_left() b', ['asset source class venue', 'asset']],
  ['a * on(asset) group_left(class) b', ['asset source venue', 'asset class']],
  ['b * on(asset) group_right(class) a', ['asset class', 'asset source venue']],
  ['a and on(asset) b', ['asset source class venue', 'asset']],
  ['a unless ignoring(source) b', ['asset source class venue', 'asset class venue']],
  ['a or on(asset) b', ['asset source class venue', 'asset source class venue']],
  ['sum by (asset) (a)', ['asset']],
  ['sum without (venue) (a)', ['asset source class']],
  ['sum(a) / on() group_right() b', ['', 'asset source class venue']],
  ['topk(1, a)', ['asset source class venue']],
  ['max by (asset) (a / on(asset, source) group_left() b)', ['asset', 'asset']],
  ['a > scalar(b)', ['asset source class venue', '']],
  ['-rate(a[5m])', ['asset source class venue']],
])('%s', (expr, expected) => {
  expect(shared(expr)).toEqual(expected);
});
