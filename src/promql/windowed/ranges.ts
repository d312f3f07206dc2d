import type { SeriesWindow } from '../../model/series.ts';
import type { Selector } from '../ast.ts';
import { once } from '../once.ts';
import { instantOf, spend, type Selection } from '../selection.ts';
import type { Frame } from '../value.ts';
import { wholeOf } from '../whole.ts';
import { Cursors } from './cursors.ts';

/** A range selector's series with cursors over them; the functions over one selector share them. */
export interface Ranges {
  readonly selection: Selection;
  /** Moves the cursors to the frame's instant, in the order of the series; others when the series are others. */
  readonly cursors: (frame: Frame) => Cursors;
  /** Cursors over all that is there, also what is not known yet; whoever takes them moves them. */
  readonly ahead: (frame: Frame) => Cursors;
  /** ms by which a range ends before the instant it is evaluated at. */
  readonly offset: number;
}

/** Ranges of a selector, moved once for each frame. */
export function ranges(selector: Selector, selection: Selection): Ranges {
  let cursors = new Cursors([], selector.range);
  const instant = instantOf(selector);
  const move = once((frame) => {
    const series = selection.select(frame.view);
    if (series !== cursors.windows) cursors = new Cursors(series, selector.range);
    const samples = cursors.move(instant(frame), frame.now, frame.options.rangeEnds === 'closed');
    spend(frame, series.length, samples);
    return cursors;
  });
  let ahead = new Cursors([], selector.range);
  let known: readonly SeriesWindow[] = [];
  const aheadOf = (frame: Frame): Cursors => {
    const series = selection.select(frame.view);
    if (series !== known) ahead = new Cursors(series.map(wholeOf), selector.range);
    known = series;
    return ahead;
  };
  return { selection, cursors: move, ahead: aheadOf, offset: selector.offset };
}
