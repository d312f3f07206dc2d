import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Evaluator } from '../../src/jobs/evaluate.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { Runtime } from '../../src/jobs/runtime.ts';
import { openWindows } from '../../src/jobs/windows.ts';
import type { Transition } from '../../src/model/alert.ts';
import type { Route } from '../../src/model/config.ts';
import { NAME } from '../../src/model/labels.ts';
import { replay } from '../../src/replay/replay.ts';
import { Windows } from '../../src/series/index.ts';
import { ask, minute, now } from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { level, rule } from '../support/rule.ts';

const maxAge = 3 * minute;
const position = { file: 'a.yaml', line: 1, column: 1 };
const rules = [
  { record: 'venue:price_usd:mean', expr: 'avg_over_time(price_usd[4m])', labels: {}, position },
  rule({
    alert: 'Low',
    expr: 'price_usd',
    levels: [
      level({ name: 'warning', below: 1, clear: 1, for: 2 * minute }),
      level({ name: 'critical', below: 0.5, clear: 0.6 }),
    ],
    keepFiringFor: minute,
  }),
  rule({ alert: 'LowMean', expr: 'venue:price_usd:mean < 1', for: minute }),
  rule({
    alert: 'BestLow',
    expr: 'max(price_usd)',
    missing: 'drop',
    levels: [level({ below: 1, clear: 1.1, for: minute })],
  }),
];
const live = makeLive({
  ...{ assets: {}, sources: [], declared: [], files: {} },
  groups: [{ name: 'g', interval: minute, rules }],
});
const route: Route = {
  ...{ receivers: ['desk'], groupBy: ['alertname'], matchers: [], routes: [], continue: false },
  ...{ groupWait: 0, groupInterval: 0, repeatInterval: 60 * minute },
};

let fresh: FreshStore;

beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => fresh.drop());

/** One sample of one venue. */
interface Step {
  readonly venue: 'a' | 'b';
  readonly at: number;
  readonly value: number;
}

const gap = fc.constantFrom(10_000, minute, 2 * minute, 5 * minute, 9 * minute);
const steps = fc
  .array(
    fc.record({
      gap,
      venue: fc.constantFrom('a' as const, 'b' as const),
      value: fc.constantFrom(0.4, 0.55, 0.9, 1.05, 2),
    }),
    {
      minLength: 2,
      maxLength: 14,
    },
  )
  .map((all) => {
    let at = now;
    return all.map(({ gap: wait, venue, value }): Step => ({ venue, value, at: (at += wait) }));
  });

test(
  'a backtest changes the same alerts at the same instants as the worker on the same samples',
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        expect(replayed(all)).toEqual(await lived(all));
      }),
      { numRuns: 25 },
    );
  },
);

/** The worker's evaluations: at every reading, and at every deadline it stored before the next one. */
async function lived(all: readonly Step[]): Promise<readonly string[]> {
  const tables = ['alerts', 'rule_groups', 'transitions', 'tellings', 'group_due', 'evaluations', 'series', 'samples'];
  await ask(fresh.url, `truncate ${tables.map((name) => `tocsin.${name}`).join(', ')} cascade`);
  const windows = await openWindows(fresh.store, new Windows(live.needs), live, now);
  const evaluator = new Evaluator({ store: fresh.store, runtime: new Runtime(live, windows), route });
  const seen: Transition[] = [];
  const evaluate = async (at: number) => {
    const done = await evaluator.evaluate('g', at);
    seen.push(...(done?.transitions.map(({ transition }) => transition) ?? []));
  };
  for (const [index, step] of all.entries()) {
    const samples = [{ metric: 'price_usd', labels: { venue: step.venue }, value: step.value, at: step.at }];
    await fresh.store.saveReadings([{ source: step.venue, seenAt: step.at, tookMs: 1, origin: {}, samples, maxAge }]);
    await evaluate(step.at);
    const next = all[index + 1]?.at ?? step.at;
    for (let due = await deadline(); due < next; due = await deadline()) await evaluate(due);
  }
  return seen.map(print);
}

async function deadline(): Promise<number> {
  const { deadline: due = Infinity } = await fresh.store.groupState('g');
  return due;
}

function replayed(all: readonly Step[]): readonly string[] {
  const seen: Transition[] = [];
  const venues = ['a', 'b'].map((venue) => all.filter((step) => step.venue === venue));
  replay(
    {
      groups: [...live.groups.values()],
      series: venues
        .filter((own) => own.length > 0)
        .map((own) => ({
          labels: { [NAME]: 'price_usd', venue: own[0]!.venue, source: own[0]!.venue },
          maxAge,
          times: Float64Array.from(own, ({ at }) => at),
          values: Float64Array.from(own, ({ value }) => value),
        })),
      facts: [],
      ...{ route, from: all[0]!.at, to: all.at(-1)!.at },
    },
    { onEvaluated: (_, said) => seen.push(...said.transitions), onRested: () => undefined, onTold: () => undefined },
  );
  return seen.map(print);
}

function print({ kind, rule: name, labels, at, from, to }: Transition): string {
  return `${at - now} ${kind} ${name} ${labels['venue'] ?? ''} ${from} → ${to}`;
}
