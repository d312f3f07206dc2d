import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slotsSince } from '../../src/jobs/slots.ts';

const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const every = fc.integer({ min: 1, max: 86_400_000 });
const most = fc.integer({ min: 1, max: 20 });

test('names each slot after the last one and not after now, once and in order', () => {
  expect(slotsSince(60_000, 240_000, 60_000, 10)).toEqual([120_000, 180_000, 240_000]);
  expect(slotsSince(60_000, 119_999, 60_000, 10)).toEqual([]);
  expect(slotsSince(0, 600_000, 60_000, 2)).toEqual([540_000, 600_000]);
});

test('names multiples of the cadence only, within the bounds', () => {
  fc.assert(
    fc.property(time, time, every, most, (last, now, cadence, cap) => {
      const slots = slotsSince(last, now, cadence, cap);
      expect(slots.length).toBeLessThanOrEqual(cap);
      for (const slot of slots) {
        expect(slot % cadence).toBe(0);
        expect(slot).toBeGreaterThan(last);
        expect(slot).toBeLessThanOrEqual(now);
      }
      expect(slots).toEqual([...new Set(slots)].toSorted((a, b) => a - b));
    }),
  );
});

test('leaves no slot out and names none twice, however late the ticks come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, cadence) => {
        let now = 0;
        const found: number[] = [];
        for (const step of steps) {
          found.push(...slotsSince(now, now + step, cadence, 9));
          now += step;
        }
        expect(found).toEqual(Array.from({ length: Math.floor(now / cadence) }, (_, index) => (index + 1) * cadence));
      },
    ),
  );
});

test('keeps the newest slots when it may not name all', () => {
  fc.assert(
    fc.property(time, every, most, (now, cadence, cap) => {
      const slots = slotsSince(0, now, cadence, cap);
      if (slots.length > 0) expect(slots.at(-1)).toBe(Math.floor(now / cadence) * cadence);
    }),
  );
});
