import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlertBook } from '../../src/alerts/book.ts';
import { GroupEvaluator } from '../../src/alerts/groupEvaluator.ts';
import type { Alert } from '../../src/model/alert.ts';
import { labelsKey, NAME } from '../../src/model/labels.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { Rule } from '../../src/model/rule.ts';
import { compileGroup } from '../../src/rules/compile.ts';
import type { Reading } from '../../src/rules/compile.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from '../rules/world.ts';
import { evaluateGroup } from '../support/naive/group.ts';

const LEVELS = [
  level({ name: 'warning', above: 2, clear: 1, for: MINUTE }),
  level({ name: 'critical', above: 3, clear: 2 }),
];
const FALLING = [level({ name: 'critical', below: 2, clear: 3, for: 2 * MINUTE })];

/** Expressions of every kind; those without a comparison are judged by levels too. */
const EXPRESSIONS = [
  ...['price_usd', 'price_usd > 2', '3 < price_usd', 'price_usd{asset="x"} < 2', 'abs(price_usd - 2) > 1'],
  ...['price_usd / on(asset) nav_usd', 'price_usd / on(asset) group_left() nav_usd > 1', 'price_usd > nav_usd'],
  ...[
    'price_usd > 2 and on(asset) nav_usd > 1',
    'price_usd > 2 or nav_usd > 2',
    'price_usd unless on(asset) nav_usd > 2',
  ],
  ...[
    'sum(price_usd) > 4',
    'max by (asset) (price_usd) > 2',
    'avg without (venue) (price_usd)',
    'count(price_usd > 1) > 1',
  ],
  ...['absent(price_usd{asset="x"})', 'absent_over_time(nav_usd[5m])', 'count_over_time(price_usd[5m]) < 3'],
  ...['max_over_time(price_usd[10m]) - price_usd > 1', 'avg_over_time(price_usd[5m]) > 2', 'price_usd offset 3m > 2'],
  ...[
    'max_over_time((price_usd * 2)[6m:2m]) > 5',
    'price_usd / scalar(nav_usd{asset="x"}) > 1',
    'price_usd > bool scalar(nav_usd{asset="x"})',
    'topk(1, price_usd) > 2',
  ],
  ...[
    'label_replace(price_usd, "venue", "all", "", "") > 2',
    'vector(1) > 0',
    'changes(price_usd[5m]) > 2',
    'recorded > 2',
  ],
  ...[
    'max by (asset) (price_usd{asset="x"}) > 3',
    'price_usd{asset="x"} / on(asset) group_left() nav_usd{asset="x"} > 3',
  ],
  ...['avg_over_time(price_usd{asset="x"}[5m])', 'price_usd{asset="x"} > 3', 'nav_usd{asset="x"}'],
  ...['price_usd > bool 2', '-price_usd < -2', 'vector(time()) > 5', 'price_usd / 0 > 1', 'price_usd == price_usd'],
];

/** An expression of one asset, and the same of the other with another threshold, to be evaluated together. */
function ofEachAsset(expr: string): readonly string[] {
  if (!expr.includes('"x"')) return [expr];
  return [expr, expr.replaceAll('"x"', '"y"').replace(/[23]$/, '1.5')];
}

const ruleSource = fc.record({
  expr: fc.constantFrom(...EXPRESSIONS),
  levels: fc.constantFrom(undefined, undefined, LEVELS, FALLING),
  for: fc.constantFrom(0, 0, MINUTE, 3 * MINUTE),
  keepFiringFor: fc.constantFrom(0, 0, 2 * MINUTE),
  missing: fc.constantFrom('hold', 'hold', 'drop'),
  labels: fc.constantFrom<Labels>(
    {},
    {},
    { severity: 'warning' },
    { venue: 'own' },
    { size: '{{ if gt $value 2.0 }}large{{ end }}' },
  ),
});

const SERIES: readonly Labels[] = ['x', 'y'].flatMap((asset) => [
  { [NAME]: 'price_usd', asset, venue: 'a' },
  { [NAME]: 'price_usd', asset, venue: 'b' },
  { [NAME]: 'nav_usd', asset },
]);

/** One minute: what arrives of each series, or that it leaves or comes back. */
const minute = fc.record({
  values: fc.array(fc.constantFrom(undefined, undefined, 0, 1, 1.5, 2, 2.5, 3, 4), {
    minLength: SERIES.length,
    maxLength: SERIES.length,
  }),
  late: fc.constantFrom(0, 0, 0, MINUTE),
  ends: fc.option(fc.nat(SERIES.length - 1), { freq: 12 }),
  skip: fc.constantFrom(0, 0, 0, 0, 5 * MINUTE),
});

