import type { Alert, Transition } from '../../../src/model/alert.ts';
import { lastAt } from '../../../src/model/series.ts';
import type { SeriesView } from '../../../src/model/series.ts';
import type { OwnSample } from '../../../src/model/stored.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { frameAt, keyOf } from '../../../src/promql/index.ts';
import { isAlert } from '../../../src/rules/compile.ts';
import type { CompiledAlert, CompiledGroup, CompiledRecord } from '../../../src/rules/compile.ts';
import { judge } from './judge.ts';
import { carries } from '../../../src/rules/labeller.ts';
import { record } from '../../../src/rules/record.ts';
import { isNews } from '../../../src/alerts/news.ts';
import { advance, remove } from '../../../src/alerts/advance.ts';
import { countUnknown } from './unknown.ts';

/** The windows a group reads; a recording rule's sample is there for the rules after it. */
export interface EvaluatedView extends SeriesView {
  /** False when exactly this sample is there already. */
  readonly put: (sample: OwnSample) => boolean;
  /** Told what a rule said before the next one is evaluated: a reading that ends series needs to know. */
  readonly onRecorded?: (rule: CompiledRecord, samples: readonly OwnSample[], now: number) => void;
  readonly onJudged?: (outcome: RuleOutcome, now: number) => void;
}

/** Alerts as stored, by rule name and labels key. */
export type AlertsByRule = ReadonlyMap<string, ReadonlyMap<string, Alert>>;

/** What one evaluation of a group says; nothing is stored yet. */
export interface GroupEvaluation {
  readonly recorded: readonly OwnSample[];
  /** Alerts to be stored again. */
  readonly alerts: readonly Alert[];
  /** Every alert that is another object than before. */
  readonly advanced: readonly Alert[];
  /** Alerts whose series left the configuration. */
  readonly deleted: readonly Alert[];
  readonly transitions: readonly Transition[];
  /** When `for`, `keep_firing_for` or the freshness of an input will have passed: unix ms, or Infinity. */
  readonly deadline: number;
  /** For people: what was said of every label set. */
  readonly outcomes: readonly RuleOutcome[];
}

export interface RuleOutcome {
  readonly rule: string;
  readonly advanced: readonly Alert[];
  readonly verdicts: readonly Verdict[];
  /** Nothing could be judged, although some input is known. */
  readonly blind: boolean;
  readonly alerts: readonly Alert[];
  readonly deleted: readonly Alert[];
  readonly transitions: readonly Transition[];
  readonly deadline: number;
}

/** Evaluates a group at one instant, in rule order. */
export function evaluateGroup(
  group: CompiledGroup,
  view: EvaluatedView,
  known: AlertsByRule,
  now: number,
): GroupEvaluation {
  const recorded: OwnSample[] = [];
  const outcomes: RuleOutcome[] = [];
  for (const compiled of group.rules) {
    const samples = isAlert(compiled) ? judgeRule(compiled) : recordRule(compiled);
    for (const sample of samples) {
      if (view.put(sample)) recorded.push(sample);
    }
  }
  return {
    recorded,
    alerts: outcomes.flatMap(({ alerts }) => alerts),
    advanced: outcomes.flatMap(({ advanced }) => advanced),
    deleted: outcomes.flatMap(({ deleted }) => deleted),
    transitions: outcomes.flatMap(({ transitions }) => transitions),
    deadline: Math.min(staleAt(group, view, now), ...outcomes.map(({ deadline }) => deadline)),
    outcomes,
  };

  function recordRule(compiled: CompiledRecord): readonly OwnSample[] {
    const samples = record(compiled, frameAt(view, now, compiled.reading));
    view.onRecorded?.(compiled, samples, now);
    return samples;
  }

  function judgeRule(compiled: CompiledAlert): readonly OwnSample[] {
    const outcome = evaluateAlert(compiled, view, known.get(compiled.rule.alert) ?? new Map(), now);
    outcomes.push(outcome);
    view.onJudged?.(outcome, now);
    return countUnknown(outcome, group.name, view, now);
  }
}

function evaluateAlert(
  compiled: CompiledAlert,
  view: SeriesView,
  known: ReadonlyMap<string, Alert>,
  now: number,
): RuleOutcome {
  const mine = [...known.values()].filter(({ labels }) => carries(labels, compiled.rule.labels));
  const { verdicts, gone, blind } = judge(
    compiled,
    view,
    now,
    mine.map(({ labels }) => labels),
  );
  const steps = verdicts.map((verdict) => {
    const before = known.get(keyOf(verdict.labels));
    return { before, ...advance(before, verdict, compiled.spec, now) };
  });
  const deleted = gone.flatMap((labels) => known.get(keyOf(labels)) ?? []);
  return {
    rule: compiled.rule.alert,
    verdicts,
    blind: blind !== undefined,
    alerts: steps.filter(({ before, alert }) => isNews(before, alert)).map(({ alert }) => alert),
    advanced: steps.filter(({ before, alert }) => alert !== before).map(({ alert }) => alert),
    deleted,
    transitions: [
      ...steps.flatMap(({ transition }) => transition ?? []),
      ...deleted.flatMap((alert) => remove(alert, now) ?? []),
    ],
    deadline: Math.min(Infinity, ...steps.flatMap(({ deadline }) => deadline ?? [])),
  };
}

/** The first moment after `now` at which an input goes stale unless something arrives. */
function staleAt(group: CompiledGroup, view: SeriesView, now: number): number {
  let first = Infinity;
  for (const leaf of group.rules.flatMap(({ plan }) => plan.leaves)) {
    for (const series of view.select(leaf.matchers)) {
      const at = lastAt(series) + series.maxAge + 1;
      if (at > now && at < first) first = at;
    }
  }
  return first;
}
