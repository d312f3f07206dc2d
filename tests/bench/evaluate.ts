import { NAME } from '../../src/model/labels.ts';
import type { AlertRule, RuleGroup } from '../../src/model/rule.ts';
import { GroupEvaluator } from '../../src/alerts/groupEvaluator.ts';
import { compileGroup } from '../../src/rules/compile.ts';
import { needsOf, Windows } from '../../src/series/index.ts';
import { figure, percentile } from './figure.ts';

export interface EvaluateSize {
  readonly series: number;
  readonly rules: number;
  /** Label sets of each rule. */
  readonly sets: number;
  /** Groups the rules are spread over. */
  readonly groups: number;
  readonly rounds: number;
}

const METRICS = ['price_usd', 'supply_tokens', 'tvl_usd', 'utilization_ratio', 'liquidity_usd'] as const;
const START = Date.UTC(2026, 0, 1);
const EVERY = 60_000;

/** One round in memory, no I/O: new samples in, every group judged, alerts advanced. */
export function measureEvaluation({ series, rules, sets, groups, rounds }: EvaluateSize): void {
  const perMetric = series / METRICS.length;
  const compiled = ruleGroups({ rules, sets, groups }, perMetric).map((group) => compileGroup(group));
  const windows = new Windows(needsOf(compiled.flatMap((group) => group.rules.map(({ plan }) => plan))));
  const labels = METRICS.flatMap((metric) =>
    Array.from({ length: perMetric }, (_, index) => ({
      [NAME]: metric,
      asset: `asset${Math.floor(index / sets)}`,
      venue: `venue${index % sets}`,
      chain: 'ethereum',
      source: `${metric}-${index}`,
    })),
  );
  windows.apply({
    series: labels.map((each, id) => ({ id, labels: each, maxAge: 3 * EVERY })),
    samples: [],
  });
  const evaluators = compiled.map((group) => new GroupEvaluator(group, windows));
  const spent: number[] = [];
  let transitions = 0;
  for (let round = 0; round < rounds; round++) {
    const now = START + round * EVERY;
    const samples = labels.map((_, id) => ({ seriesId: id, at: now - 1, value: value(id, round) }));
    const started = performance.now();
    windows.apply({ series: [], samples });
    for (const evaluator of evaluators) transitions += evaluator.evaluate(now).transitions.length;
    spent.push(performance.now() - started);
  }
  const about = { series, rules, sets, groups, rounds, transitions };
  figure('evaluation_first_round_ms', spent[0]!, about);
  figure('evaluation_round_ms', percentile(spent.slice(2), 0.5), about);
}

/** Most stay calm; one in fifty swings over its threshold every fifth round. */
function value(id: number, round: number): number {
  return id % 50 === 0 && Math.floor(round / 5) % 2 === 1 ? 2 : 1 + ((id * 7 + round * 13) % 100) / 1000;
}

function ruleGroups({ rules, sets, groups }: Pick<EvaluateSize, 'rules' | 'sets' | 'groups'>, perMetric: number) {
  const all = Array.from({ length: rules }, (_, index): AlertRule => {
    const metric = METRICS[index % METRICS.length]!;
    const asset = Math.floor(index / METRICS.length) % (perMetric / sets);
    return {
      alert: `Rule${index}`,
      expr: `${metric}{asset="asset${asset}"}`,
      levels: [
        { name: 'warning', above: 1.5, for: 0, clear: 1.4, written: '1.5' },
        { name: 'critical', above: 1.9, for: 2 * EVERY, clear: 1.6, written: '1.9' },
      ],
      ...{ for: 0, keepFiringFor: 0, missing: 'hold', labels: {}, annotations: {}, templates: 'liquid' },
      position: { file: 'bench.yaml', line: 1, column: 1 },
    };
  });
  const size = Math.ceil(rules / groups);
  return Array.from({ length: groups }, (_, index): RuleGroup => ({
    name: `group${index}`,
    interval: EVERY,
    rules: all.slice(index * size, (index + 1) * size),
  }));
}
