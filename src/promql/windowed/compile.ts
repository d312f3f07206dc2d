import type { SeriesWindow } from '../../model/series.ts';
import { Aligned } from '../aligned.ts';
import type { Selector } from '../ast.ts';
import { sheets } from '../column.ts';
import type { OverFunction } from '../functions/definition.ts';
import { distinct, withoutName } from '../names.ts';
import { instantOf, spend, type Selection } from '../selection.ts';
import type { Scalar, Vector } from '../value.ts';
import { Cursor } from './cursor.ts';

/** Compiles a function over a range selector, with what it keeps of each series from one instant to the next. */
export function compileWindowed(
  { apply, fold, keepsName }: OverFunction,
  selector: Selector,
  { select, shape }: Selection,
  scalars: readonly Scalar[],
): Vector {
  const cursors = new Aligned((window: SeriesWindow) => new Cursor(window, selector.range));
  const instant = instantOf(selector);
  const sheetFor = sheets();
  return {
    type: 'vector',
    run: (frame) => {
      const end = instant(frame);
      const parameters = scalars.map((scalar) => scalar.run(frame));
      const isClosed = frame.options.rangeEnds === 'closed';
      const series = select(frame.view);
      const sheet = sheetFor(keepsName ? shape(frame.view) : withoutName(frame, shape(frame.view)));
      let place = 0;
      let samples = 0;
      for (const cursor of cursors.of(series)) {
        const count = cursor.move(end, frame.now, isClosed);
        samples += count;
        const value = count === 0 ? undefined : ((fold && cursor.fold(fold)) ?? apply(cursor, ...parameters));
        sheet.present[place] = value === undefined ? 0 : 1;
        if (value !== undefined) sheet.values[place] = value;
        place++;
      }
      spend(frame, series.length, samples);
      return distinct(sheet);
    },
  };
}
