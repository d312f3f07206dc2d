import type { Labels } from '../../model/labels.ts';
import type { Matching, SetOp } from '../ast.ts';
import { sheets, type Column } from '../column.ts';
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
      if (op === 'or') return join(lefts, rights, layout, sheetFor(layout.joined));
      const sheet = sheetFor(lefts.shape);
      sheet.values = lefts.values;
      mark(layout, layout.rightKeys, rights);
      for (let place = 0; place < lefts.shape.size; place++) {
        const isMatched = layout.marked[layout.leftKeys[place]!] === 1;
        sheet.present[place] = lefts.present[place]! & (isMatched === (op === 'and') ? 1 : 0);
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

function join(
  lefts: Column,
  rights: Column,
  layout: Layout,
  sheet: { values: Float64Array; present: Uint8Array },
): Column {
  sheet.present.fill(0);
  sheet.present.set(lefts.present);
  sheet.values.set(lefts.values);
  mark(layout, layout.leftKeys, lefts);
  for (let place = 0; place < rights.shape.size; place++) {
    if (rights.present[place] === 0 || layout.marked[layout.rightKeys[place]!] === 1) continue;
    sheet.present[layout.rightPlaces[place]!] = 1;
    sheet.values[layout.rightPlaces[place]!] = rights.values[place]!;
  }
  return { shape: layout.joined, values: sheet.values, present: sheet.present };
}

function mark({ marked }: Layout, keys: Uint32Array, { present }: Column): void {
  marked.fill(0);
  for (let place = 0; place < keys.length; place++) if (present[place] === 1) marked[keys[place]!] = 1;
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
