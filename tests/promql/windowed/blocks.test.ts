import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateRange, plan } from '../../../src/promql/index.ts';
import { Windows } from '../../../src/series/index.ts';
import { MINUTE } from '../view.ts';

const FUNCTIONS = [
  ...['sum', 'avg', 'min', 'max', 'count', 'stddev', 'stdvar'].map((name) => `${name}_over_time`),
  ...['changes', 'resets', 'increase', 'rate'],
];
const LABELS = { __name__: 'a', b: 'c' };

/** A sample each minute or so, for two days and more. */
const samples = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 120 }),
      value: fc.oneof(
        { weight: 1000, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
        { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 1e308, -0) },
      ),
    }),
    { minLength: 200, maxLength: 1500, size: 'max' },
  )
  .map((steps) => {
    let at = 1_700_000_000_000;
    return steps.map(({ gap, value }) => ({ at: (at += gap * 1000), value }));
  });

const HELD = 5 * 60 * MINUTE;

/** One series with these samples, of which the last five hours and more are kept. */
class World extends Windows {
  constructor(points: readonly { at: number; value: number }[]) {
    super(new Map([['a', HELD]]));
    for (const { at, value } of points) this.sample(at, value);
  }

  sample(at: number, value: number): void {
    this.put({ labels: LABELS, maxAge: 5 * MINUTE, at, value });
  }
}

/** The bits of the values, so that `-0` and every NaN count. */
function bits(values: readonly { readonly value: number }[]): string {
  return Buffer.from(Float64Array.from(values, ({ value }) => (Number.isNaN(value) ? NaN : value)).buffer).toString(
    'hex',
  );
}

/** Evaluated by a plan and over a series that have seen nothing before. */
function cold(source: string, points: readonly { at: number; value: number }[], now: number): string {
  return bits(evaluate(plan(source), new World(points.filter(({ at }) => at <= now)), now));
}

describe('windowed functions', () => {
  it.each([...FUNCTIONS, 'quantile_over_time'])('%s is the same to the last bit however it came about', (name) => {
    const source = name.startsWith('quantile') ? `${name}(0.3, a[4h])` : `${name}(a[4h])`;
    fc.assert(
      fc.property(samples, fc.array(fc.nat(), { maxLength: 5 }), (points, late) => {
        const kept = plan(source);
        const view = new World([]);
        const held = new Set(late.map((index) => index % points.length));
        const seen: { at: number; value: number }[] = [];
        points.forEach((point, index) => {
          if (held.has(index)) return;
          seen.push(point);
          view.sample(point.at, point.value);
          if (index % 50 === 0) view.prune(point.at);
          if (index % 100 === 0) {
            const early = points[[...held].find((one) => one < index) ?? -1];
            if (early !== undefined) {
              view.sample(early.at, early.value);
              seen.push(early);
              held.delete(points.indexOf(early));
            }
          }
          if (index % 23 === 0) expect(bits(evaluate(kept, view, point.at))).toBe(cold(source, seen, point.at));
        });
      }),
      { numRuns: 6 },
    );
  });

  it.each([...FUNCTIONS, 'quantile_over_time'])('%s forgets samples that are taken back', (name) => {
    const source = name.startsWith('quantile') ? `${name}(0.3, a[4h])` : `${name}(a[4h])`;
    fc.assert(
      fc.property(samples, fc.array(fc.nat({ max: 4 }), { minLength: 40, maxLength: 40 }), (points, depths) => {
        const kept = plan(source);
        const view = new World([]);
        view.apply({ series: [{ id: 1, labels: LABELS, maxAge: 5 * MINUTE }], samples: [] });
        const seen: { at: number; value: number }[] = [];
        const evaluated = (at: number) => bits(evaluate(kept, view, at));
        points.forEach((point, index) => {
          seen.push(point);
          view.sample(point.at, point.value);
          if (index % 37 !== 0) return;
          evaluated(point.at);
          const depth = depths[index / 37] ?? 0;
          const undone = seen.splice(seen.length - depth, depth).map(({ at }) => ({ seriesId: 1, at }));
          view.apply({ series: [], samples: [], undone: index % 2 === 0 ? undone : undone.toReversed() });
          expect(evaluated(point.at)).toBe(cold(source, seen, point.at));
        });
      }),
      { numRuns: 6 },
    );
  });

  it.each(FUNCTIONS)('%s over the steps of a range is what it is at each of them', (name) => {
    const source = name.startsWith('quantile') ? `${name}(0.3, a[4h])` : `${name}(a[4h])`;
    fc.assert(
      fc.property(samples, (points) => {
        const [start, end] = [points[0]!.at, points.at(-1)!.at];
        const [track] = evaluateRange(plan(source), new World(points), { start, end, step: 17 * MINUTE });
        for (const point of track!.points) expect(bits([point])).toBe(cold(source, points, point.at));
      }),
      { numRuns: 3 },
    );
  });

  it.each([
    ['sum_over_time(a[1d])', 'sum_over_time(a[1d:1m])'],
    ['avg_over_time(a[1d])', 'avg_over_time(a[1d:1m])'],
    ['min_over_time(a[1d])', 'min_over_time(a[1d:1m])'],
    ['max_over_time(a[1d])', 'max_over_time(a[1d:1m])'],
    ['stddev_over_time(a[1d])', 'stddev_over_time(a[1d:1m])'],
    ['stdvar_over_time(a[1d])', 'stdvar_over_time(a[1d:1m])'],
    ['changes(a[1d])', 'changes(a[1d:1m])'],
    ['resets(a[1d])', 'resets(a[1d:1m])'],
    ['increase(a[1d])', 'increase(a[1d:1m])'],
  ])('%s is what the samples themselves come to', (folded, scanned) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 400, maxLength: 2000, size: 'max' }),
        (values) => {
          const view = new World(values.map((value, index) => ({ at: index * MINUTE, value })));
          const now = (values.length - 1) * MINUTE;
          const [a] = evaluate(plan(folded), view, now);
          const [b] = evaluate(plan(scanned), view, now);
          expect(a!.value).toBeCloseTo(b!.value, 6);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('sees a sample that is corrected after it was folded', () => {
    const view = new World(Array.from({ length: 600 }, (_, index) => ({ at: index * MINUTE, value: 1 })));
    const most = plan('max_over_time(a[10h])');
    expect(evaluate(most, view, 599 * MINUTE)[0]!.value).toBe(1);
    view.sample(100 * MINUTE, 5);
    expect(evaluate(most, view, 599 * MINUTE)[0]!.value).toBe(5);
    view.sample(100.5 * MINUTE, 7);
    expect(evaluate(most, view, 599 * MINUTE)[0]!.value).toBe(7);
  });
});
