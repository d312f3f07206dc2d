import type { Shape } from './shape.ts';
import type { Element } from './value.ts';

/** An instant vector: a value for each place of a shape. What made it writes over it when it runs again. */
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

/** Gives a sheet to write into: the same one as long as the shape stays. */
export function sheets(): (shape: Shape) => Sheet {
  let sheet: Sheet | undefined;
  return (shape) => {
    if (sheet?.shape !== shape)
      sheet = { shape, values: new Float64Array(shape.size), present: new Uint8Array(shape.size) };
    return sheet;
  };
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
