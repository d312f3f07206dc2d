import { fill } from '../jobs/windows.ts';
import type { Alert } from '../model/alert.ts';
import { labelsKey, without } from '../model/labels.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import type { Store } from '../model/store.ts';
import type { Verdict } from '../model/verdict.ts';
import { substitute } from '../promql/index.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import { judgeOnce } from '../rules/judgeOnce.ts';
import { needsOf, Windows } from '../series/index.ts';

/** What the store says of one rule. */
export interface RuleState {
  /** Judging clock, unix ms. */
  readonly now: number;
  readonly inputs: readonly SeriesWindow[];
  readonly judged: readonly {
    readonly verdict: Verdict;
    /** The expression with the numbers put in. */
    readonly substituted: string;
    readonly alert: Alert | undefined;
  }[];
}

interface Reading {
  readonly store: Store;
  readonly now: number;
}

/** ms of history read beyond what the expression looks back. */
const SLACK = 86_400_000;

/** Judges a rule on what is stored, as the worker would at `now`; writes nothing. */
export async function readState(compiled: CompiledAlert, { store, now }: Reading): Promise<RuleState> {
  const { rule, plan } = compiled;
  const needs = needsOf([plan]);
  const since = new Map([...needs].map(([metric, ms]) => [metric, now - ms - SLACK]));
  const windows = new Windows(needs);
  const [history, alerts] = await Promise.all([store.history(since), store.alerts([rule.alert])]);
  await fill(windows, history, now);
  windows.judgeFrozen(now);
  const own = alerts.filter(({ labels }) => carries(labels, rule.labels));
  const { verdicts } = judgeOnce(
    compiled,
    windows,
    now,
    own.map(({ labels }) => labels),
  );
  return {
    now,
    inputs: inputsOf(compiled, windows),
    judged: verdicts.map((verdict) => ({
      verdict,
      substituted: substitute(plan, windows, without(verdict.labels, Object.keys(rule.labels)), now),
      alert: own.find(({ labels }) => sameLabels(labels, verdict.labels)),
    })),
  };
}

function inputsOf({ plan }: CompiledAlert, view: SeriesView): readonly SeriesWindow[] {
  return [...new Set(plan.leaves.flatMap(({ matchers }) => view.select(matchers)))];
}

function carries(labels: Alert['labels'], own: Alert['labels']): boolean {
  return Object.entries(own).every(([name, value]) => labels[name] === value);
}

function sameLabels(a: Alert['labels'], b: Alert['labels']): boolean {
  return labelsKey(a) === labelsKey(b);
}
