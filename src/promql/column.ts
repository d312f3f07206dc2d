import type { Shape } from './shape.ts';
import type { Element, Frame } from './value.ts';

/**
 * An instant vector: a value for each place of a shape. What made it writes over it when it runs again. Of a frame with several instants
 * it holds as many values for each place, side by side: `steps` of them from `place * steps` on.
 */
export interface Column {
  readonly shape: Shape;
  readonly values: Float64Array;
  /** 1 where there is a value. */
  readonly present: Uint8Array;
}

/** A column to write into; either array may be exchanged for one of an operand. */
export interface Sheet {
  shape: Shape;
  values: Float64Array;
  present: Uint8Array;
}

/** Gives a sheet of so many values to write into, one for each place unless said: the same one as long as the shape stays. */
export function sheets(): (shape: Shape, length?: number) => Sheet {
  let sheet: Sheet | undefined;
  let room = 0;
  return (shape, length = shape.size) => {
    if (sheet?.shape !== shape || room !== length)
      sheet = { shape, values: new Float64Array(length), present: new Uint8Array(length) };
    room = length;
    return sheet;
  };
}

/** How many values a frame's columns hold for each place. */
export function stepsOf({ instants }: Pick<Frame, 'instants'>): number {
  return instants === undefined ? 1 : instants.length;
}

/** What is there, with its labels. */
export function elementsOf({ shape, values, present }: Column): readonly Element[] {
  const elements: Element[] = [];
  for (let place = 0; place < shape.size; place++) {
    if (present[place] === 0) continue;
    const element = { labels: shape.labels[place]!, value: values[place]! };
    elements.push(shape.nameless?.[place] ? { ...element, nameless: true } : element);
  }
  return elements;
}

/** How many values there are. */
export function countOf({ shape, present }: Column): number {
  let count = 0;
  for (let place = 0; place < shape.size; place++) count += present[place]!;
  return count;
}
