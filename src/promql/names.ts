import { elementsOf, sheets, type Column } from './column.ts';
import { NotAhead } from './errors.ts';
import { assertDistinct, dropName } from './labels.ts';
import type { Shape } from './shape.ts';
import type { Element, Frame, Vector } from './value.ts';

/** The places of a result that is not the metric itself any more. */
export function withoutName({ options }: Pick<Frame, 'options'>, shape: Shape): Shape {
  return options.names === 'late' ? shape.late : shape.unnamed;
}

/** The column itself. @throws {EvaluationError} when two values of it have equal labels */
export function distinct(column: Column): Column {
  const { shape, present } = column;
  if (shape.nameless !== undefined || shape.isDistinct) return column;
  if (present.length !== shape.size) throw new NotAhead();
  assertDistinct(elementsOf(column));
  return column;
}

/** Makes new values at the same places, without the metric's name. @throws {EvaluationError} when two then have equal labels */
export type Mapper = (frame: Frame, column: Column, change: (value: number) => number) => Column;

/** A mapper with a sheet of its own. */
export function mapper(): Mapper {
  const sheetFor = sheets();
  return (frame, { shape, values, present }, change) => {
    const sheet = sheetFor(withoutName(frame, shape), values.length);
    sheet.present = present;
    for (let place = 0; place < values.length; place++) sheet.values[place] = change(values[place]!);
    return distinct(sheet);
  };
}

/** The same values without the metric's name. */
export function unnamed({ run }: Vector): Vector {
  return {
    type: 'vector',
    run: (frame) => {
      const column = run(frame);
      return distinct({ ...column, shape: withoutName(frame, column.shape) });
    },
  };
}

/** The elements, with the names away that were left to the end. @throws {EvaluationError} when two then have equal labels */
export function finished(column: Column): readonly Element[] {
  const elements = elementsOf(column).map(({ labels, value, nameless }) => ({
    labels: nameless ? dropName(labels) : labels,
    value,
  }));
  assertDistinct(elements);
  return elements;
}
