import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAME, type Matcher } from '../../src/model/labels.ts';
import { peek, valueAt, type SeriesWindow } from '../../src/model/series.ts';
import { compileMatchers, plan } from '../../src/promql/index.ts';
import { EVERY_METRIC, needsOf, Windows } from '../../src/series/index.ts';

const METRIC: readonly Matcher[] = [{ name: NAME, op: '=', value: 'tvl_usd' }];
const MAX_AGE = 10;
const tvl = (id: number, asset: string, endedAt?: number) => ({
  id,
  labels: { __name__: 'tvl_usd', asset },
  maxAge: MAX_AGE,
  ...(endedAt === undefined ? {} : { endedAt }),
});

function pastOf(needs: ConstructorParameters<typeof Windows>[0], past: Parameters<Windows['apply']>[0]): Windows {
  const windows = new Windows(needs);
  windows.apply(past);
  return windows;
}

function points({ times, values, from, to }: SeriesWindow): [number, number][] {
  return Array.from({ length: to - from }, (_, index) => [times[from + index]!, values[from + index]!]);
}

/** Forgets samples before the horizon, but the newest. */
function forget(model: Map<number, number>, horizon: number): void {
  const newest = Math.max(...model.keys());
  for (const at of model.keys()) if (at < horizon && at !== newest) model.delete(at);
}

