import type { Labels } from '../../model/labels.ts';
import type { Matching, SetOp } from '../ast.ts';
import { sheets, stepsOf, type Column, type Sheet } from '../column.ts';
import { keyOf } from '../labels.ts';
import { Shape } from '../shape.ts';
import type { Vector } from '../value.ts';
import { signatureOf } from './pairs.ts';

/** Compiles `and`, `or`, `unless`: which elements are there, whatever their values. */
export function compileSet(op: SetOp, matching: Matching, [left, right]: readonly [Vector, Vector]): Vector {
  const layoutOf = layouts(signatureOf(matching));
  const sheetFor = sheets();
  return {
    type: 'vector',
    run: (frame) => {
      const [lefts, rights] = [left.run(frame), right.run(frame)];
      const layout = layoutOf(lefts.shape, rights.shape);
      const steps = stepsOf(frame);
      if (op === 'or') {
        const joined = sheetFor(layout.joined, layout.joined.size * steps);
        joined.present.fill(0);
        joined.present.set(lefts.present);
        joined.values.set(lefts.values);
        for (let step = 0; step < steps; step++) join({ lefts, rights, steps, step }, layout, joined);
        return joined;
      }
      const sheet = sheetFor(lefts.shape, lefts.shape.size * steps);
      sheet.values = lefts.values;
      for (let step = 0; step < steps; step++) {
        mark(layout, layout.rightKeys, { present: rights.present, steps, step });
        for (let place = 0, at = step; place < lefts.shape.size; place++, at += steps) {
          const isMatched = layout.marked[layout.leftKeys[place]!] === 1;
          sheet.present[at] = lefts.present[at]! & (isMatched === (op === 'and') ? 1 : 0);
        }
      }
      return sheet;
    },
  };
}

/** What two shapes say of each other. */
interface Layout {
  readonly left: Shape;
  readonly right: Shape;
  /** By place: the number of what it is matched by. */
  readonly leftKeys: Uint32Array;
  readonly rightKeys: Uint32Array;
  /** Room for a mark at each such number. */
  readonly marked: Uint8Array;
  /** All of the left side, then what the right side adds. */
  readonly joined: Shape;
  /** Places of the right side in `joined`: equal labels share one, since both are never there at once. */
  readonly rightPlaces: Uint32Array;
}

interface AtStep {
  readonly lefts: Column;
  readonly rights: Column;
  readonly steps: number;
  readonly step: number;
}

/** Adds what the right side has that the left one has not. */
function join({ lefts, rights, steps, step }: AtStep, layout: Layout, sheet: Sheet): void {
  mark(layout, layout.leftKeys, { present: lefts.present, steps, step });
  for (let place = 0, at = step; place < rights.shape.size; place++, at += steps) {
    if (rights.present[at] === 0 || layout.marked[layout.rightKeys[place]!] === 1) continue;
    const to = layout.rightPlaces[place]! * steps + step;
    sheet.present[to] = 1;
    sheet.values[to] = rights.values[at]!;
  }
}

function mark(
  { marked }: Layout,
  keys: Uint32Array,
  { present, steps, step }: Pick<AtStep, 'steps' | 'step'> & Pick<Column, 'present'>,
): void {
  marked.fill(0);
  for (let place = 0, at = step; place < keys.length; place++, at += steps)
    if (present[at] === 1) marked[keys[place]!] = 1;
}

function layouts(signature: (labels: Labels) => string): (left: Shape, right: Shape) => Layout {
  let known: Layout | undefined;
  return (left, right) => {
    if (known?.left !== left || known.right !== right) known = layoutFor(left, right, signature);
    return known;
  };
}

function layoutFor(left: Shape, right: Shape, signature: (labels: Labels) => string): Layout {
  const numbers = new Map<string, number>();
  const numberOf = (labels: Labels): number => numberIn(numbers, signature(labels));
  const leftKeys = Uint32Array.from(left.labels, numberOf);
  const rightKeys = Uint32Array.from(right.labels, numberOf);
  const { joined, rightPlaces } = joinShapes(left, right);
  return { left, right, leftKeys, rightKeys, marked: new Uint8Array(numbers.size), joined, rightPlaces };
}

function numberIn(numbers: Map<string, number>, key: string): number {
  const number = numbers.get(key) ?? numbers.size;
  numbers.set(key, number);
  return number;
}

function joinShapes(left: Shape, right: Shape): Pick<Layout, 'joined' | 'rightPlaces'> {
  const labels = [...left.labels];
  const nameless = labels.map((_, place) => left.nameless?.[place] === true);
  const places = new Map(labels.map((set, place) => [placeKey(set, nameless[place]!), place]));
  const rightPlaces = right.labels.map((set, index) => {
    const isNameless = right.nameless?.[index] === true;
    const key = placeKey(set, isNameless);
    const place = places.get(key) ?? labels.length;
    if (place === labels.length) {
      labels.push(set);
      nameless.push(isNameless);
    }
    return place;
  });
  return { joined: new Shape(labels, nameless), rightPlaces: Uint32Array.from(rightPlaces) };
}

function placeKey(labels: Labels, isNameless: boolean): string {
  return `${isNameless}${keyOf(labels)}`;
}
