import { sheets, type Column } from './column.ts';
import { NO_SHAPE, Shape } from './shape.ts';
import type { Element, Frame, Vector } from './value.ts';

/** A vector that is made element by element, for what cannot be worked out place by place. */
export function listed(run: (frame: Frame) => readonly Element[]): Vector {
  const lay = layer();
  return { type: 'vector', run: (frame) => lay(run(frame)) };
}

/** Lays elements out as a column; the shape stays as long as the same labels come in the same order. */
function layer(): (elements: readonly Element[]) => Column {
  let shape = NO_SHAPE;
  const sheetFor = sheets();
  return (elements) => {
    const labels = elements.map((element) => element.labels);
    const nameless = elements.some((element) => element.nameless)
      ? elements.map((element) => element.nameless === true)
      : undefined;
    if (!shape.has(labels, nameless)) shape = new Shape(labels, nameless);
    const sheet = sheetFor(shape);
    sheet.present.fill(1);
    for (let place = 0; place < elements.length; place++) sheet.values[place] = elements[place]!.value;
    return sheet;
  };
}
