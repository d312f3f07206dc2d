import { sheets, stepsOf, type Sheet } from '../column.ts';
import type { OverFunction } from '../functions/definition.ts';
import { distinct, withoutName } from '../names.ts';
import { spend } from '../selection.ts';
import type { Frame, Range, Scalar, Vector } from '../value.ts';
import { Blocks } from './blocks.ts';
import type { Cursors } from './cursors.ts';
import type { Fold } from './fold.ts';
import type { Ranges } from './ranges.ts';
import { SortedRanges } from './sorted.ts';
import { Sweep } from './sweep.ts';

/** Compiles a function over a range selector, with what it keeps of each series from one instant to the next. */
export function compileWindowed(over: OverFunction, ranges: Ranges, scalars: readonly Scalar[]): Vector {
  const valueOf = valueIn(over);
  const sheetFor = sheets();
  return {
    type: 'vector',
    run: (frame) => {
      const parameters = scalars.map((scalar) => scalar.run(frame));
      const shape = ranges.selection.shape(frame.view);
      const sheet = sheetFor(over.keepsName ? shape : withoutName(frame, shape), shape.size * stepsOf(frame));
      const write: Write = (cursors, place, at) => {
        const value = valueOf(cursors, place, parameters);
        sheet.present[at] = value === undefined ? 0 : 1;
        if (value !== undefined) sheet.values[at] = value;
      };
      if (frame.instants === undefined) writeNow(ranges.cursors(frame), write);
      else if (over.fold === undefined) writeAhead(frame, frame.instants, { ranges, write });
      else
        sweepAhead(frame, frame.instants, {
          ranges,
          fold: over.fold,
          sheet,
          otherwise: (range) => over.apply(range, ...parameters),
        });
      return distinct(sheet);
    },
  };
}

/** Writes the value of one range where its cursor stands. */
type Write = (cursors: Cursors, place: number, at: number) => void;

function writeNow(moved: Cursors, write: Write): void {
  for (let place = 0; place < moved.windows.length; place++) write(moved, place, place);
}

function writeAhead(
  frame: Frame,
  instants: Float64Array,
  { ranges, write }: { readonly ranges: Ranges; readonly write: Write },
): void {
  const cursors = ranges.ahead(frame);
  const places = cursors.windows.length;
  const isClosed = frame.options.rangeEnds === 'closed';
  let most = 0;
  for (let step = 0; step < instants.length; step++) {
    const instant = instants[step]!;
    most = Math.max(most, cursors.move(instant - ranges.offset, instant, isClosed));
    for (let place = 0, at = step; place < places; place++, at += instants.length) write(cursors, place, at);
  }
  spend(frame, places, most);
}

interface Sweeping {
  readonly ranges: Ranges;
  readonly fold: Fold;
  readonly sheet: Sheet;
  /** The value when the fold cannot tell. */
  readonly otherwise: (range: Range) => number | undefined;
}

/** One series after the other, each through all instants. */
function sweepAhead(frame: Frame, instants: Float64Array, { ranges, fold, sheet, otherwise }: Sweeping): void {
  const { windows, phase, length } = ranges.ahead(frame);
  const isClosed = frame.options.rangeEnds === 'closed';
  let most = 0;
  let at = 0;
  for (const [place, window] of windows.entries()) {
    const sweep = new Sweep(fold, { window, phase: phase[place]!, length, offset: ranges.offset, isClosed });
    for (let step = 0; step < instants.length; step++, at++) {
      const value = sweep.move(instants[step]!) ? (sweep.value() ?? otherwise(sweep.range())) : undefined;
      sheet.present[at] = value === undefined ? 0 : 1;
      if (value !== undefined) sheet.values[at] = value;
    }
    most += sweep.most;
  }
  spend(frame, windows.length, most);
}

type ValueOf = (cursors: Cursors, place: number, parameters: readonly number[]) => number | undefined;

function valueIn({ apply, fold, ofSorted }: OverFunction): ValueOf {
  const sortedOf = sorting();
  if (ofSorted !== undefined) {
    return (cursors, place, parameters) => {
      if (cursors.to[place] === cursors.from[place]) return undefined;
      const sorted = sortedOf(cursors).values(place);
      return sorted === undefined ? apply(cursors.range(place), ...parameters) : ofSorted(sorted, ...parameters);
    };
  }
  const foldOf = fold === undefined ? () => undefined : folded(fold);
  return (cursors, place, parameters) => {
    if (cursors.to[place] === cursors.from[place]) return undefined;
    return foldOf(cursors, place) ?? apply(cursors.range(place), ...parameters);
  };
}

/** The samples in order, for as long as the cursors are the same. */
function sorting(): (cursors: Cursors) => SortedRanges {
  let of: Cursors | undefined;
  let sorted: SortedRanges | undefined;
  return (cursors) => {
    if (sorted === undefined || cursors !== of) sorted = new SortedRanges(cursors);
    of = cursors;
    return sorted;
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
