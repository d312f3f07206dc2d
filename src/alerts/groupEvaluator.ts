import type { SeriesView } from '../model/series.ts';
import type { OwnSample } from '../model/stored.ts';
import { EvaluationError, frameAt, type Frame, type Selection } from '../promql/index.ts';
import { isAlert } from '../rules/compile.ts';
import type { CompiledGroup, CompiledRecord } from '../rules/compile.ts';
import type { Foresight } from '../rules/foresight.ts';
import { record } from '../rules/record.ts';
import { AlertBook } from './book.ts';
import { Changes } from './changes.ts';
import { UnknownCount } from './unknown.ts';
import { Watch, type RuleOutcome } from './watch.ts';

/** The windows a group reads; a recording rule's sample is there for the rules after it. */
export interface EvaluatedView extends SeriesView {
  /** False when exactly this sample is there already. */
  readonly put: (sample: OwnSample) => boolean;
  /** Told what a rule said before the next one is evaluated: a reading that ends series needs to know. */
  readonly onRecorded?: (rule: CompiledRecord, samples: readonly OwnSample[], now: number) => void;
  readonly onJudged?: (outcome: RuleOutcome, now: number) => void;
}

export interface RecordFailure {
  readonly record: string;
  readonly error: EvaluationError;
}

/** What one evaluation of a group says; nothing is stored yet. */
export interface GroupEvaluation extends Pick<Changes, 'alerts' | 'deleted' | 'transitions'> {
  readonly recorded: readonly OwnSample[];
  /** Recording rules that could not be evaluated: they wrote nothing, and what reads them goes stale. */
  readonly failed: readonly RecordFailure[];
  /** When `for`, `keep_firing_for` or the freshness of an input will have passed: unix ms, or Infinity. */
  readonly deadline: () => number;
  /** Takes the changes back, when they could not be stored. */
  readonly undo: () => void;
}

/** Makes the samples of one rule. */
type RuleEvaluator = (frame: Frame, changes: Changes) => readonly OwnSample[];

interface Evaluated {
  readonly evaluate: RuleEvaluator;
  readonly options: Frame['options'];
  /** Present for an alert; with the samples about its last evaluation. */
  readonly watch?: Watch;
  readonly count?: (now: number) => readonly OwnSample[];
}

/**
 * Evaluates a group over the same windows again and again: `evaluate` is one step of it, in rule order. The alerts are those of the
 * book, which is written as the rules say. Live, a test and a backtest take the same steps.
 */
export class GroupEvaluator {
  readonly group: CompiledGroup;
  readonly book: AlertBook;
  /** What was said last, by rule; for people. */
  readonly outcomes: readonly RuleOutcome[];
  readonly view: EvaluatedView;
  readonly #rules: readonly Evaluated[];
  readonly #selections: readonly Selection[];
  readonly #rested = new Rested((now) => this.#staleAt(now));
  #failed: RecordFailure[] = [];

