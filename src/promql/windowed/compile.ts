import type { SeriesWindow } from '../../model/series.ts';
import { Aligned } from '../aligned.ts';
import type { Selector } from '../ast.ts';
import type { OverFunction } from '../functions/definition.ts';
import { assertDistinct, haveSeveralNames } from '../labels.ts';
import { instantOf, spend, type Selection } from '../selection.ts';
import type { Element, Frame, Scalar, Vector } from '../value.ts';
import { Cursor } from './cursor.ts';

/** Compiles a function over a range selector, with what it keeps of each series from one instant to the next. */
export function compileWindowed(
  { apply, fold, keepsName }: OverFunction,
  selector: Selector,
  { select }: Selection,
  scalars: readonly Scalar[],
): Vector {
  const cursors = new Aligned((window: SeriesWindow) => new Cursor(window));
  const instant = instantOf(selector);
  return { type: 'vector', run };

  function run(frame: Frame): readonly Element[] {
    const end = instant(frame);
    const start = end - selector.range;
    const parameters = scalars.map((scalar) => scalar.run(frame));
    const named = keepsName === true || frame.options.names === 'late';
    const closed = frame.options.rangeEnds === 'closed';
    const series = select(frame.view);
    const elements: Element[] = [];
    let samples = 0;
    for (const cursor of cursors.of(series)) {
      const count = cursor.move({ start, end, now: frame.now }, closed);
      if (count === 0) continue;
      samples += count;
      const value = (fold && cursor.fold(fold)) ?? apply(cursor, ...parameters);
      if (value !== undefined) elements.push(elementOf(cursor, value, { named, keepsName }));
    }
    spend(frame, series.length, samples);
    if (!named && haveSeveralNames(series)) assertDistinct(elements);
    return elements;
  }
}

function elementOf(
  cursor: Cursor,
  value: number,
  { named, keepsName }: { named: boolean; keepsName: boolean | undefined },
): Element {
  if (!named) return { labels: cursor.unnamed, value };
  return keepsName ? { labels: cursor.labels, value } : { labels: cursor.labels, value, nameless: true };
}
