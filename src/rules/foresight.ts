import { NAME } from '../model/labels.ts';
import { after } from '../model/seek.ts';
import type { SeriesView, SeriesWindow } from '../model/series.ts';
import { isSteady, lookAhead, plan, Sharing } from '../promql/index.ts';
import type { Frame, Leaf } from '../promql/index.ts';
import { isAlert } from './compile.ts';
import type { CompiledAlert, CompiledGroup } from './compile.ts';
import { freshnessAt, outlookOf } from './outlook.ts';
import type { Foreseeable, Outlook } from './outlook.ts';

/** A rule of a group that can be looked at ahead, and how it reads samples. */
interface Foreseen extends Foreseeable {
  readonly reading: CompiledAlert['reading'];
}

const NO_INSTANTS = new Float64Array();

/**
 * Evaluates the rules of a group at many instants at once, from histories that are there whole, to say at which of them nothing can come of it:
 * everything is fresh, and every value lies within the levels. The rules are the same plans as at one instant, compiled once more so
 * that the two do not write over each other's columns.
 */
export class Foresight {
  readonly #view: SeriesView;
  readonly #rules: readonly (Foreseen | undefined)[];
  readonly #leaves: readonly Leaf[];
  #outlooks: readonly (Outlook | undefined)[] = [];
  #instants: Float64Array = NO_INSTANTS;
  #expiries: Uint8Array = new Uint8Array();
  #step = -1;
  #generation = NaN;
  #selected: readonly (readonly SeriesWindow[])[] = [];

  /** `isWritten`: series of this metric are written while time goes on, so that nobody can know them ahead. */
  constructor(group: CompiledGroup, view: SeriesView, isWritten: (metric: string) => boolean) {
    const sharing = new Sharing();
    this.#view = view;
    this.#rules = group.rules.map((rule) =>
      isAlert(rule) && canForesee(rule, isWritten) ? foreseeable(rule, sharing) : undefined,
    );
    this.#leaves = this.#rules.flatMap((rule) => rule?.plan.leaves ?? []);
  }

  get isWorthwhile(): boolean {
    return this.#leaves.length > 0;
  }

  /** True when it was looked at `now` (unix ms), and the series are those of then. */
  covers(now: number): boolean {
    if (!this.#isOfNow()) this.forget();
    const next = this.#step + 1;
    const step = this.#instants[next] === now ? next : this.#instants.indexOf(now);
    if (step >= 0) this.#step = step;
    return step >= 0;
  }

  /** Up to where it was looked: unix ms. */
  get until(): number {
    return this.#instants.at(-1) ?? -Infinity;
  }

  /** How many instants were looked at last; 0 after `forget`. */
  get steps(): number {
    return this.#instants.length;
  }

  forget(): void {
    this.#instants = NO_INSTANTS;
    this.#outlooks = [];
  }

  /** Looks at these instants (unix ms, rising). */
  look(instants: Float64Array): void {
    this.#instants = instants;
    this.#step = -1;
    this.#generation = this.#view.generation;
    this.#selected = this.#leaves.map(({ selection }) => selection.select(this.#view));
    this.#expiries = expiriesIn(new Set(this.#selected.flat()), instants);
    const freshness = freshnessAt(instants, this.#view);
    const frames = new Map<CompiledAlert['reading'], Frame>();
    this.#outlooks = this.#rules.map((rule) => {
      if (rule === undefined) return undefined;
      const { reading } = rule;
      const frame = frames.get(reading) ?? lookAhead(this.#view, instants, reading);
      frames.set(reading, frame);
      return outlookOf(rule, frame, freshness);
    });
  }

  /** What a rule, by its place in the group, will find; `undefined` when only its evaluation can tell. */
  of(rule: number): Outlook | undefined {
    return this.#outlooks[rule];
  }

  /** The first step from `step` on after which an input goes stale before the next one, or the last step. */
  pauseFrom(step: number): number {
    const found = this.#expiries.indexOf(1, step);
    return found < 0 ? this.steps - 1 : found;
  }

  /** Unix ms of the steps in `[from, to)`. */
  instants(from: number, to: number): Float64Array {
    return this.#instants.subarray(from, to);
  }

  /** The step of the instant that was asked for last. */
  get step(): number {
    return this.#step;
  }

  #isOfNow(): boolean {
    const view = this.#view;
    if (view.generation === this.#generation) return true;
    this.#generation = view.generation;
    return this.#leaves.every(({ selection }, index) => selection.select(view) === this.#selected[index]);
  }
}

function canForesee(
  { plan: { expr, leaves, type }, labels, reading }: CompiledAlert,
  isWritten: (metric: string) => boolean,
): boolean {
  if (type !== 'vector' || !labels.isFixed || reading.missing !== undefined || !isSteady(expr)) return false;
  return leaves.every(({ matchers }) => {
    const name = matchers.find((matcher) => matcher.name === NAME && matcher.op === '=');
    return name !== undefined && !isWritten(name.value);
  });
}

function foreseeable({ rule, judged, calm, reading }: CompiledAlert, sharing: Sharing): Foreseen {
  const again = plan(rule.expr, sharing);
  return { calm, reading, plan: again, judged: judged === undefined ? undefined : again.root!.left };
}

/** By step: 1 where one of these series goes stale before the next instant comes. */
function expiriesIn(series: ReadonlySet<SeriesWindow>, instants: Float64Array): Uint8Array {
  const expiries = new Uint8Array(instants.length);
  for (const { times, from, maxAge, to: known, ahead: to = known } of series) {
    let index = -1;
    for (let step = 0; step < instants.length; step++) {
      const now = instants[step]!;
      index = after(times, { first: from, last: to, at: now }, index + 1) - 1;
      const stale = index < from ? -Infinity : times[index]! + maxAge + 1;
      if (stale > now && stale < (instants[step + 1] ?? Infinity)) expiries[step] = 1;
    }
  }
  return expiries;
}