  constructor(group: CompiledGroup, view: EvaluatedView, book = new AlertBook()) {
    this.group = group;
    this.book = book;
    this.view = view;
    const watches: Watch[] = [];
    this.#rules = group.rules.map((rule) => {
      if (!isAlert(rule)) return { evaluate: this.#recorder(rule), options: rule.reading };
      const watch = new Watch(rule, view, book.page(rule.rule.alert));
      watches.push(watch);
      const count = this.#counter(watch);
      return { evaluate: watcher(watch, count), options: rule.reading, watch, count };
    });
    this.outcomes = watches;
    const leaves = group.rules.flatMap(({ plan }) => plan.leaves);
    this.#selections = [...new Set(leaves.map(({ selection }) => selection))];
  }

  /**
   * Evaluates every rule at one instant: unix ms, judging clock. With foresight of that instant, all but those rules that it would leave
   * just as they are.
   */
  evaluate(now: number, foresight?: Foresight): GroupEvaluation {
    if (foresight !== undefined && this.#doAllRest(foresight)) return this.#rested.at(now);
    const changes = new Changes();
    const undo = () => changes.undo();
    this.#failed = [];
    try {
      const recorded = this.#run(now, changes, foresight);
      const { alerts, deleted, transitions } = changes;
      const deadline = () => Math.min(changes.deadline, this.#staleAt(now));
      return { recorded, failed: this.#failed, alerts, deleted, transitions, deadline, undo };
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** The first step after the last one that was foreseen at which a rule may change something, or after which an input goes stale before the next. */
  restsUntil(foresight: Foresight): number {
    let until = foresight.pauseFrom(foresight.step);
    for (let index = 0; index < this.#rules.length; index++)
      until = Math.min(until, this.#ruleRestsUntil(index, foresight));
    return until;
  }

  /** Makes alerts what they were before `end` (unix ms), also where rules rested. */
  catchUp(end: number): void {
    for (const { watch } of this.#rules) watch?.catchUp(end);
  }

  /** One frame serves the rules until one of them has written a sample. */
  #run(now: number, changes: Changes, foresight: Foresight | undefined): readonly OwnSample[] {
    const { view } = this;
    const recorded: OwnSample[] = [];
    let frame: Frame | undefined;
    let revision: number | undefined;
    for (let index = 0; index < this.#rules.length; index++) {
      let samples = foresight && this.#foresee(index, foresight, { now, changes });
      if (samples === undefined) {
        const { evaluate, options } = this.#rules[index]!;
        if (frame === undefined || view.revision === undefined || view.revision !== revision) {
          frame = frameAt(view, now, options);
          revision = view.revision;
        }
        samples = evaluate(frame, changes);
      }
      for (const sample of samples) if (view.put(sample)) recorded.push(sample);
    }
    return recorded;
  }

  /** One rule, if it could be looked at ahead. */
  #foresee(
    index: number,
    foresight: Foresight,
    { now, changes }: { readonly now: number; readonly changes: Changes },
  ): readonly OwnSample[] | undefined {
    const outlook = foresight.of(index);
    if (outlook === undefined) return undefined;
    const { watch, count } = this.#rules[index]!;
    const { step } = foresight;
    if (watch!.restsUntil(outlook, step) > step) return NONE;
    watch!.foresee(outlook, { step, now }, changes);
    return count!(now);
  }

  #doAllRest(foresight: Foresight): boolean {
    for (let index = 0; index < this.#rules.length; index++) if (!this.#rests(index, foresight)) return false;
    return true;
  }

  #rests(index: number, foresight: Foresight): boolean {
    return this.#ruleRestsUntil(index, foresight) > foresight.step;
  }

  #ruleRestsUntil(index: number, foresight: Foresight): number {
    const outlook = foresight.of(index);
    return outlook === undefined ? foresight.step : this.#rules[index]!.watch!.restsUntil(outlook, foresight.step);
  }

  #recorder(rule: CompiledRecord): RuleEvaluator {
    return (frame) => {
      const samples = this.#record(rule, frame);
      this.view.onRecorded?.(rule, samples, frame.now);
      return samples;
    };
  }

  #record(rule: CompiledRecord, frame: Frame): readonly OwnSample[] {
    try {
      return record(rule, frame);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#failed.push({ record: rule.rule.record, error });
      return NONE;
    }
  }

  /** Tells what a rule said, and counts what it could not judge. */
  #counter(watch: Watch): (now: number) => readonly OwnSample[] {
    const counted = new UnknownCount(watch.rule, this.group.name);
    return (now) => {
      this.view.onJudged?.(watch, now);
      const sample = counted.sample(watch, this.view, now);
      return sample === undefined ? NONE : [sample];
    };
  }

  /** The first moment after `now` at which an input goes stale unless something arrives. */
  #staleAt(now: number): number {
    let first = Infinity;
    for (const selection of this.#selections) first = Math.min(first, selection.staleAt(this.view, now));
    return first;
  }
}

const NONE: readonly never[] = [];

function watcher(watch: Watch, count: (now: number) => readonly OwnSample[]): RuleEvaluator {
  return (frame, changes) => (watch.evaluate(frame, changes) ? count(frame.now) : NONE);
}

/** An evaluation that left everything as it was; the same object every time. */
class Rested implements GroupEvaluation {
  readonly recorded = NONE;
  readonly failed = NONE;
  readonly alerts = NONE as never[];
  readonly deleted = NONE as never[];
  readonly transitions = NONE as never[];
  readonly deadline = (): number => this.#staleAt(this.#now);
  readonly #staleAt: (now: number) => number;
  #now = NaN;

  constructor(staleAt: (now: number) => number) {
    this.#staleAt = staleAt;
  }

  at(now: number): this {
    this.#now = now;
    return this;
  }

  undo(): void {
    // Nothing was written.
  }
}
