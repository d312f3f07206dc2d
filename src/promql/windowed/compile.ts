import { sheets } from '../column.ts';
import type { OverFunction } from '../functions/definition.ts';
import { distinct, withoutName } from '../names.ts';
import type { Scalar, Vector } from '../value.ts';
import { Blocks } from './blocks.ts';
import type { Cursors } from './cursors.ts';
import type { Fold } from './fold.ts';
import type { Ranges } from './ranges.ts';

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
      const { from, to } = moved;
      const shape = selection.shape(frame.view);
      const sheet = sheetFor(keepsName ? shape : withoutName(frame, shape));
      for (let place = 0; place < from.length; place++) {
        const isEmpty = to[place] === from[place];
        const value = isEmpty ? undefined : (valueOf(moved, place) ?? apply(moved.range(place), ...parameters));
        sheet.present[place] = value === undefined ? 0 : 1;
        if (value !== undefined) sheet.values[place] = value;
      }
      return distinct(sheet);
    },
  };
}

/** The fold of the samples; `undefined` when only they can tell. */
function folded(fold: Fold): (cursors: Cursors, place: number) => number | undefined {
  let kept: Cursors | undefined;
  let blocks: Blocks | undefined;
  return (cursors, place) => {
    if (cursors !== kept) blocks = new Blocks(fold, cursors, blocks);
    kept = cursors;
    return blocks!.value(place);
  };
}
