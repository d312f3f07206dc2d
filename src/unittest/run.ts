import { AlertBook } from '../alerts/book.ts';
import { GroupEvaluator } from '../alerts/groupEvaluator.ts';
import type { RuleOutcome } from '../alerts/watch.ts';
import type { Transition } from '../model/alert.ts';
import type { Route } from '../model/config.ts';
import type { Notification } from '../model/notification.ts';
import { evaluate, EvaluationError, plan, PromqlError } from '../promql/index.ts';
import type { Plan } from '../promql/index.ts';
import { compileGroup, isAlert } from '../rules/compile.ts';
import type { CompiledGroup, Reading } from '../rules/compile.ts';
import { Teller } from '../replay/teller.ts';
import { needsOf } from '../series/index.ts';
import { checkAlerts } from './checkAlerts.ts';
import { expressionOutcome, linesOutcome } from './outcome.ts';
import { compareTold } from './told.ts';
import { TestWindows } from './testWindows.ts';
import type { ExpressionTest, Outcome, TestFile, UnitTest } from './testFile.ts';

/** One receiver, told of every change at once; a reminder comes after four hours. */
const ROUTE: Route = {
  receivers: ['default'],
  groupBy: ['alertname', 'asset'],
  groupWait: 0,
  groupInterval: 0,
  repeatInterval: 14_400_000,
  matchers: [],
  routes: [],
  continue: false,
};

/** Runs every test of a file on the code that judges live series. */
export function runTests(file: TestFile, reading: Reading = {}): readonly Outcome[] {
  const groups = file.groups.map((group) => compileGroup(group, reading));
  return file.tests.flatMap((test) => new Run({ file, test, groups, reading }).outcomes());
}

interface Subject {
  readonly file: TestFile;
  readonly test: UnitTest;
  readonly groups: readonly CompiledGroup[];
  readonly reading: Reading;
}

/** One test: its own series, alerts and messages, from the start to the last instant that is asked about. */
class Run {
  readonly #subject: Subject;
  readonly #windows: TestWindows;
  readonly #teller = new Teller(ROUTE);
  #said: readonly Notification[] = [];
  readonly #book = new AlertBook();
  readonly #evaluators: readonly GroupEvaluator[];

  constructor(subject: Subject) {
    const { file, test, groups, reading } = subject;
    this.#subject = subject;
    const plans = groups.flatMap(({ rules }) => rules.map((rule) => rule.plan));
    const needs = needsOf([...plans, ...test.expressions.flatMap(({ expr }) => tryPlan(expr))]);
    this.#windows = new TestWindows(needs, test, { reading, known: this.#book.alerts });
    this.#evaluators = groups.map((group) => new GroupEvaluator(group, this.#windows, this.#book));
    this.#windows.state(file.facts);
  }

  outcomes(): readonly Outcome[] {
    const { test, file } = this.#subject;
    const all = [...test.alerts, ...test.notifications, ...test.expressions];
    const end = Math.max(0, ...all.map(({ at }) => at));
    const outcomes: Outcome[] = [];
    for (let now = 0; now <= end; now += file.evaluationInterval) {
      this.#windows.feed(now);
      const error = this.#evaluate(now);
      if (error !== undefined) return [...outcomes, { position: test.position, about: 'rules', passed: false, error }];
      outcomes.push(...this.#askedAt(now));
    }
    return [...outcomes, ...test.expressions.map((one) => this.#checkExpression(one))];
  }

  #askedAt(now: number): readonly Outcome[] {
    const { test, file, groups } = this.#subject;
    const isNow = ({ at }: { readonly at: number }) => now <= at && at < now + file.evaluationInterval;
    const judged = { file, test, groups, alerts: this.#book.alerts, view: this.#windows, now };
    return [
      ...test.alerts.filter(isNow).map((one) => checkAlerts(one, judged)),
      ...test.notifications
        .filter(isNow)
        .map((one) => linesOutcome(one, `told to ${one.receiver}`, compareTold(this.#said, one))),
    ];
  }

  /** Returns why a rule could not be evaluated, if so. */
  #evaluate(now: number): string | undefined {
    const { reading } = this.#subject;
    if (reading.missing !== 'prometheus') this.#windows.judgeFrozen(now);
    const transitions: Transition[] = [];
    for (const evaluator of this.#evaluators) {
      try {
        const said = evaluator.evaluate(now);
        transitions.push(...said.transitions);
        for (const { error } of said.failed) throw error;
        for (const outcome of evaluator.outcomes) this.#raise(evaluator.group, outcome, now);
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        return `group "${evaluator.group.name}" at ${now / 1000}s: ${error.message}`;
      }
    }
    this.#said = this.#teller.tell(transitions, this.#book.alerts, now).map((message) => message.compose());
    return undefined;
  }

  /** A rule that failed is blind live; here its error is the answer. @throws {EvaluationError} */
  #raise({ rules }: CompiledGroup, { rule, blind, failed }: RuleOutcome, now: number): void {
    if (!blind && !failed) return;
    for (const compiled of rules) {
      if (isAlert(compiled) && compiled.rule.alert === rule)
        evaluate(compiled.plan, this.#windows, now, this.#subject.reading);
    }
  }

  #checkExpression(test: ExpressionTest): Outcome {
    try {
      const got = evaluate(plan(test.expr), this.#windows, test.at, this.#subject.reading);
      return expressionOutcome(test, got, this.#subject.test.fuzzy);
    } catch (error) {
      if (!(error instanceof EvaluationError || error instanceof PromqlError)) throw error;
      return { position: test.position, about: `expression ${test.expr}`, passed: false, error: error.message };
    }
  }
}

function tryPlan(expr: string): readonly Plan[] {
  try {
    return [plan(expr)];
  } catch (error) {
    if (error instanceof PromqlError) return [];
    throw error;
  }
}
