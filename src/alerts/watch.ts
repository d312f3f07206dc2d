import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { after } from '../model/seek.ts';
import type { SeriesView } from '../model/series.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Frame } from '../promql/index.ts';
import type { CompiledAlert } from '../rules/compile.ts';
import type { Outlook } from '../rules/outlook.ts';
import { Judge } from '../rules/judge.ts';
import { carries } from '../rules/labeller.ts';
import { advance, goOn, isAtTop, isCalm, remove } from './advance.ts';
import type { Page } from './book.ts';
import type { Changes } from './changes.ts';
import { goOnThrough } from './goOnThrough.ts';
import { isNews } from './news.ts';
import { AT_TOP, CALM, OTHER, Rest } from './rest.ts';

/** What the last evaluation of a rule said. */
export interface RuleOutcome {
  readonly rule: string;
  /** Nothing could be judged, although some input is known. */
  readonly blind: boolean;
  /** The expression could not be evaluated. */
  readonly failed: boolean;
  /** How many label sets there is something to say of, and of those: breached, and not to be judged. */
  readonly judged: number;
  readonly breached: number;
  readonly unknown: number;
  /** What is said of every label set, worked out when asked. */
  readonly verdicts: () => readonly Verdict[];
}

/**
 * Keeps the alerts of one rule, evaluation after evaluation. A label set that was calm (its alert inactive and its data known) and whose
 * verdict is `ok` costs a few comparisons: there is nothing to advance, to write or to tell. When that holds for all of them and their
 * values stay calm, the rule rests.
 */
export class Watch implements RuleOutcome {
  readonly compiled: CompiledAlert;
  blind = false;
  judged = 0;
  breached = 0;
  unknown = 0;
  readonly #page: Page;
  readonly #judge: Judge;
  #places: Judge['places'] | undefined;
  #revision = -1;
  /** By place: the alert, and how it stands. */
  #alerts: (Alert | undefined)[] = [];
  #standing = new Uint8Array();
  /** What follows from that for instants that are looked at ahead; worked out when asked. */
  #rest: Rest | undefined;
  /** The first step that was passed over since, while alerts at the top have not been taken through. */
  #passed: { readonly outlook: Outlook; from: number } | undefined;
  /** Every label set was calm and `ok` by its value. */
  #rests = false;
  /** The last evaluation, while what it found has not been looked at. */
  #unseen: Frame | undefined;

  constructor(compiled: CompiledAlert, view: SeriesView, page: Page) {
    this.compiled = compiled;
    this.#page = page;
    this.#judge = new Judge(compiled, view);
  }

  get rule(): string {
    return this.compiled.rule.alert;
  }

  get failed(): boolean {
    return this.#judge.failed !== undefined;
  }

