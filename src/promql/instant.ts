import { valueAt, type Latest, type SeriesWindow } from '../model/series.ts';
import { Aligned } from './aligned.ts';
import type { Selector } from './ast.ts';
import { sheets, type Sheet } from './column.ts';
import { indexAt, instantOf, spend, type Selection } from './selection.ts';
import type { Frame, Vector } from './value.ts';
import { wholeOf } from './whole.ts';

const FIVE_MINUTES = 300_000;

/** Where the last look at a series ended. */
interface Pointer {
  readonly window: SeriesWindow;
  index: number;
}

/** Compiles an instant selector: each series' newest sample that is fresh, or the time of that sample (unix ms). */
export function compileInstant(selector: Selector, leaf: Selection, what: 'values' | 'times' = 'values'): Vector {
  const instant = instantOf(selector);
  const pointers = new Aligned((window: SeriesWindow): Pointer => ({ window, index: window.to }));
  const sheetFor = sheets();
  const ahead = instantsAhead(selector, leaf, what);
  return {
    type: 'vector',
    run: (frame) => {
      const { view } = frame;
      if (frame.instants !== undefined) return ahead(frame, frame.instants);
      const series = leaf.select(view);
      spend(frame, series.length, series.length);
      const sheet = sheetFor(leaf.shape(view));
      const at = instant(frame);
      if (view.latest !== undefined && frame.options.missing === undefined && what === 'values')
        readLatest(view.latest);
      else for (let place = 0; place < series.length; place++) readPast(place);
      return sheet;

      function readLatest(latest: Latest): void {
        const slots = leaf.slots(view);
        const { at: since, until, values } = latest;
        for (let place = 0; place < slots.length; place++) {
          const slot = slots[place]!;
          if (at >= since[slot]! && at <= until[slot]!) {
            sheet.values[place] = values[slot]!;
            sheet.present[place] = 1;
          } else readPast(place);
        }
      }

      function readPast(place: number): void {
        look(pointers.of(series)[place]!, { frame, at, what, sheet, place });
      }
    },
  };
}

/** The same at many instants, each series walked through once. */
function instantsAhead(
  { offset }: Selector,
  leaf: Selection,
  what: 'values' | 'times',
): (frame: Frame, instants: Float64Array) => Sheet {
  const wholes = new Aligned(wholeOf);
  const sheetFor = sheets();
  return (frame, instants) => {
    const series = wholes.of(leaf.select(frame.view));
    const steps = instants.length;
    spend(frame, series.length, series.length);
    const sheet = sheetFor(leaf.shape(frame.view), series.length * steps);
    for (let place = 0; place < series.length; place++) {
      const window = series[place]!;
      const from = window[what];
      let index = -1;
      for (let step = 0; step < steps; step++) {
        const at = instants[step]! - offset;
        index = indexAt(window, at, index + 1);
        const isFresh = index >= 0 && isFreshAt(window, index, at, frame);
        sheet.present[place * steps + step] = isFresh ? 1 : 0;
        if (isFresh) sheet.values[place * steps + step] = from[index]!;
      }
    }
    return sheet;
  };
}

interface Look {
  readonly frame: Frame;
  readonly at: number;
  readonly what: 'values' | 'times';
  readonly sheet: Sheet;
  readonly place: number;
}

function look(pointer: Pointer, { frame, at, what, sheet, place }: Look): void {
  const { window } = pointer;
  pointer.index = indexAt(window, at, pointer.index);
  const isFresh = pointer.index >= 0 && isFreshAt(window, pointer.index, at, frame);
  sheet.present[place] = isFresh ? 1 : 0;
  if (!isFresh) return;
  sheet.values[place] = what === 'values' ? valueAt(window, pointer.index) : window.times[pointer.index]!;
}

function isFreshAt(window: SeriesWindow, index: number, at: number, { options }: Frame): boolean {
  if (window.frozenSince !== undefined) return false;
  const age = at - window.times[index]!;
  if (window.goneAt?.some((gone) => gone <= at && gone > window.times[index]!)) return false;
  if (options.missing !== 'prometheus') return age <= window.maxAge;
  return age <= (options.rangeEnds === 'closed' ? FIVE_MINUTES : FIVE_MINUTES - 1);
}
