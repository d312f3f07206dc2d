import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AlertBook } from '../../src/alerts/book.ts';
import { GroupEvaluator } from '../../src/alerts/groupEvaluator.ts';
import type { GroupEvaluation } from '../../src/alerts/groupEvaluator.ts';
import type { Transition } from '../../src/model/alert.ts';
import type { Route } from '../../src/model/config.ts';
import { NAME } from '../../src/model/labels.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { Rule } from '../../src/model/rule.ts';
import type { History } from '../../src/replay/history.ts';
import { replay } from '../../src/replay/replay.ts';
import { Teller } from '../../src/replay/teller.ts';
import type { Message } from '../../src/replay/teller.ts';
import { compileGroup } from '../../src/rules/compile.ts';
import type { CompiledGroup } from '../../src/rules/compile.ts';
import { readersOf } from '../../src/rules/readers.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import { level, MINUTE, NOW, rule } from '../rules/world.ts';

const EXPRESSIONS = [
  ...['price_usd', 'price_usd > 2', '3 < price_usd', 'abs(price_usd - 2) > 1', 'price_usd offset 3m > 2'],
  ...['price_usd / on(asset) nav_usd', 'price_usd / on(asset) group_left() nav_usd > 1', 'price_usd > nav_usd'],
  ...[
    'price_usd > 2 and on(asset) nav_usd > 1',
    'price_usd > 2 or nav_usd > 2',
    'price_usd unless on(asset) nav_usd > 2',
  ],
  ...['max by (asset) (price_usd) > 2', 'quantile by (asset) (0.5, price_usd)', 'count(price_usd > 1) > 1'],
  ...[
    'max_over_time(price_usd[40m]) - price_usd > 1',
    'avg_over_time(price_usd[90m]) > 2',
    'stddev_over_time(price_usd[2h]) > 1',
  ],
  ...[
    'quantile_over_time(0.5, price_usd[90m]) > 2',
    'changes(price_usd[5m]) > 2',
    'count_over_time(price_usd[5m]) < 3',
  ],
  ...[
    'label_replace(price_usd, "venue", "all-$1", "venue", "(.+)") > 2',
    'timestamp(price_usd) >= on(asset) group_left() max by (asset) (timestamp(price_usd))',
  ],
  ...[
    'absent(price_usd{asset="x"})',
    'topk(1, price_usd) > 2',
    'vector(time()) > 5',
    'max_over_time((price_usd * 2)[6m:2m]) > 5',
  ],
  ...['recorded > 2', 'price_usd / 0 > 1', '-price_usd < -2', 'price_usd > bool 2'],
];

const ruleSource = fc.record({
  expr: fc.constantFrom(...EXPRESSIONS),
  levels: fc.constantFrom(
    undefined,
    undefined,
    [level({ name: 'warning', above: 2, clear: 1, for: MINUTE }), level({ name: 'critical', above: 3, clear: 2 })],
    [level({ name: 'critical', below: 2, clear: 3, for: 2 * MINUTE })],
  ),
  for: fc.constantFrom(0, 0, MINUTE, 3 * MINUTE),
  keepFiringFor: fc.constantFrom(0, 0, 2 * MINUTE),
  missing: fc.constantFrom('hold' as const, 'hold' as const, 'drop' as const),
  labels: fc.constantFrom<Labels>({}, { severity: 'warning' }, { venue: 'own' }),
});

const SERIES: readonly Labels[] = ['x', 'y'].flatMap((asset) => [
  { [NAME]: 'price_usd', asset, venue: 'a' },
  { [NAME]: 'price_usd', asset, venue: 'b' },
  { [NAME]: 'nav_usd', asset },
]);

/** Long stretches of calm with something in between; now and then a hole, or a value that stands still. */
const stretch = fc.record({
  value: fc.constantFrom(1.5, 1.5, 1.9, 0, 2.5, 3.5),
  length: fc.integer({ min: 1, max: 60 }),
  gap: fc.constantFrom(0, 0, 0, 2, 9),
});
const history = (labels: Labels) =>
  fc
    .record({ begins: fc.constantFrom(0, 0, 1, 30), stretches: fc.array(stretch, { minLength: 1, maxLength: 6 }) })
    .map(({ begins, stretches }): History => {
      const times: number[] = [];
      const values: number[] = [];
      let at = NOW + begins * MINUTE;
      for (const { value, length, gap } of stretches) {
        for (let index = 0; index < length; index++, at += MINUTE) {
          times.push(at);
          values.push(value + (index % 3) / 100);
        }
        at += gap * MINUTE;
      }
      return { labels, maxAge: 3 * MINUTE, times: Float64Array.from(times), values: Float64Array.from(values) };
    });

