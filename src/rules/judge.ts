import type { Labels } from '../model/labels.ts';
import type { AlertRule, Level } from '../model/rule.ts';
import { isFresh, type SeriesView } from '../model/series.ts';
import type { UnknownReason, Verdict } from '../model/verdict.ts';
import { leafInstant, NO_SHAPE, support, TooExpensive } from '../promql/index.ts';
import type { Both, Column, Frame, Leaf } from '../promql/index.ts';
import type { CompiledAlert } from './compile.ts';
import { Conditions } from './condition.ts';
import type { Outlook } from './outlook.ts';
import { placesFor, type Places } from './places.ts';
import { isAt, presence, unknown, verdictOf, type Known } from './verdict.ts';

/** What the last evaluation found at a place: nothing, a value that is not in the result, or one that is. */
const NOTHING = 0;
const VALUE = 1;
const RESULT = 2;

const NO_COLUMN: Column = { shape: NO_SHAPE, values: new Float64Array(), present: new Uint8Array() };
const NO_COLUMNS: Both = { result: NO_COLUMN, compared: NO_COLUMN };

const NOWHERE: Places = { labels: [], keys: [], of: new Uint32Array() };

/** Label sets that were judged before: asked for when they have moved, or the series have. */
interface Before {
  readonly judged: () => Iterable<Labels>;
  readonly isMoved: boolean;
}

/**
 * Judges one alerting rule at one instant after the other, for every label set it yields or has judged before.
 *
 * `missing: hold` makes a verdict unknown as soon as any series it rests on is stale; `missing: drop` only when a leaf of the
 * expression has no fresh series left. A value that is not finite is unknown. Absence of a label set is `ok` only while every
 * series that it needs is known and fresh.
 *
 * Label sets stand at places that stay as long as the series do; `isOk` says of most of them all there is to say from two numbers, and
 * only for the others a verdict is worked out.
 */
export class Judge {
  /** Another object whenever label sets have moved. */
  places = NOWHERE;
  /** Why nothing could be evaluated, if so. */
  failed: UnknownReason | undefined;
  readonly #compiled: CompiledAlert;
  readonly #view: SeriesView;
  readonly #leaves: readonly { readonly leaf: Leaf; readonly conditions: Conditions }[];
  /** The highest level; a plain rule has none. */
  readonly #top: Level | undefined;
  #shape: Column['shape'] | undefined;
  #states = new Uint8Array();
  #values = new Float64Array();
  /** 1 where every leaf is known to have series. */
  #attached = new Uint8Array();
  #generation = NaN;
  /** A leaf that nothing can do without selects no series at all. */
  #isBare = false;
  /** Every input is fresh, so that a calm value is `ok`. */
  #isCertain = false;
  #now = NaN;

  constructor(compiled: CompiledAlert, view: SeriesView) {
    const { plan, rule } = compiled;
    this.#top = rule.levels.at(-1);
    this.#compiled = compiled;
    this.#view = view;
    this.#leaves = plan.leaves.map((leaf) => ({ leaf, conditions: new Conditions(leaf.optional) }));
  }

  /** The label sets of the last evaluation. */
  get shape(): Column['shape'] | undefined {
    return this.#shape;
  }

  /** Evaluates at the frame's instant. */
  evaluate(frame: Frame, before: Before): void {
    const both = this.#run(frame);
    this.#settle(frame.now, both.compared, before);
    this.#isCertain = this.failed === undefined && !this.#isBare && this.#areFresh();
    if (this.failed === undefined) this.#take(both, 0, 1);
  }

  /** Takes over what was found ahead for this step, whose instant is `now` (unix ms): just what an evaluation would find. */
  foresee(outlook: Outlook, { step, now }: { readonly step: number; readonly now: number }, before: Before): void {
    this.failed = undefined;
    this.#settle(now, outlook.compared, before);
    this.#isCertain = outlook.stale[step] === 0;
    this.#take(outlook, step, outlook.steps);
  }