describe('Windows', () => {
  it('holds what a map for each series would, whatever the order, repetition and pruning', () => {
    const ids = [1, 2, 3, 4];
    const put = fc.record({
      kind: fc.constant('put' as const),
      of: fc.subarray(ids, { minLength: 1 }),
      later: fc.integer({ min: -6, max: 3 }),
      value: fc.double({ noNaN: true }),
    });
    const prune = fc.record({ kind: fc.constant('prune' as const), ahead: fc.integer({ min: -20, max: 60 }) });
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 12, arbitrary: put }, prune), { maxLength: 300, size: 'max' }),
        (steps) => {
          const windows = new Windows(new Map([['tvl_usd', 30]]));
          windows.apply({ series: ids.map((id) => tvl(id, `x${id}`)), samples: [] });
          const models = ids.map(() => new Map<number, number>());
          let now = 50;
          for (const step of steps) {
            if (step.kind === 'put') {
              now += Math.max(0, step.later);
              const at = now + Math.min(0, step.later);
              const samples = step.of.map((seriesId) => ({ seriesId, at, value: step.value }));
              windows.apply({ series: [], samples });
              for (const id of step.of) models[id - 1]!.set(at, step.value);
            } else {
              windows.prune(now + step.ahead);
              for (const [index, model] of models.entries()) {
                const newest = Math.max(...model.keys());
                const horizon = now + step.ahead - 30 - MAX_AGE;
                models[index] = new Map([...model].filter(([at]) => at >= horizon || at === newest));
              }
            }
          }
          for (const series of windows.select(METRIC))
            expect(points(series)).toEqual([...models[series.id - 1]!].sort(([a], [b]) => a - b));
        },
      ),
    );
  });

  it('holds what it would had samples that are taken back never come', () => {
    const ids = [1, 2, 3];
    const some = fc.subarray(ids, { minLength: 1 });
    const put = fc.record({ kind: fc.constant('put' as const), of: some, later: fc.integer({ min: -3, max: 3 }) });
    const take = fc.record({ kind: fc.constant('take' as const), of: some, back: fc.nat({ max: 4 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: put }, take), { maxLength: 200, size: 'max' }), (steps) => {
        const windows = new Windows(new Map([['tvl_usd', 10_000]]));
        windows.apply({ series: ids.map((id) => tvl(id, `x${id}`)), samples: [] });
        const models = ids.map(() => new Map<number, number>());
        const newest = (seriesId: number, back: number) =>
          [...models[seriesId - 1]!.keys()].toSorted((a, b) => b - a)[back];
        let now = 50;
        for (const [value, step] of steps.entries()) {
          if (step.kind === 'put') {
            const at = (now += step.later);
            windows.apply({ series: [], samples: step.of.map((seriesId) => ({ seriesId, at, value })) });
            for (const id of step.of) models[id - 1]!.set(at, value);
          } else {
            const undone = step.of.map((seriesId) => ({ seriesId, at: newest(seriesId, step.back) ?? -1 }));
            windows.apply({ series: [], samples: [], undone });
            for (const { seriesId, at } of undone) models[seriesId - 1]!.delete(at);
          }
          for (const { id, from, to, slot } of windows.select(METRIC)) {
            expect(windows.latest.at[slot!]).toBe(from === to ? Infinity : newest(id, 0));
          }
        }
        for (const series of windows.select(METRIC))
          expect(points(series)).toEqual([...models[series.id - 1]!].toSorted(([a], [b]) => a - b));
      }),
      { numRuns: 50 },
    );
  });

  it('takes a zero below zero for another value than zero', () => {
    const windows = new Windows(new Map([['tvl_usd', 30]]));
    for (const value of [0, -0]) windows.apply({ series: [tvl(1, 'x')], samples: [{ seriesId: 1, at: 49, value }] });
    expect(windows.select(METRIC).map(points)).toEqual([[[49, -0]]]);
  });

  it('goes on side by side when the newest samples of all are taken back', () => {
    const windows = new Windows(new Map([['tvl_usd', 30]]));
    const ids = Array.from({ length: 100 }, (_, id) => id);
    windows.apply({ series: ids.map((id) => tvl(id, `x${id}`)), samples: [] });
    for (let at = 0; at < 100; at += 2) {
      const undone = ids.map((seriesId) => ({ seriesId, at: at - 1 }));
      windows.apply({ series: [], undone, samples: ids.map((seriesId) => ({ seriesId, at, value: at })) });
      windows.apply({ series: [], samples: ids.map((seriesId) => ({ seriesId, at: at + 1, value: at })) });
    }
    expect(new Set(windows.select(METRIC).map(({ times }) => times)).size).toBe(1);
  });

  it('holds as much whatever has been packed, however far a series is behind', () => {
    const ids = [1, 2, 3, 4, 5];
    const step = fc.record({
      of: fc.oneof({ weight: 4, arbitrary: fc.constant(ids) }, { weight: 1, arbitrary: fc.subarray(ids) }),
      count: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 150 })),
      bySeries: fc.boolean(),
      rewrite: fc.option(fc.nat(400), { freq: 9 }),
      take: fc.option(fc.nat(400), { freq: 9 }),
      prunes: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 20, size: 'max' }),
        fc.constantFrom(20, 100, 1000),
        fc.constantFrom(1, 3),
        (steps, reach, digits) => {
          const windows = new Windows(new Map([['tvl_usd', reach]]));
          windows.apply({ series: ids.map((id) => tvl(id, `x${id}`)), samples: [] });
          const models = ids.map(() => new Map<number, number>());
          let now = 0;
          for (const { of, count, bySeries, rewrite, take, prunes } of steps) {
            const samples = Array.from({ length: count }, () => {
              now++;
              return of.map((seriesId) => ({ seriesId, at: now, value: Math.round(now * seriesId) / 10 ** digits }));
            });
            windows.apply({
              series: [],
              samples: bySeries ? samples.flat().sort((a, b) => a.seriesId - b.seriesId) : samples.flat(),
            });
            for (const { seriesId, at, value } of samples.flat()) models[seriesId - 1]!.set(at, value);
            const late = { seriesId: 1 + (now % ids.length), at: now - (rewrite ?? 0), value: Math.PI };
            if (rewrite !== null && late.at > 0 && models[late.seriesId - 1]!.size > 0) {
              windows.apply({ series: [], samples: [late] });
              models[late.seriesId - 1]!.set(late.at, late.value);
            }
            const undone = { seriesId: 1 + (now % ids.length), at: now - (take ?? 0) };
            if (take !== null && models[undone.seriesId - 1]!.delete(undone.at))
              windows.apply({ series: [], samples: [], undone: [undone] });
            if (!prunes) continue;
            windows.prune(now);
            for (const model of models) forget(model, now - reach - MAX_AGE);
          }
          for (const series of windows.select(METRIC)) {
            const model = models[series.id - 1]!;
            const expected = [...model].sort(([a], [b]) => a - b);
            expect(points(series)).toEqual(expected);
            const places = expected.map((_, place) => series.from + place);
            expect(places.map((index) => valueAt(series, index))).toEqual(expected.map(([, value]) => value));
            const middle = Math.floor((series.from + series.to) / 2);
            expect([...peek(series, middle, series.to).subarray(middle, series.to)]).toEqual(
              [...series.values].slice(middle, series.to),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps one row of times for series that are sampled together', () => {
    const windows = new Windows(new Map([['tvl_usd', 30]]));
    const ids = Array.from({ length: 100 }, (_, id) => id);
    windows.apply({ series: ids.map((id) => tvl(id, `x${id}`)), samples: [] });
    for (let at = 0; at < 300; at++) {
      const some = at === 200 ? ids.filter((id) => id % 2 === 0) : ids;
      windows.apply({ series: [], samples: some.map((seriesId) => ({ seriesId, at, value: at })) });
      windows.prune(at);
    }
    expect(new Set(windows.select(METRIC).map(({ times }) => times)).size).toBe(2);
  });

  it('selects what a test of every series would, also once some have ended', () => {
    const text = fc.constantFrom('', 'a', 'b');
    const labels = fc.record({ [NAME]: fc.constantFrom('tvl_usd', 'price_usd'), asset: text, chain: text });
    const matcher = fc.record({
      name: fc.constantFrom(NAME, 'asset', 'chain', 'absent'),
      op: fc.constantFrom('=' as const, '!=' as const, '=~' as const),
      value: fc.constantFrom('', 'a', 'b', 'tvl_usd'),
    });
    const key = fc.uniqueArray(labels, { selector: (each) => JSON.stringify(each), maxLength: 12 });
    fc.assert(
      fc.property(
        key,
        fc.array(matcher, { maxLength: 3 }),
        fc.integer({ min: 0, max: 12 }),
        (sets, matchers, ended) => {
          const windows = new Windows(new Map([[EVERY_METRIC, 30]]));
          const series = sets.map((each, id) => ({ id, labels: each, maxAge: MAX_AGE }));
          windows.apply({ series, samples: [] });
          windows.apply({ series: series.slice(0, ended).map((each) => ({ ...each, endedAt: 1 })), samples: [] });
          const matches = compileMatchers(matchers);
          const expected = series.slice(ended).filter((each) => matches(each.labels));
          expect(new Set(windows.select(matchers).map(({ id }) => id))).toEqual(new Set(expected.map(({ id }) => id)));
        },
      ),
    );
  });

  it('reuses its arrays when old samples are pruned', () => {
    const windows = new Windows(new Map([['tvl_usd', 30]]));
    windows.apply({ series: [tvl(1, 'x')], samples: [] });
    for (let at = 0; at < 10_000; at++) {
      windows.apply({ series: [], samples: [{ seriesId: 1, at, value: at }] });
      windows.prune(at);
    }
    const [window] = windows.select(METRIC);
    expect(window!.times.length).toBeLessThanOrEqual(128);
    expect(points(window!).map(([at]) => at)).toEqual(Array.from({ length: 41 }, (_, index) => 9_959 + index));
  });

  it('knows a declared series before its first sample, and forgets an ended one', () => {
    const windows = new Windows(new Map([['tvl_usd', 0]]));
    windows.apply({ series: [tvl(1, 'x'), tvl(2, 'y')], samples: [] });
    expect(windows.select(METRIC).map(({ from, to }) => to - from)).toEqual([0, 0]);
    windows.apply({ series: [tvl(1, 'x', 5)], samples: [{ seriesId: 1, at: 4, value: 1 }] });
    expect(windows.select(METRIC).map(({ labels }) => labels['asset'])).toEqual(['y']);
  });

  it('moves its generation with the series, not with their samples', () => {
    const windows = new Windows(new Map([['tvl_usd', 0]]));
    windows.apply({ series: [tvl(1, 'x')], samples: [] });
    const { generation } = windows;
    const found = windows.select(METRIC);
    windows.apply({ series: [tvl(1, 'x')], samples: [{ seriesId: 1, at: 4, value: 1 }] });
    expect(windows.generation).toBe(generation);
    expect(windows.select(METRIC)).toBe(found);
    expect(points(found[0]!)).toEqual([[4, 1]]);
    windows.apply({ series: [tvl(2, 'y')], samples: [] });
    expect(windows.generation).toBeGreaterThan(generation);
    expect(windows.select(METRIC)).toHaveLength(2);
  });

  it("takes a rule's own sample before the store has given the series an id", () => {
    const windows = new Windows(new Map([['tvl_usd', 0]]));
    const sample = { labels: { asset: 'x', __name__: 'tvl_usd' }, maxAge: MAX_AGE, at: 1, value: 5 };
    expect([windows.put(sample), windows.put(sample), windows.put({ ...sample, maxAge: 11 })]).toEqual([
      true,
      false,
      true,
    ]);
    windows.apply({
      series: [tvl(7, 'x')],
      samples: [
        { seriesId: 7, at: 1, value: 5 },
        { seriesId: 7, at: 2, value: 6 },
      ],
    });
    const [window, ...others] = windows.select(METRIC);
    expect(others).toEqual([]);
    expect(window!.id).toBe(7);
    expect(points(window!)).toEqual([
      [1, 5],
      [2, 6],
    ]);
  });

  it('keeps what it holds when other rules come, and reads only what they ask for beyond it', () => {
    const windows = new Windows(new Map([['tvl_usd', 100]]));
    windows.apply({ series: [tvl(1, 'x')], samples: [{ seriesId: 1, at: 4, value: 1 }] });
    const [held] = windows.select(METRIC);
    const debt = { id: 2, labels: { asset: 'x', __name__: 'debt_usd' }, maxAge: MAX_AGE };
    const needs = new Map([
      ['tvl_usd', 50],
      ['debt_usd', 0],
    ]);
    expect(windows.missing(needs)).toEqual(new Map([['debt_usd', 0]]));
    windows.cover(
      windows.missing(needs),
      pastOf(needs, { series: [debt], samples: [{ seriesId: 2, at: 3, value: 7 }] }),
    );
    expect(windows.missing(needs)).toEqual(new Map());
    expect(windows.select(METRIC)).toEqual([held]);
    expect(windows.select([{ name: NAME, op: '=', value: 'debt_usd' }]).map(points)).toEqual([[[3, 7]]]);
    windows.narrow(new Map([['debt_usd', 0]]));
    expect(windows.select(METRIC)).toEqual([]);
  });

  it('reads the whole history again of a metric that is looked back on for longer', () => {
    const windows = new Windows(new Map([['tvl_usd', 0]]));
    windows.apply({ series: [tvl(1, 'x')], samples: [{ seriesId: 1, at: 9, value: 1 }] });
    const missing = windows.missing(new Map([['tvl_usd', 50]]));
    const samples = [8, 9].map((at) => ({ seriesId: 1, at, value: at }));
    windows.cover(missing, pastOf(missing, { series: [tvl(1, 'x')], samples }));
    expect(windows.select(METRIC).map(points)).toEqual([
      [
        [8, 8],
        [9, 9],
      ],
    ]);
  });

  it('holds only metrics that some rule reads', () => {
    const windows = new Windows(needsOf([plan('tvl_usd')]));
    windows.apply({
      series: [{ id: 1, labels: { __name__: 'price_usd' }, maxAge: 1 }],
      samples: [{ seriesId: 1, at: 1, value: 1 }],
    });
    expect(windows.select([{ name: NAME, op: '=~', value: '.+' }])).toEqual([]);
  });
});

describe('needsOf', () => {
  it('is the longest look back of each metric', () => {
    const plans = ['delta(tvl_usd[1h]) > tvl_usd offset 2h', 'tvl_usd', 'debt_usd'].map((source) => plan(source));
    expect(needsOf(plans)).toEqual(
      new Map([
        ['tvl_usd', 7_200_000],
        ['debt_usd', 0],
      ]),
    );
  });

  it('holds for every metric when a selector names none, and keeps prices for a day', () => {
    const needs = needsOf([plan('changes({asset="x"}[5m])')]);
    expect(needs).toEqual(
      new Map([
        [EVERY_METRIC, 300_000],
        ['price_usd', 86_400_000],
      ]),
    );
  });
});
