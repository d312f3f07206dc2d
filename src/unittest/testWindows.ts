import type { AlertsByRule } from '../alerts/book.ts';
import type { EvaluatedView } from '../alerts/groupEvaluator.ts';
import type { RuleOutcome } from '../alerts/watch.ts';
import { labelsKey, NAME, without } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { OwnSample } from '../model/stored.ts';
import type { CompiledRecord, Reading } from '../rules/compile.ts';
import { Windows } from '../series/index.ts';
import type { Needs } from '../series/needs.ts';
import type { UnitTest } from './testFile.ts';

const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * Windows that are fed from a test. In Prometheus' reading a series that a rule does not yield any more is gone at once, and alerts are
 * series too (`ALERTS`, `ALERTS_FOR_STATE`).
 */
export class TestWindows extends Windows implements EvaluatedView {
  readonly #test: UnitTest;
  readonly #isPrometheus: boolean;
  readonly #known: AlertsByRule;
  readonly #yielded = new Map<unknown, readonly OwnSample[]>();
  #fed = 0;

  constructor(needs: Needs, test: UnitTest, { reading, known }: { reading: Reading; known: AlertsByRule }) {
    super(needs);
    this.#test = test;
    this.#isPrometheus = reading.missing === 'prometheus';
    this.#known = known;
  }

  /** Series that are always 1. */
  state(facts: readonly Labels[]): void {
    for (const labels of facts) this.put({ labels, value: 1, at: 0, maxAge: FOR_EVER });
  }

  /** Takes in the values up to an instant, ms from the start. */
  feed(now: number): void {
    const { interval, series, maxAge } = this.#test;
    for (; this.#fed * interval <= now; this.#fed++) {
      const at = this.#fed * interval;
      for (const { labels, values } of series) {
        const value = values[this.#fed];
        if (value === 'gone') this.end(labels, at);
        else if (value !== undefined && value !== null) this.put({ labels, value, at, maxAge });
      }
    }
  }

  onRecorded(rule: CompiledRecord, samples: readonly OwnSample[], now: number): void {
    if (this.#isPrometheus) this.#endOthers(rule, samples, now);
  }

  onJudged(outcome: RuleOutcome, now: number): void {
    if (!this.#isPrometheus) return;
    const alerts = this.#known.get(outcome.rule)?.values() ?? [];
    const samples = [...alerts].flatMap(({ labels, state, activeAt = now }) => {
      if (state === 'inactive') return [];
      const own = { ...without(labels, [NAME]), alertname: outcome.rule };
      const common = { at: now, maxAge: FOR_EVER };
      return [
        { ...common, labels: { ...own, [NAME]: 'ALERTS', alertstate: state }, value: 1 },
        { ...common, labels: { ...own, [NAME]: 'ALERTS_FOR_STATE' }, value: activeAt / 1000 },
      ];
    });
    for (const sample of samples) this.put(sample);
    this.#endOthers(outcome.rule, samples, now);
  }

  #endOthers(from: unknown, samples: readonly OwnSample[], now: number): void {
    const keys = new Set(samples.map(({ labels }) => labelsKey(labels)));
    for (const { labels } of this.#yielded.get(from) ?? []) if (!keys.has(labelsKey(labels))) this.end(labels, now);
    this.#yielded.set(from, samples);
  }
}