  /** True when the verdict is `ok` for sure. */
  isOk(place: number): boolean {
    if (!this.#isCertain || this.#attached[place] === 0) return false;
    const state = this.#states[place]!;
    return state === NOTHING || this.#isCalm(state === RESULT, this.#values[place]!);
  }

  /** True when for sure the highest level is crossed, or a plain rule's comparison holds. */
  isAtTop(place: number): boolean {
    return this.#isCertain && this.#states[place] === RESULT && this.#isTop(this.#values[place]!);
  }

  /** As `isOk` of an attached place, at a place of columns that were looked at ahead and while no input is stale. */
  keepsCalm({ result, compared }: Both, at: number): boolean {
    return compared.present[at] === 0 || this.#isCalm(result.present[at] === 1, compared.values[at]!);
  }

  /** As `isAtTop`, in the same way. */
  keepsTop({ result, compared }: Both, at: number): boolean {
    return (compared.present[at]! & result.present[at]!) === 1 && this.#isTop(compared.values[at]!);
  }

  /** False when series have come or gone since the last evaluation. */
  get isSettled(): boolean {
    return this.#view.generation === this.#generation;
  }

  /** The value that was found. */
  valueAt(place: number): number {
    return this.#values[place]!;
  }

  /** True when every leaf is known to have series for this place. */
  isAttached(place: number): boolean {
    return this.#attached[place] === 1;
  }

  /** True when the evaluation found something at this place. */
  isFound(place: number): boolean {
    return this.#states[place] !== NOTHING;
  }

  /** What is said of the label set at this place, which was found or judged before; `undefined` when its series are gone. */
  verdict(place: number): Verdict | undefined {
    const labels = this.places.labels[place]!;
    const { rule, reading } = this.#compiled;
    if (this.failed !== undefined) return unknown(labels, this.failed);
    const isInResult = this.#states[place] === RESULT;
    const value = this.#states[place] === NOTHING ? undefined : this.#values[place]!;
    if (reading.missing === 'prometheus') {
      const shown = isInResult || rule.levels.length > 0 ? value : undefined;
      return presence(rule, labels, { isInResult, value: shown, maxAge: Infinity });
    }
    const inputs = this.#inputsOf(labels);
    this.#attached[place] = inputs.isMissing ? 0 : 1;
    return verdictFrom(rule, labels, { isInResult, value }, inputs);
  }

  /** True when nothing is judged although some input is known, and all there is of one leaf is stale. */
  get isBlind(): boolean {
    if (this.failed !== undefined) return true;
    if (this.#compiled.reading.missing === 'prometheus') return false;
    return this.#leaves.some(({ leaf }) => {
      const series = leaf.selection.select(this.#view);
      const at = leafInstant(leaf, this.#now);
      return !leaf.exempt && series.length > 0 && series.every((one) => !isFresh(one, at));
    });
  }

  #isCalm(isInResult: boolean, value: number): boolean {
    const { calm } = this.#compiled;
    return isInResult === calm.isInResult && value >= calm.lowest && value <= calm.highest;
  }

  #isTop(value: number): boolean {
    return Number.isFinite(value) && (this.#top === undefined || isAt(this.#top, value));
  }

  #run(frame: Frame): Both {
    this.failed = undefined;
    try {
      return this.#compiled.evaluator.run(frame);
    } catch (error) {
      this.failed = error instanceof TooExpensive ? 'too_expensive' : 'failed';
      return NO_COLUMNS;
    }
  }

  /** Makes ready for what is found at `now` in columns of this shape. */
  #settle(now: number, compared: Column, { judged, isMoved }: Before): void {
    this.#now = now;
    if (isMoved || compared.shape !== this.#shape || !this.#compiled.labels.isFixed) this.#place(compared, judged());
    else this.#states.fill(NOTHING);
    if (this.#view.generation !== this.#generation) this.#reattach();
  }

  #place(compared: Column, judged: Iterable<Labels>): void {
    this.places = placesFor(compared, this.#compiled.labels, judged);
    const { length } = this.places.labels;
    this.#shape = compared.shape;
    this.#states = new Uint8Array(length);
    this.#values = new Float64Array(length);
    this.#attached = new Uint8Array(length);
  }

  /** Takes in a step of columns that hold so many. */
  #take({ result, compared }: Both, step: number, steps: number): void {
    const { of } = this.places;
    for (let index = 0, at = step; index < of.length; index++, at += steps) {
      if (compared.present[at] === 0) continue;
      const place = of[index]!;
      const state = result.present[at] === 1 ? RESULT : VALUE;
      // Where a rule's own labels make two label sets one, what is in the result counts.
      if (state < this.#states[place]!) continue;
      this.#states[place] = state;
      this.#values[place] = compared.values[at]!;
    }
  }

  #reattach(): void {
    const view = this.#view;
    this.#generation = view.generation;
    this.#attached.fill(0);
    this.#isBare = this.#leaves.some(
      ({ leaf }) => !leaf.exempt && !leaf.optional && leaf.selection.select(view).length === 0,
    );
  }

  /** True when every input is fresh, so that what is not there is not there for sure. */
  #areFresh(): boolean {
    if (this.#compiled.reading.missing !== undefined) return false;
    return this.#leaves.every(
      ({ leaf }) => leaf.exempt || leaf.selection.isFresh(this.#view, leafInstant(leaf, this.#now)),
    );
  }

  #inputsOf(labels: Labels): Inputs {
    const { inputLabels, rule } = this.#compiled;
    const view = this.#view;
    const own = inputLabels(labels);
    const inputs = { isMissing: false, isStale: false, staleSince: undefined as number | undefined, maxAge: Infinity };
    for (const { leaf, conditions } of this.#leaves) {
      const series = support(leaf, view, own);
      const condition = conditions.of(series, leafInstant(leaf, this.#now), view.revision);
      inputs.maxAge = Math.min(inputs.maxAge, condition.maxAge);
      if (leaf.exempt) continue;
      if (condition.count === 0 && !leaf.optional) inputs.isMissing = true;
      if (condition.stale === 0 || (rule.missing === 'drop' && condition.stale < condition.count)) continue;
      inputs.isStale = true;
      inputs.staleSince = earlier(inputs.staleSince, condition.staleSince);
    }
    return inputs;
  }
}

interface Inputs {
  /** A leaf that the label set cannot do without has no known series left. */
  readonly isMissing: boolean;
  readonly isStale: boolean;
  readonly staleSince: number | undefined;
  readonly maxAge: number;
}

/** A label set whose series are gone is still judged while it is breached: no alert ends because a selector cannot be followed. */
function verdictFrom(
  rule: AlertRule,
  labels: Labels,
  found: Pick<Known, 'isInResult' | 'value'>,
  { isMissing, isStale, staleSince, maxAge }: Inputs,
): Verdict | undefined {
  if (isMissing && !found.isInResult) return undefined;
  if (isStale) return { ...unknown(labels, 'stale'), maxAge, ...(staleSince !== undefined && { staleSince }) };
  const verdict = verdictOf(rule, labels, { ...found, maxAge });
  return isMissing && verdict.status !== 'breached' ? undefined : verdict;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
