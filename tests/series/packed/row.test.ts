import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STRETCH } from '../../../src/series/packed/form.ts';
import { PackedRow } from '../../../src/series/packed/row.ts';

const MANY = 3 * STRETCH;

/** Any bits of a double, NaN with all its payloads too. */
const bits = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((word) => new Float64Array(BigUint64Array.of(word).buffer)[0]!);
const special = fc.constantFrom(
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  2 ** 52,
  2 ** 53 + 2,
  Number.MAX_VALUE,
  1e-14,
  0.1 + 0.2,
);
const decimal = fc
  .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 16 }))
  .map(([whole, digits]) => whole / 10 ** digits);
const near = fc.integer({ min: 0, max: 2 ** 30 }).map((step) => 1 + step * 2 ** -52);
const still = fc.constantFrom(1.25, Math.PI);
const kinds = [
  bits,
  decimal,
  near,
  still,
  fc.oneof(special, still),
  fc.oneof(special, bits, decimal, near),
  fc.double(),
];
const values = fc
  .oneof(...kinds.map((kind) => fc.array(kind, { minLength: 1, maxLength: MANY, size: 'max' })))
  .map((list) => Float64Array.from(list));

const words = (array: Float64Array) => [...new BigUint64Array(array.slice().buffer)];

describe('PackedRow', () => {
  it('gives back any doubles bit for bit, whatever part is read', () => {
    fc.assert(
      fc.property(values, fc.nat(MANY), fc.nat(MANY), fc.nat(MANY), (list, start, cut, other) => {
        const row = new PackedRow(start);
        row.append(list.subarray(0, cut), 0);
        row.append(list.subarray(cut), 0);
        const [from, to] = [cut % (list.length + 1), other % (list.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const read = new Float64Array(to - from + 1);
        row.read(start + from, start + to, read, 1);
        expect(words(read.subarray(1))).toEqual(words(list.subarray(from, to)));
      }),
      { numRuns: 2000 },
    );
  });

  it('writes another value over any sample', () => {
    fc.assert(
      fc.property(values, fc.nat(MANY), fc.nat(MANY), bits, (list, start, place, value) => {
        const at = place % list.length;
        const row = new PackedRow(start);
        row.append(list, 0);
        row.replace(start + at, value);
        row.append(list, 0);
        const read = new Float64Array(2 * list.length);
        row.read(start, start + read.length, read, 0);
        expect(words(read)).toEqual(words(Float64Array.from([...list.with(at, value), ...list])));
      }),
      { numRuns: 500 },
    );
  });

  it('forgets whole stretches that end before what is kept', () => {
    const list = Float64Array.from({ length: 10 * STRETCH }, (_, index) => Math.sin(index));
    const row = new PackedRow(5);
    for (let index = 0; index < list.length; index += STRETCH)
      row.append(list.subarray(index, index + STRETCH), index - STRETCH);
    const read = new Float64Array(STRETCH);
    row.read(8 * STRETCH, 9 * STRETCH, read, 0);
    expect(words(read)).toEqual(words(list.subarray(8 * STRETCH - 5, 9 * STRETCH - 5)));
  });

  it('takes few bytes for decimals, for what stands still and for what is near', () => {
    expect({
      price: bytesOf((index) => Math.round(1e6 + 1e4 * Math.sin(index)) / 1e6),
      still: bytesOf((index) => Math.PI * Math.floor(index / 100)),
      near: bytesOf((index) => 1 + 0.001 * Math.sin(index)),
      any: bytesOf((index) => Math.sin(index) * 10 ** (index % 300)),
    }).toMatchInlineSnapshot(`
      {
        "any": 8.046875,
        "near": 6.125,
        "price": 2.203125,
        "still": 0.291015625,
      }
    `);
  });
});

/** A sample. */
function bytesOf(valueAt: (index: number) => number): number {
  const row = new PackedRow(0);
  row.append(
    Float64Array.from({ length: 16 * STRETCH }, (_, index) => valueAt(index)),
    0,
  );
  return row.bytes / (16 * STRETCH);
}
