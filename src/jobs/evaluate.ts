import { evaluateGroup } from '../alerts/evaluateGroup.ts';
import type { AlertsByRule, RuleOutcome } from '../alerts/evaluateGroup.ts';
import { tellingsFor } from '../dispatch/route.ts';
import type { Alert } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import { groupBy } from '../model/group.ts';
import { labelsKey } from '../model/labels.ts';
import type { DueKey, EvaluationCommit, OwnSample, Store } from '../model/store.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledGroup } from '../rules/compile.ts';
import type { Live } from './live.ts';
import type { Runtime } from './runtime.ts';

export interface Evaluated {
  /** Messages that wait for nothing. */
  readonly dueNow: readonly DueKey[];
  /** Groups that read what this one recorded. */
  readonly readers: readonly string[];
  readonly transitions: EvaluationCommit['transitions'];
}

/** Alerts as the evaluation at this instant left them. */
interface Kept {
  readonly at: number;
  readonly alerts: AlertsByRule;
}

export interface EvaluatorDeps {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly route: Route;
}

/** Evaluates groups for any number of replicas: the store lets one commit through, the others drop what they worked out. */
export class Evaluator {
  /** The last outcome of each rule, for people. */
  readonly outcomes = new Map<string, RuleOutcome>();
  readonly #deps: EvaluatorDeps;
  readonly #kept = new Map<string, Kept>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(deps: EvaluatorDeps) {
    this.#deps = deps;
  }

  /** Evaluates a group at an instant, one at a time; nothing when a later evaluation came first. */
  evaluate(name: string, at: number): Promise<Evaluated | undefined> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(async () => this.#once(name, at));
    this.#turns.set(name, turn);
    return turn;
  }

  /** The alerts of a group as this process left them last. */
  known(group: string): AlertsByRule {
    return this.#kept.get(group)?.alerts ?? new Map();
  }

  /** Waits for what runs, then forgets what rules said that are not there any more; alerts are read from the store again. */
  async reset(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    this.#kept.clear();
    for (const rule of this.outcomes.keys())
      if (!this.#deps.runtime.live.alertRules.has(rule)) this.outcomes.delete(rule);
  }

  async #once(name: string, at: number): Promise<Evaluated | undefined> {
    const { store, runtime } = this.#deps;
    const { live, windows } = runtime;
    const group = live.groups.get(name);
    if (group === undefined) return undefined;
    const [{ evaluatedAt }] = await Promise.all([store.groupState(name), windows.follow()]);
    if (at <= evaluatedAt) return undefined;
    const known = await this.#knownAlerts(group, evaluatedAt);
    windows.judgeFrozen(at);
    const said = evaluateGroup(group, windows.view, known, at);
    const transitions = said.transitions.map((transition) => ({
      transition,
      tellings: tellingsFor(this.#deps.route, transition),
    }));
    const { recorded, alerts, deleted, deadline } = said;
    const commit = {
      group: name,
      now: at,
      previous: evaluatedAt,
      recorded,
      alerts,
      deleted,
      transitions,
      ...(deadline < Infinity && { deadline }),
    };
    if (!(await store.commitEvaluation(commit))) {
      this.#kept.delete(name);
      return undefined;
    }
    this.#kept.set(name, { at, alerts: changed(known, alerts, deleted) });
    for (const outcome of said.outcomes) this.outcomes.set(outcome.rule, outcome);
    return {
      dueNow: transitions.flatMap(({ tellings }) =>
        tellings.filter(({ flush, groupWait }) => flush || groupWait === 0),
      ),
      readers: readersOf(live, name, recorded),
      transitions,
    };
  }

  /** What this process left behind, unless another one evaluated since. */
  async #knownAlerts(group: CompiledGroup, evaluatedAt: number): Promise<AlertsByRule> {
    const kept = this.#kept.get(group.name);
    if (kept?.at === evaluatedAt) return kept.alerts;
    const rules = group.rules.filter((rule) => isAlert(rule)).map(({ rule }) => rule.alert);
    return byRule(await this.#deps.store.alerts(rules));
  }
}

function readersOf(live: Live, group: string, recorded: readonly OwnSample[]): readonly string[] {
  const readers = new Set(recorded.flatMap(({ labels }) => live.readersOf(labels)));
  readers.delete(group);
  return [...readers];
}

function byRule(alerts: readonly Alert[]): AlertsByRule {
  const rules = groupBy(alerts, ({ rule }) => rule);
  return new Map(
    [...rules].map(([rule, members]) => [rule, new Map(members.map((alert) => [labelsKey(alert.labels), alert]))]),
  );
}

function changed(known: AlertsByRule, alerts: readonly Alert[], deleted: readonly Alert[]): AlertsByRule {
  const next = known as Map<string, Map<string, Alert>>;
  for (const alert of alerts) {
    const members = next.get(alert.rule) ?? new Map<string, Alert>();
    members.set(labelsKey(alert.labels), alert);
    next.set(alert.rule, members);
  }
  for (const { rule, labels } of deleted) next.get(rule)?.delete(labelsKey(labels));
  return next;
}
