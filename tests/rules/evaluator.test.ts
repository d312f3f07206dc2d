import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAME } from '../../src/model/labels.ts';
import type { AlertRule } from '../../src/model/rule.ts';
import { divide, frameAt, keyOf, plan, type Column } from '../../src/promql/index.ts';
import { compileGroup, isAlert, type CompiledAlert } from '../../src/rules/compile.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from './world.ts';

/** What rules may say of one asset; those of the second list cannot be evaluated for several assets at once. */
const DIVIDED = [
  ...['price{asset="$"} > 1', '2 <= price{asset="$"}', 'abs(price{asset="$"} - 2) > 0.5', '-price{asset="$"} < -1'],
  ...['price{asset="$"} / on(asset) nav{asset="$"} > 1', 'price{asset="$"} > ignoring(venue) nav{asset="$"}'],
  ...['price{asset="$"} / on(asset) group_left() nav{asset="$"} != 1', 'price{asset="$"} == bool 2'],
  ...['max by (asset) (price{asset="$"}) >= 2', 'avg without (venue) (price{asset="$"}) > 1'],
  ...['topk by (asset) (1, price{asset="$"}) > 1', 'price{asset="$"} > 1 or on(asset) nav{asset="$"} > 1'],
  ...['max_over_time(price{asset="$"}[6m]) - price{asset="$"} > 0', 'avg_over_time((price{asset="$"} * 2)[6m:2m]) > 2'],
  ...['price{asset="$", venue=~"a|b"} * time() / time() > 1', 'price{asset="$"} unless on(asset) nav{asset="$"} > 2'],
];
const ALONE = [
  ...['sum(price{asset="$"}) > 2', 'price{asset="$"} / on(venue) group_left() nav{asset="$"} > 1'],
  ...['absent(price{asset="$"})', 'price{asset="$"} > scalar(nav{asset="$"})', 'vector(1) or price{asset="$"} > 1'],
  ...['topk(1, price{asset="$"}) > 1', 'price{asset="$"} or on() nav{asset="$"}', 'price{asset="$"} > nav{asset!="$"}'],
  ...['label_replace(price{asset="$"}, "asset", "z", "", "") > 1', 'price{asset="$"} + on() group_left() nav > 1'],
  ...[
    'count_values by (asset) ("asset", price{asset="$"})',
    'price{asset=~"$"} > 1',
    'price{asset="$",asset!="z"} > 1',
  ],
  ...['price{asset="$"} * ignoring(venue) group_left(asset) nav{asset="$"} > 1', 'price{asset=""} > 1'],
];
const ASSETS = ['x', 'y', 'z'];
const SERIES = ASSETS.flatMap((asset) => [
  { [NAME]: 'price', asset, venue: 'a' },
  { [NAME]: 'price', asset, venue: 'b' },
  { [NAME]: 'nav', asset },
  { [NAME]: 'nav', asset, venue: 'a' },
]);

const of = (expr: string, asset: string): string => expr.replaceAll('$', asset);

function compiled(rules: readonly AlertRule[]): readonly CompiledAlert[] {
  return compileGroup({ name: 'g', interval: MINUTE, rules }).rules.filter((one) => isAlert(one));
}

function listed({ shape, values, present }: Column): readonly string[] {
  const here = shape.labels.flatMap((labels, place) => (present[place] ? [`${keyOf(labels)} ${values[place]}`] : []));
  return here.toSorted();
}

function said({ evaluator, reading }: CompiledAlert, windows: Windows, now: number): unknown {
  try {
    const { result, compared } = evaluator.run(frameAt(windows, now, reading));
    return [listed(result), listed(compared)];
  } catch (error) {
    return String(error);
  }
}

const minute = fc.array(fc.constantFrom(undefined, 0, 1, 1.5, 2, 3), {
  minLength: SERIES.length,
  maxLength: SERIES.length,
});

describe('evaluatorsOf', () => {
  it('makes of rules that are evaluated together what each of them says alone', () => {
    const source = fc.record({
      expr: fc.constantFrom(...DIVIDED, ...ALONE),
      levels: fc.constantFrom([], [], [level({ above: 1, clear: 1 })]),
    });
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 3 }),
        fc.array(minute, { maxLength: 8 }),
        (sources, minutes) => {
          const rules: AlertRule[] = sources.flatMap(({ expr, levels }, index) =>
            ASSETS.map((asset) => rule(of(expr, asset), { alert: `R${index}${asset}`, levels })),
          );
          const together = compiled(rules);
          const alone = rules.map((own) => compiled([own])[0]!);
          const windows = new Windows(needsOf(together.map((one) => one.plan)));
          windows.apply({ series: SERIES.map((labels, id) => ({ id, labels, maxAge: 2 * MINUTE })), samples: [] });
          for (const [index, values] of minutes.entries()) {
            const at = NOW + index * MINUTE;
            const samples = values.flatMap((value, seriesId) => (value === undefined ? [] : [{ seriesId, at, value }]));
            windows.apply({ series: [], samples });
            for (const [place, one] of together.entries())
              expect(said(one, windows, at)).toEqual(said(alone[place]!, windows, at));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each(DIVIDED)('%s is divided by the asset', (expr) => {
    const [first, second] = ['x', 'y'].map((asset) => divide(plan(of(expr, asset)).expr));
    expect([first!.names, first!.values, second!.values]).toEqual([['asset'], ['x'], ['y']]);
    expect(first!.key).toBe(second!.key);
  });

  it.each(ALONE)('%s is not', (expr) => {
    expect(divide(plan(of(expr, 'x')).expr)).toBeUndefined();
  });
});