/** The same world twice: one is stepped, one is worked out from nothing at every instant. */
class World {
  readonly view: Windows;
  readonly #known = new Set<number>();

  constructor(needs: ConstructorParameters<typeof Windows>[0]) {
    this.view = new Windows(needs);
    for (const index of SERIES.keys()) this.#declare(index);
  }

  feed(
    { values, late, ends }: { values: readonly (number | undefined)[]; late: number; ends: number | null },
    at: number,
  ): void {
    if (ends !== null) this.#end(ends, at);
    for (const [index, value] of values.entries()) {
      if (value === undefined) continue;
      if (!this.#known.has(index)) this.#declare(index);
      this.view.apply({ series: [], samples: [{ seriesId: index, at: at - late, value }] });
    }
  }

  #declare(index: number): void {
    this.#known.add(index);
    this.view.apply({ series: [{ id: index, labels: SERIES[index]!, maxAge: 3 * MINUTE }], samples: [] });
  }

  #end(index: number, at: number): void {
    this.#known.delete(index);
    this.view.apply({ series: [{ id: index, labels: SERIES[index]!, maxAge: 1, endedAt: at }], samples: [] });
  }
}

function keep(known: Map<string, Map<string, Alert>>, said: ReturnType<typeof evaluateGroup>): void {
  for (const alert of said.advanced) {
    const members = known.get(alert.rule) ?? new Map<string, Alert>();
    known.set(alert.rule, members.set(labelsKey(alert.labels), alert));
  }
  for (const { rule: name, labels } of said.deleted) known.get(name)?.delete(labelsKey(labels));
}

/** In an order that says nothing. */
function sorted<Item extends { readonly labels: Labels }>(items: readonly Item[]): readonly Item[] {
  const keyOf = (item: Item): string =>
    `${'rule' in item ? String(item.rule) : ''} ${labelsKey(item.labels)} ${JSON.stringify(item)}`;
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

describe('GroupEvaluator', () => {
  it.each<[string, Reading]>([
    ['as Tocsin reads', {}],
    ['as Prometheus reads', { missing: 'prometheus' }],
  ])(
    'says what a judge would that knows no places and keeps nothing, %s',
    (_name, reading) => {
      fc.assert(
        fc.property(
          fc.array(ruleSource, { minLength: 1, maxLength: 6 }),
          fc.array(minute, { maxLength: 25 }),
          (sources, minutes) => {
            const rules: Rule[] = sources.flatMap(({ levels, ...source }, index) =>
              ofEachAsset(source.expr).map((expr, which) =>
                rule(expr, { ...source, expr, alert: `R${index}.${which}`, ...(levels && { levels }) }),
              ),
            );
            const recording: Rule = {
              record: 'recorded',
              expr: 'price_usd + on(asset) group_left() nav_usd',
              labels: {},
              position: rules[0]!.position,
            };
            const made = [1, 2].map(() =>
              compileGroup({ name: 'g', interval: MINUTE, rules: [recording, ...rules] }, reading),
            );
            const needs = needsOf(made[0]!.rules.map(({ plan }) => plan));
            const [stepped, naive] = [new World(needs), new World(needs)];
            const evaluator = new GroupEvaluator(made[0]!, stepped.view, new AlertBook());
            const known = new Map<string, Map<string, Alert>>();
            let now = NOW;
            for (const one of minutes) {
              now += MINUTE + one.skip;
              stepped.feed(one, now);
              naive.feed(one, now);
              const expected = evaluateGroup(made[1]!, naive.view, known, now);
              keep(known, expected);
              const said = evaluator.evaluate(now);
              expect(sorted(said.transitions)).toEqual(sorted(expected.transitions));
              expect(sorted(said.alerts)).toEqual(sorted(expected.alerts));
              expect(sorted(said.deleted)).toEqual(sorted(expected.deleted));
              expect(sorted(said.recorded)).toEqual(sorted(expected.recorded));
              expect(said.deadline()).toBe(expected.deadline);
              for (const [index, outcome] of evaluator.outcomes.entries()) {
                const other = expected.outcomes[index]!;
                expect(outcome.blind).toBe(other.blind);
                expect(sorted(outcome.verdicts())).toEqual(sorted(other.verdicts));
                const count = (of: string) => other.verdicts.filter(({ status }) => status === of).length;
                expect([outcome.unknown, outcome.breached]).toEqual([count('unknown'), count('breached')]);
              }
            }
          },
        ),
        { numRuns: 40 },
      );
    },
    180_000,
  );
});
