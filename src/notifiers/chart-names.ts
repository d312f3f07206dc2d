/** A corner of a name's first letter, in the picture's pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The part of the picture in which names may stand, and the ends of the line's pieces that they should not hide. */
export interface Ground {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly line: readonly Place[];
}

/** Of a letter of 12 pixels in bold, on the wide side. */
const LETTER = 7.6;
const HEIGHT = 15;
const STEP = 24;

/** Places the name of each threshold above or below its line, where it covers no other name and least of the values. */
export function placeNames(names: readonly { readonly y: number; readonly text: string }[], ground: Ground): Place[] {
  const placed: Box[] = [];
  return names.map(({ y, text }) => {
    const width = text.length * LETTER;
    const best = sites(y, width, ground)
      .map((place) => ({ place, cost: costOf(boxOf(place, width), placed, ground.line) }))
      .reduce((least, one) => (one.cost < least.cost ? one : least));
    placed.push(boxOf(best.place, width));
    return best.place;
  });
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function boxOf({ x, y }: Place, width: number): Box {
  return { left: x, right: x + width, top: y - HEIGHT + 3, bottom: y + 3 };
}

/** From the left to the right, above the line before below it. */
function sites(y: number, width: number, { left, right, top, bottom }: Ground): Place[] {
  const heights = [y - 6, y + HEIGHT].filter((at) => at - HEIGHT >= top && at <= bottom);
  const count = Math.max(1, Math.floor((right - left - width) / STEP) + 1);
  return Array.from({ length: count }, (_, index) => heights.map((at) => ({ x: left + index * STEP, y: at }))).flat();
}

function costOf(box: Box, placed: readonly Box[], line: readonly Place[]): number {
  const over = placed.filter(
    (one) => one.left < box.right && box.left < one.right && one.top < box.bottom && box.top < one.bottom,
  ).length;
  const hidden = line.filter(
    ({ x, y }) => x >= box.left - 4 && x <= box.right + 4 && y >= box.top - 2 && y <= box.bottom + 2,
  ).length;
  return over * 1e6 + hidden;
}
