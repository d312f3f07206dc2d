import { describe, expect, it } from 'vitest';
import { evaluate, plan } from '../../src/promql/index.ts';
import { needsOf, Windows } from '../../src/series/index.ts';

const MINUTE = 60_000;

const xAt = (time: number, ...values: number[]) => values.map((value, seriesId) => ({ seriesId, at: time, value }));

/** Prices of one asset, one row a source, one column a minute; `judgeFrozen` runs at the last minute. */
function judge(...rows: readonly (readonly number[])[]) {
  const windows = new Windows(needsOf([plan('price_usd')]));
  rows.forEach((values, id) => {
    const labels = { __name__: 'price_usd', asset: 'x', source: String.fromCodePoint(97 + id) };
    const samples = values.map((value, minute) => ({ seriesId: id, at: minute * MINUTE, value }));
    windows.apply({ series: [{ id, labels, maxAge: 3 * MINUTE }], samples });
  });
  const now = (Math.max(...rows.map(({ length }) => length)) - 1) * MINUTE;
  const found = windows.judgeFrozen(now);
  const present = evaluate(plan('price_usd'), windows, now).map(({ labels }) => labels['source']);
  return {
    found: found.map(({ series, since, movingPeers }) => [series.labels['source'], since / MINUTE, movingPeers.length]),
    present,
  };
}

describe('judgeFrozen', () => {
  it.each([
    [
      'two moving peers make a still price stale',
      [
        [1, 1, 1],
        [1, 1, 0.9],
        [1, 1, 0.9],
      ],
      [['a', 0, 2]],
      ['b', 'c'],
    ],
    [
      'one moving peer is reported and both stay',
      [
        [1, 1, 1],
        [1, 1, 0.9],
      ],
      [['a', 0, 1]],
      ['a', 'b'],
    ],
    [
      'a price that moves a little is not frozen',
      [
        [1, 1, 1.0001],
        [1, 1, 0.9],
        [1, 1, 0.9],
      ],
      [],
      ['a', 'b', 'c'],
    ],
    [
      'peers that move at most 1 % say nothing',
      [
        [1, 1, 1],
        [1, 1, 0.9901],
        [1, 1, 1.0099],
      ],
      [],
      ['a', 'b', 'c'],
    ],
    [
      'a frozen price stays frozen once its peers are calm',
      [
        [2, 1, 1, 1, 1],
        [2, 1, 0.9, 0.9, 0.9],
        [2, 1, 0.9, 0.9, 0.9],
      ],
      [['a', 1, 2]],
      ['b', 'c'],
    ],
    [
      'a price that follows late thaws',
      [
        [1, 1, 1, 0.9],
        [1, 1, 0.9, 0.9],
        [1, 1, 0.9, 0.9],
      ],
      [],
      ['a', 'b', 'c'],
    ],
    [
      'moves before it stood still do not count',
      [
        [2, 1, 1],
        [2, 1, 1],
        [2, 1, 1],
      ],
      [],
      ['a', 'b', 'c'],
    ],
    [
      'stale peers say nothing',
      [
        [1, 1, 1, 1, 1, 1, 1],
        [1, 0.9],
        [1, 0.9],
      ],
      [],
      ['a'],
    ],
    ['one sample cannot stand still', [[1], [1, 0.9], [1, 0.9]], [], ['a', 'b', 'c']],
  ])('%s', (_, rows, found, present) => {
    expect(judge(...rows)).toEqual({ found, present });
  });

  it.each([
    ['a minute price that repeats itself once is not frozen beside hourly means', [59, 60], []],
    ['one that stood still while they moved is', Array.from({ length: 62 }, (_, minute) => minute - 1), [0]],
  ])('%s', (_, still, found) => {
    const windows = new Windows(needsOf([plan('price_usd')]));
    const series = [MINUTE, 60 * MINUTE, 60 * MINUTE].map((step, id) => ({
      ...{ id, labels: { __name__: 'price_usd', asset: 'x', source: String(id) }, maxAge: 3 * step },
    }));
    const hourly = [0, 60].flatMap((minute) => xAt(minute * MINUTE, 9, 1 - minute / 600, 1 - minute / 600).slice(1));
    windows.apply({
      series,
      samples: [...still.map((minute) => ({ seriesId: 0, at: minute * MINUTE, value: 1 })), ...hourly],
    });
    expect(windows.judgeFrozen(60 * MINUTE).map(({ series: { labels } }) => Number(labels['source']))).toEqual(found);
  });

  it('thaws a price when it moves again', () => {
    const windows = new Windows(new Map([['price_usd', 0]]));
    const series = ['a', 'b', 'c'].map((source, id) => ({
      id,
      labels: { __name__: 'price_usd', asset: 'x', source },
      maxAge: MINUTE,
    }));
    windows.apply({ series, samples: [...xAt(0, 1, 1, 1), ...xAt(1, 1, 2, 2)] });
    windows.judgeFrozen(1);
    const [price] = windows.select([{ name: 'source', op: '=', value: 'a' }]);
    expect(price!.frozenSince).toBe(0);
    windows.apply({ series: [], samples: xAt(2, 2) });
    expect(windows.judgeFrozen(2)).toEqual([]);
    expect(price!.frozenSince).toBeUndefined();
  });

  it('neither judges nor believes an average, which lags by its nature', () => {
    const windows = new Windows(needsOf([plan('price_usd')]));
    const methods = ['twap', 'spot', 'aggregate'];
    const series = methods.map((method, id) => ({
      id,
      labels: { __name__: 'price_usd', asset: 'x', method },
      maxAge: 3 * MINUTE,
    }));
    windows.apply({ series, samples: [...xAt(0, 1, 1, 1), ...xAt(MINUTE, 1, 0.9, 0.9)] });
    expect(windows.judgeFrozen(MINUTE)).toEqual([]);
    windows.apply({ series: [], samples: xAt(2 * MINUTE, 0.9, 0.8, 0.9) });
    expect(
      windows
        .judgeFrozen(2 * MINUTE)
        .map(({ series: { labels }, movingPeers }) => [labels['method'], movingPeers.length]),
    ).toEqual([['aggregate', 1]]);
  });

  it('compares only prices of the same asset', () => {
    const windows = new Windows(new Map([['price_usd', 0]]));
    const series = ['x', 'y'].map((asset, id) => ({ id, labels: { __name__: 'price_usd', asset }, maxAge: MINUTE }));
    const samples = [
      [0, 1],
      [0, 1],
      [1, 1],
      [1, 2],
    ].map(([seriesId, value], index) => ({ seriesId: seriesId!, at: index % 2, value: value! }));
    windows.apply({ series, samples });
    expect(windows.judgeFrozen(1)).toEqual([]);
  });
});
