import { NAME, type Labels } from '../model/labels.ts';
import { dropName, keyOf } from './labels.ts';

/**
 * Label sets at fixed places. One object stands for them as long as the series below an expression stay the same, so that whatever
 * follows from labels alone (who matches whom, which group, which alert) is worked out once and not at every instant.
 */
export class Shape {
  readonly labels: readonly Labels[];
  /** With late names: true where the metric's name still stands in the labels and goes away at the end. */
  readonly nameless: readonly boolean[] | undefined;
  #isDistinct: boolean | undefined;
  #unnamed: Shape | undefined;
  #late: Shape | undefined;

  constructor(labels: readonly Labels[], nameless?: readonly boolean[]) {
    this.labels = labels;
    this.nameless = nameless?.includes(true) ? nameless : undefined;
  }

  get size(): number {
    return this.labels.length;
  }

  /** No two places have equal labels. */
  get isDistinct(): boolean {
    this.#isDistinct ??= new Set(this.labels.map(keyOf)).size === this.labels.length;
    return this.#isDistinct;
  }

  /** The same places without the metric's name. */
  get unnamed(): Shape {
    this.#unnamed ??= this.labels.every((labels) => labels[NAME] === undefined)
      ? this
      : new Shape(this.labels.map(dropName));
    return this.#unnamed;
  }

  /** The same places, the metric's name to go away at the end. */
  get late(): Shape {
    this.#late ??= this.nameless?.every(Boolean)
      ? this
      : new Shape(
          this.labels,
          this.labels.map(() => true),
        );
    return this.#late;
  }

  /** True when these labels stand at the same places. */
  has(labels: readonly Labels[], nameless: readonly boolean[] | undefined): boolean {
    const { length } = this.labels;
    if (labels.length !== length) return false;
    for (let place = 0; place < length; place++) {
      if (this.labels[place] !== labels[place]) return false;
      if ((this.nameless?.[place] ?? false) !== (nameless?.[place] ?? false)) return false;
    }
    return true;
  }
}

export const NO_SHAPE = new Shape([]);
