import { Aligned } from '../aligned.ts';
import { sheets } from '../column.ts';
import type { OverFunction } from '../functions/definition.ts';
import { distinct, withoutName } from '../names.ts';
import type { Scalar, Vector } from '../value.ts';
import { Blocks } from './blocks.ts';
import type { Cursor } from './cursor.ts';
import { scan, type Fold } from './fold.ts';
import type { Ranges } from './ranges.ts';

/** From so many samples on, blocks cost less than the samples themselves. */
const MANY = 64;

/** Compiles a function over a range selector, with what it keeps of each series from one instant to the next. */
export function compileWindowed(
  { apply, fold, keepsName }: OverFunction,
  { selection, cursors }: Ranges,
  scalars: readonly Scalar[],
): Vector {
  const valueOf = fold === undefined ? () => undefined : folded(fold);
  const sheetFor = sheets();
  return {
    type: 'vector',
    run: (frame) => {
      const parameters = scalars.map((scalar) => scalar.run(frame));
      const moved = cursors(frame);
      const shape = selection.shape(frame.view);
      const sheet = sheetFor(keepsName ? shape : withoutName(frame, shape));
      for (let place = 0; place < moved.length; place++) {
        const cursor = moved[place]!;
        const isEmpty = cursor.to === cursor.from;
        const value = isEmpty ? undefined : (valueOf(moved, place) ?? apply(cursor, ...parameters));
        sheet.present[place] = value === undefined ? 0 : 1;
        if (value !== undefined) sheet.values[place] = value;
      }
      return distinct(sheet);
    },
  };
}

/** The fold of the samples; `undefined` when only they can tell. Few are folded one by one, many by their blocks. */
function folded(fold: Fold): (cursors: readonly Cursor[], place: number) => number | undefined {
  const blocks = new Aligned((cursor: Cursor) => new Blocks(fold, cursor));
  const few = new Float64Array(fold.size);
  return (cursors, place) => {
    const cursor = cursors[place]!;
    if (cursor.to - cursor.from >= MANY) {
      cursor.locate();
      return blocks.of(cursors)[place]!.value();
    }
    scan(fold, cursor, few, 0);
    return fold.value(few, cursor);
  };
}
