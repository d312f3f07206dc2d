import { COMPARE, sheets } from '../promql/index.ts';
import type { Both, Cut, Division, Family, Frame, Plan, Shape } from '../promql/index.ts';
import type { Evaluator, Subject } from './evaluator.ts';

interface Others {
  readonly division: Division;
  /** For when all together cannot be evaluated. */
  readonly alone: Evaluator;
}

/** The evaluator of one rule of a family: takes its places out of the columns of all, and compares them with its own threshold. */
export class Kin implements Evaluator {
  readonly #subject: Subject;
  readonly #family: Family;
  readonly #others: Others;
  readonly #isHeld: ((value: number) => boolean) | undefined;
  readonly #compared = sheets();
  readonly #result = sheets();
  #cutOf: Shape | undefined;
  #cut: Cut | undefined;

  constructor(subject: Subject, family: Family, others: Others) {
    const { root } = subject.plan;
    const threshold = subject.judged === undefined ? undefined : root?.threshold;
    this.#subject = subject;
    this.#family = family;
    this.#others = others;
    if (threshold !== undefined) this.#isHeld = (value) => COMPARE[root!.op](value, threshold);
  }

  /** What is evaluated for all of a family: a number at the other side of the root is each rule's own. */
  static part({ plan, judged }: Subject): Plan {
    return judged !== undefined && plan.root?.threshold !== undefined ? judged : plan;
  }

  run(frame: Frame): Both {
    const all = this.#family.run(frame);
    if (all === undefined) return this.#others.alone.run(frame);
    const { shape, places } = this.#ownCut();
    const { values, present } = this.#comparedOf(all);
    const compared = this.#compared(shape);
    const result = this.#result(shape);
    result.values = compared.values;
    for (let index = 0; index < places.length; index++) {
      const place = places[index]!;
      compared.values[index] = values[place]!;
      compared.present[index] = present[place]!;
      result.present[index] = this.#isIn(all, place) ? 1 : 0;
    }
    return { result, compared };
  }

  isCalm(frame: Frame, shape: Shape | undefined): boolean {
    const all = this.#family.run(frame);
    if (!all?.areFresh || frame.options.missing !== undefined) return false;
    const own = this.#ownCut();
    if (own.shape !== shape) return false;
    const { isInResult, lowest, highest } = this.#subject.calm;
    const { values, present } = this.#comparedOf(all);
    for (let index = 0; index < own.places.length; index++) {
      const place = own.places[index]!;
      const value = values[place]!;
      if (present[place] === 0 || !(value >= lowest && value <= highest)) return false;
      if (this.#isIn(all, place) !== isInResult) return false;
    }
    return true;
  }

  /** A rule without a comparison of its own is judged by the result. */
  #comparedOf(all: Both): Both['compared'] {
    return this.#subject.judged === undefined ? all.result : all.compared;
  }

  #isIn({ result, compared }: Both, place: number): boolean {
    if (this.#isHeld === undefined) return result.present[place] === 1;
    return compared.present[place] === 1 && this.#isHeld(compared.values[place]!);
  }

  #ownCut(): Cut {
    const { shape } = this.#family;
    if (this.#cut === undefined || shape !== this.#cutOf) this.#cut = this.#family.cut(this.#others.division.values);
    this.#cutOf = shape;
    return this.#cut;
  }
}
