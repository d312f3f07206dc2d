import type { Labels } from '../../model/labels.ts';
import type { Expr } from '../ast.ts';
import type { Column } from '../column.ts';
import { asVector, compile } from '../compile.ts';
import { EvaluationError } from '../errors.ts';
import { leafInstant, type Leaf } from '../plan.ts';
import { together } from '../selection.ts';
import { NO_SHAPE, Shape } from '../shape.ts';
import { Sharing } from '../sharing.ts';
import type { Frame, Vector } from '../value.ts';
import type { Division } from './divide.ts';

/** What an expression came to: in the result, and compared, at the same places. */
export interface Both {
  readonly result: Column;
  readonly compared: Column;
}

/** One expression of a family. */
export interface Member {
  readonly expr: Expr;
  readonly division: Division;
  /** Its selectors, in the order in which they stand. */
  readonly leaves: readonly Leaf[];
}

/** What all members of a family came to. */
interface All extends Both {
  /** Every input of every one is fresh. */
  readonly areFresh: boolean;
}

/** The places of the whole column that have one member's values. */
export interface Cut {
  readonly shape: Shape;
  readonly places: Uint32Array;
}

const NOWHERE: Cut = { shape: NO_SHAPE, places: new Uint32Array() };

/**
 * Expressions that differ only in the values of the labels that divide them, evaluated as one over the series of all. Each has its part
 * of the columns, and it is what the expression alone would come to.
 */
export class Family {
  readonly #names: readonly string[];
  readonly #result: Vector['run'];
  readonly #compared: Vector['run'];
  readonly #leaves: readonly Leaf[];
  #cuts = new Map<string, Cut>();
  #shape: Shape | undefined;
  #frame: Frame | undefined;
  #all: All | undefined;

  constructor(members: readonly Member[]) {
    const [first] = members as [Member];
    this.#names = first.division.names;
    this.#leaves = first.leaves.map((leaf, index) => ({
      ...leaf,
      selection: together(members.map((member) => member.leaves[index]!.selection)),
    }));
    const selections = this.#leaves.map(({ selection }) => selection);
    const compiled = compile(first.expr, Sharing.over(first.expr, selections));
    this.#result = asVector(compiled)!;
    this.#compared = (compiled as Partial<Vector>).compared ?? this.#result;
  }

  /**
   * The columns of all; nothing when one expression cannot be evaluated, which each then finds out for itself. Only once for an
   * instant: where rules change samples in between, one after the other, each looks at its own.
   */
  run(frame: Frame): All | undefined {
    if (frame === this.#frame) return this.#all;
    const isAgain = this.#frame?.now === frame.now && this.#frame.view === frame.view;
    this.#frame = frame;
    this.#all = isAgain ? undefined : this.#evaluate(frame);
    return this.#all;
  }

  /** Another one whenever the places of members have changed. */
  get shape(): Shape | undefined {
    return this.#shape;
  }

  /** Where the values of one member stand after `run`. */
  cut(values: readonly string[]): Cut {
    return this.#cuts.get(values.join('\u0001')) ?? NOWHERE;
  }

  #evaluate(frame: Frame): All | undefined {
    frame.spent.series = 0;
    frame.spent.samples = 0;
    try {
      const result = this.#result(frame);
      const compared = this.#compared(frame);
      if (compared.shape !== this.#shape) this.#divide(compared.shape);
      return { result, compared, areFresh: this.#leaves.every((leaf) => isFresh(leaf, frame)) };
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  }

  #divide(shape: Shape): void {
    const places = new Map<string, number[]>();
    for (let place = 0; place < shape.size; place++) {
      const key = this.#names.map((name) => shape.labels[place]![name]).join('\u0001');
      const known = places.get(key);
      if (known === undefined) places.set(key, [place]);
      else known.push(place);
    }
    const before = this.#cuts;
    this.#cuts = new Map([...places].map(([key, own]) => [key, cutOf(shape, own, before.get(key)?.shape)]));
    this.#shape = shape;
  }
}

/** The same shape as before when the same label sets are there. */
function cutOf({ labels, nameless }: Shape, places: readonly number[], before = NO_SHAPE): Cut {
  const own: readonly Labels[] = places.map((place) => labels[place]!);
  const late = nameless && places.map((place) => nameless[place]!);
  return { shape: before.has(own, late) ? before : new Shape(own, late), places: Uint32Array.from(places) };
}

function isFresh(leaf: Leaf, { view, now }: Frame): boolean {
  return leaf.exempt || leaf.selection.isFresh(view, leafInstant(leaf, now));
}
