import type { SeriesWindow } from '../../model/series.ts';
import { Aligned } from '../aligned.ts';
import type { Selector } from '../ast.ts';
import { once } from '../once.ts';
import { instantOf, spend, type Selection } from '../selection.ts';
import type { Frame } from '../value.ts';
import { Cursor } from './cursor.ts';

/** A range selector's series with cursors over them; the functions over one selector share them. */
export interface Ranges {
  readonly selection: Selection;
  /** Moves the cursors to the frame's instant, in the order of the series. */
  readonly cursors: (frame: Frame) => readonly Cursor[];
}

/** Ranges of a selector, moved once for each frame. */
export function ranges(selector: Selector, selection: Selection): Ranges {
  const kept = new Aligned((window: SeriesWindow) => new Cursor(window, selector.range));
  const instant = instantOf(selector);
  const cursors = once((frame) => {
    const end = instant(frame);
    const isClosed = frame.options.rangeEnds === 'closed';
    const moved = kept.of(selection.select(frame.view));
    let samples = 0;
    for (let place = 0; place < moved.length; place++) samples += moved[place]!.move(end, frame.now, isClosed);
    spend(frame, moved.length, samples);
    return moved;
  });
  return { selection, cursors };
}