/** Messages go out between samples too. */
const ROUTE: Route = {
  ...{ receivers: ['people'], groupBy: ['asset'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 90_000, groupInterval: 4 * MINUTE, repeatInterval: 30 * MINUTE },
};

test.each([
  ['with prices beside each other and a recording rule', SERIES, true],
  ['where a group may rest as a whole', SERIES.filter(({ venue }) => venue !== 'b'), false],
])(
  'what is looked at ahead is what one evaluation after the other says, %s',
  { timeout: 60_000 },
  (_, sets, records) => {
    const sources = fc.array(ruleSource, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sources, fc.tuple(...sets.map(history)), (written, series) => {
        const group = groupOf(written, records);
        const ahead: string[] = [];
        const facts = [{ [NAME]: 'asset_info', asset: 'x' }];
        const span = { from: NOW, to: Math.max(...series.map(({ times }) => times.at(-1)!)) };
        replay(
          { groups: [group], series, facts, route: ROUTE, ...span },
          {
            onEvaluated: (evaluator, said, now) => ahead.push(print(evaluator, said.transitions, now)),
            onRested: (evaluator, instants) => {
              for (const now of instants) ahead.push(print(evaluator, [], now));
            },
            onTold: (message, now) => ahead.push(printMessage(message, now)),
          },
        );
        expect(ahead.toSorted()).toEqual(oneAfterTheOther(group, series, span).toSorted());
      }),
      { numRuns: 60 },
    );
  },
);

function defined(one: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined));
}

function groupOf(written: readonly Record<string, unknown>[], records: boolean): CompiledGroup {
  const rules: Rule[] = written.map((one, index) =>
    rule(one['expr'] as string, { alert: `a${index}`, levels: [], ...defined(one) }),
  );
  const recorded = { record: 'recorded', expr: 'price_usd * 1', labels: {}, position: rules[0]!.position };
  return compileGroup({ name: 'g', interval: MINUTE, rules: records ? [recorded, ...rules] : rules });
}

/** The same instants, without any foresight. */
function oneAfterTheOther(
  group: CompiledGroup,
  series: readonly History[],
  { from, to }: { from: number; to: number },
): string[] {
  const windows = new Windows(needsOf(group.rules.map(({ plan }) => plan)));
  const evaluator = new GroupEvaluator(group, windows, new AlertBook());
  const readers = readersOf([group]);
  const read = series.filter(({ labels }) => readers(labels).length > 0);
  const arrivals = [...new Set([from, ...read.flatMap(({ times }) => [...times])])].toSorted((a, b) => a - b);
  const seen: string[] = [];
  const teller = new Teller(ROUTE);
  let deadline = from;
  for (
    let now = from;
    now <= to;
    now = Math.max(now + 1, Math.min(deadline, teller.nextDue, arrivals.find((at) => at > now) ?? Infinity))
  ) {
    let transitions: readonly Transition[] = [];
    if (arrivals.includes(now) || deadline <= now) {
      putAll(windows, read, now);
      const said = evaluator.evaluate(now);
      deadline = said.deadline();
      seen.push(print(evaluator, said.transitions, now));
      transitions = said.transitions;
    }
    for (const message of teller.tell(transitions, evaluator.book.alerts, now)) seen.push(printMessage(message, now));
  }
  return seen;
}

function putAll(windows: Windows, series: readonly History[], now: number): void {
  for (const { labels, maxAge, times, values } of series) {
    const index = times.indexOf(now);
    if (index >= 0) windows.put({ labels, maxAge, at: now, value: values[index]! });
  }
  windows.judgeFrozen(now);
}

function printMessage(message: Message, now: number): string {
  const alerts = message.compose().alerts.map(({ rule: name, labels, state, value, peak, peakAt, since, endedAt }) => {
    return [name, labels, state, value, peak, peakAt, since, endedAt];
  });
  return `${(now - NOW) / MINUTE} told ${JSON.stringify(alerts)}`;
}

function print({ outcomes }: GroupEvaluator, made: GroupEvaluation['transitions'], now: number): string {
  const transitions = made.map(({ kind, rule: name, labels, from, to, value, peak, peakAt }) =>
    JSON.stringify([kind, name, labels, from, to, value, peak, peakAt]),
  );
  const counts = outcomes.map(({ judged, breached, unknown, blind }) => `${judged}/${breached}/${unknown}/${blind}`);
  return `${(now - NOW) / MINUTE} ${counts.join(' ')} ${transitions.join(' ')}`;
}