  /** Judges every label set at the frame's instant and advances its alert. False when nothing can have changed. */
  evaluate(frame: Frame, changes: Changes): boolean {
    const judge = this.#judge;
    const isMoved = this.#isMoved;
    const rests = this.#rests && !isMoved && judge.isSettled && this.compiled.evaluator.isCalm(frame, judge.shape);
    this.#unseen = rests ? frame : undefined;
    if (rests) return false;
    judge.evaluate(frame, { judged: this.#judged, isMoved });
    this.#advanceAll(frame.now, changes);
    return true;
  }

  /** As `evaluate`, of what was found ahead. */
  foresee(outlook: Outlook, at: { readonly step: number; readonly now: number }, changes: Changes): void {
    this.catchUp(at.now);
    this.#unseen = undefined;
    this.#judge.foresee(outlook, at, { judged: this.#judged, isMoved: this.#isMoved });
    this.#advanceAll(at.now, changes);
  }

  /** The first step from `step` on whose evaluation may change something: those before are passed over. */
  restsUntil(outlook: Outlook, step: number): number {
    if (this.#isMoved || this.failed || this.blind) return step;
    if (!this.#judge.isSettled || this.#judge.shape !== outlook.compared.shape) return step;
    this.#rest ??= new Rest(this.#judge, this.#alerts, this.#standing);
    const until = this.#rest.until(outlook, step);
    if (until === step) return step;
    const { judged, held } = this.#rest;
    this.judged = judged;
    this.breached = held.length;
    this.unknown = 0;
    if (held.length > 0 && this.#passed?.outlook !== outlook) this.#passed = { outlook, from: step };
    return until;
  }

  /** Takes the alerts at the top through the values of the steps before `end` (unix ms) that were passed over. */
  catchUp(end: number): void {
    if (this.#passed === undefined) return;
    const { outlook, from } = this.#passed;
    const to = after(outlook.instants, { first: from, last: outlook.steps, at: end - 1 }, from);
    if (from === to) return;
    const isMoved = this.#isMoved;
    for (const { place, column } of this.#rest!.held) {
      const alert = goOnThrough(this.#alerts[place]!, this.compiled.spec, { outlook, column, from, to });
      this.#alerts[place] = alert;
      this.#page.set(this.#judge.places.keys[place]!, alert);
    }
    this.#passed.from = to;
    if (!isMoved) this.#revision = this.#page.revision;
  }

  verdicts(): readonly Verdict[] {
    if (this.#unseen !== undefined) this.#judge.evaluate(this.#unseen, { judged: this.#judged, isMoved: false });
    this.#unseen = undefined;
    return this.#alerts.flatMap((alert, place) =>
      alert !== undefined || this.#judge.isFound(place) ? (this.#judge.verdict(place) ?? []) : [],
    );
  }

  get #isMoved(): boolean {
    return this.#page.revision !== this.#revision;
  }

  #advanceAll(now: number, changes: Changes): void {
    const judge = this.#judge;
    if (this.#isMoved || judge.places !== this.#places) this.#settle();
    this.judged = 0;
    this.breached = 0;
    this.unknown = 0;
    const resting = this.#advanceEach(now, changes);
    this.#rests = resting > 0 && resting === this.#standing.length && this.compiled.labels.isFixed;
    this.#rest = undefined;
    this.#passed = undefined;
    this.#revision = this.#page.revision;
    this.blind = this.judged === 0 && judge.isBlind;
  }

  /** Returns how many were found that are calm and stay so. */
  #advanceEach(now: number, changes: Changes): number {
    const judge = this.#judge;
    let resting = 0;
    for (let place = 0; place < this.#standing.length; place++) {
      const isFound = judge.isFound(place);
      const standing = this.#standing[place];
      if (standing === CALM && judge.isOk(place)) {
        this.judged++;
        if (isFound) resting++;
      } else if (standing === AT_TOP && judge.isAtTop(place)) this.#goOn(place, now, changes);
      else if (this.#alerts[place] !== undefined || isFound) {
        this.judged++;
        this.#advance(place, now, changes);
      }
    }
    return resting;
  }

  #advance(place: number, now: number, changes: Changes): void {
    const before = this.#alerts[place];
    const verdict = this.#judge.verdict(place);
    if (verdict === undefined) return this.#remove(place, before, { now, changes });
    if (verdict.status === 'unknown') this.unknown++;
    if (verdict.status === 'breached') this.breached++;
    const advanced = advance(before, verdict, this.compiled.spec, now);
    if (advanced.alert !== before) this.#write(place, advanced.alert, changes);
    changes.add(advanced, before);
  }

  #goOn(place: number, now: number, changes: Changes): void {
    const before = this.#alerts[place]!;
    const alert = goOn(before, this.#judge.valueAt(place), this.compiled.spec, now);
    this.judged++;
    this.breached++;
    this.#write(place, alert, changes);
    if (isNews(before, alert)) changes.alerts.push(alert);
  }

  #remove(place: number, alert: Alert | undefined, { now, changes }: { now: number; changes: Changes }): void {
    if (alert === undefined) return;
    const transition = remove(alert, now);
    if (transition !== undefined) changes.transitions.push(transition);
    changes.deleted.push(alert);
    this.#write(place, undefined, changes);
  }

  #write(place: number, alert: Alert | undefined, changes: Changes): void {
    this.#alerts[place] = alert;
    this.#standing[place] = this.#standingOf(alert);
    changes.write(this.#page, this.#judge.places.keys[place]!, alert);
  }

  /** Finds the alerts of the places. */
  #settle(): void {
    this.#places = this.#judge.places;
    this.#alerts = this.#places.keys.map((key) => this.#page.alerts.get(key));
    this.#standing = Uint8Array.from(this.#alerts, (alert) => this.#standingOf(alert));
  }

  #standingOf(alert: Alert | undefined): number {
    if (isCalm(alert)) return CALM;
    return isAtTop(alert, this.compiled.spec) ? AT_TOP : OTHER;
  }

  readonly #judged = (): readonly Labels[] => {
    const own = this.compiled.rule.labels;
    return [...this.#page.alerts.values()].flatMap(({ labels }) => (carries(labels, own) ? [labels] : []));
  };
}
