import { AlertBook } from '../alerts/book.ts';
import { GroupEvaluator } from '../alerts/groupEvaluator.ts';
import type { GroupEvaluation } from '../alerts/groupEvaluator.ts';
import { asOf } from '../alerts/news.ts';
import type { RuleOutcome } from '../alerts/watch.ts';
import { mayWake } from '../dispatch/inhibit.ts';
import { tellingsFor } from '../dispatch/route.ts';
import type { Alert } from '../model/alert.ts';
import type { InhibitRule, Route } from '../model/config.ts';
import type { EvaluationCommit, Store } from '../model/store.ts';
import type { OwnSample } from '../model/stored.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledGroup } from '../rules/compile.ts';
import type { Live } from './live.ts';
import type { Runtime } from './runtime.ts';

export interface Evaluated {
  /** Whether somebody is to be told of it. */
  readonly tells: boolean;
  /** Groups that read what this one recorded. */
  readonly readers: readonly string[];
  readonly transitions: EvaluationCommit['transitions'];
  readonly failed: GroupEvaluation['failed'];
}

/** A group's evaluator, and the instant of its last evaluation that was stored. */
interface Kept {
  readonly evaluator: GroupEvaluator;
  at: number;
}

export interface EvaluatorDeps {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly route: Route;
  readonly inhibit?: readonly InhibitRule[];
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
  known(group: string): readonly Alert[] {
    const alerts = this.#kept.get(group)?.evaluator.book.alerts ?? new Map<string, ReadonlyMap<string, Alert>>();
    return [...alerts.values()].flatMap((members) => [...members.values()]);
  }

  /** Waits for what runs, then forgets groups that are others now, and what rules said that are not there any more. */
  async reloaded(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    const { live, windows } = this.#deps.runtime;
    for (const [name, { evaluator }] of this.#kept)
      if (live.groups.get(name) !== evaluator.group || evaluator.view !== windows.view) this.#kept.delete(name);
    for (const rule of this.outcomes.keys()) if (!live.alertRules.has(rule)) this.outcomes.delete(rule);
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
    const kept = await this.#evaluatorOf(group, { evaluatedAt, at });
    windows.judgeFrozen(at);
    const followed = windows.cursor();
    const said = kept.evaluator.evaluate(at);
    const transitions = said.transitions.map((transition) => ({
      transition,
      tellings: tellingsFor(this.#deps.route, transition),
    }));
    const about = { group: name, now: at, previous: evaluatedAt, followed, transitions };
    if (!(await this.#commit(said, about))) return undefined;
    kept.at = at;
    for (const outcome of kept.evaluator.outcomes) this.outcomes.set(outcome.rule, outcome);
    return {
      tells: transitions.some(({ tellings }) => tellings.length > 0),
      readers: readersOf(live, name, said.recorded),
      transitions,
      failed: said.failed,
    };
  }

  /** False when another evaluation came first. What is not stored is taken back, so that it is worked out again. */
  async #commit(
    { recorded, alerts, deleted, deadline, undo }: GroupEvaluation,
    about: Pick<EvaluationCommit, 'group' | 'now' | 'previous' | 'followed' | 'transitions'>,
  ): Promise<boolean> {
    const due = deadline();
    try {
      const wakes = mayWake(
        about.transitions.map(({ transition }) => transition),
        this.#deps.inhibit ?? [],
      );
      const commit = { ...about, recorded, alerts, deleted, wakes, ...(due < Infinity && { deadline: due }) };
      if (await this.#deps.store.commitEvaluation(commit)) return true;
    } catch (error) {
      undo();
      throw error;
    }
    undo();
    return false;
  }

  /** What this process left behind; the alerts are read anew when another one evaluated since. */
  async #evaluatorOf(
    group: CompiledGroup,
    { evaluatedAt, at }: { readonly evaluatedAt: number; readonly at: number },
  ): Promise<Kept> {
    const { store, runtime } = this.#deps;
    const kept = this.#kept.get(group.name);
    if (kept?.at === evaluatedAt) return kept;
    const rules = group.rules.filter((rule) => isAlert(rule)).map(({ rule }) => rule.alert);
    const alerts = await store.alerts(rules);
    const evaluator = kept?.evaluator ?? new GroupEvaluator(group, runtime.windows.view, new AlertBook());
    evaluator.book.restore(alerts.map((alert) => asOf(alert, evaluatedAt, at)));
    const read = { evaluator, at: evaluatedAt };
    this.#kept.set(group.name, read);
    return read;
  }
}

function readersOf(live: Live, group: string, recorded: readonly OwnSample[]): readonly string[] {
  const readers = new Set(recorded.flatMap(({ labels }) => live.readersOf(labels)));
  readers.delete(group);
  return [...readers];
}
