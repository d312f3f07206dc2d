import type { Labels } from '../../model/labels.ts';
import type { Expr } from '../ast.ts';
import type { Column } from '../column.ts';
import { asVector, compile } from '../compile.ts';
import { EvaluationError } from '../errors.ts';
import { together, type Selection } from '../selection.ts';
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
  /** Of each selector, in the order in which they stand. */
  readonly selections: readonly Selection[];
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
  #cuts = new Map<string, Cut>();
  #shape: Shape | undefined;
  #frame: Frame | undefined;
  #both: Both | undefined;

  constructor(members: readonly Member[]) {
    const [first] = members as [Member];
    this.#names = first.division.names;
    const selections = first.selections.map((_, index) => together(members.map((member) => member.selections[index]!)));
    const compiled = compile(first.expr, Sharing.over(first.expr, selections));
    this.#result = asVector(compiled)!;
    this.#compared = (compiled as Partial<Vector>).compared ?? this.#result;
  }

  /**
   * The columns of all; nothing when one expression cannot be evaluated, which each then finds out for itself. Only once for an
   * instant: where rules change samples in between, one after the other, each looks at its own.
   */
  run(frame: Frame): Both | undefined {
    if (frame === this.#frame) return this.#both;
    const isAgain = this.#frame?.now === frame.now && this.#frame.view === frame.view;
    this.#frame = frame;
    this.#both = isAgain ? undefined : this.#evaluate(frame);
    return this.#both;
  }

  /** Where the values of one member stand after `run`. */
  cut(values: readonly string[]): Cut {
    return this.#cuts.get(values.join('\u0001')) ?? NOWHERE;
  }

  #evaluate(frame: Frame): Both | undefined {
    frame.spent.series = 0;
    frame.spent.samples = 0;
    try {
      const both = { result: this.#result(frame), compared: this.#compared(frame) };
      if (both.compared.shape !== this.#shape) this.#divide(both.compared.shape);
      return both;
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
