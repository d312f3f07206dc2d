import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryLogs } from '../../../src/io/memoryLogs.ts';
import type { KeptLog, LogKeeper } from '../../../src/model/logs.ts';
import type { FreshStore } from '../../support/postgres.ts';

const log = (block: number, index: number, ...keys: readonly string[]): KeptLog => ({
  block,
  index,
  hash: `0x${block}`,
  transaction: `0x${block}.${index}`,
  keys,
  args: { pair: `${block}.${index}` },
});

const step = (previous: number | undefined, from: number, next: number, logs: readonly KeptLog[]) => ({
  previous,
  from,
  position: { next, hash: `0x${next - 1}` },
  logs,
});

/** Steps of one scan: how far back each begins anew, how many blocks it covers, and the amount of each of its logs by name. */
const arbitrarySteps = fc.array(
  fc.record({
    back: fc.nat(3),
    blocks: fc.integer({ min: 1, max: 5 }),
    amounts: fc.array(fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.bigInt(-3n, 3n)), { maxLength: 4 }),
    drop: fc.constantFrom(undefined, 'leave' as const, 'stay' as const),
  }),
  { maxLength: 8 },
);
type Steps = typeof arbitrarySteps extends fc.Arbitrary<infer T> ? T : never;

/** Takes the same steps with each keeper, and says what the last one knows after each. */
async function sumsAfter(keeper: LogKeeper, scan: string, steps: Steps) {
  const after = [];
  let next: number | undefined;
  for (const { back, blocks, amounts, drop } of steps) {
    const from = Math.max(1, (next ?? 1) - back);
    const logs = amounts.map((each, index) => ({
      ...log(from + (index % blocks), index, 'k'),
      amounts: Object.fromEntries(Object.entries(each).map(([name, amount]) => [name, String(amount)])),
    }));
    const made = { ...step(next, from, from + blocks, logs), ...(drop && { drop: { before: from - 2, sums: drop } }) };
    after.push(await keeper.keepLogs(scan, made), await keeper.largestSums(scan, 2), await keeper.countSums(scan));
    after.push(await keeper.countLogs(scan, 'k'));
    next = from + blocks;
  }
  return after;
}

const paid = (block: number, amount: string) => ({ ...log(block, 0, 'k'), amounts: { x: amount } });

/** Scanned logs: one step at a time, replaced as a whole, found by their words. */
export function logsContract(fresh: () => FreshStore): void {
  describe('logs', () => {
    it('keeps steps, and finds logs by a word, newest first', async () => {
      const { store } = fresh();
      expect(await store.logPosition('a')).toBeUndefined();
      expect(await store.keepLogs('a', step(undefined, 1, 11, [log(3, 0, 'x', 'y'), log(3, 1, 'y')]))).toBe(true);
      expect(await store.keepLogs('a', step(11, 11, 21, [log(15, 0, 'x')]))).toBe(true);
      expect(await store.keepLogs('b', step(undefined, 1, 21, [log(15, 0, 'x')]))).toBe(true);
      expect(await store.logPosition('a')).toEqual({ next: 21, hash: '0x20', anchors: [] });
      expect(await store.findLogs('a', 'x', 10)).toEqual([log(15, 0, 'x'), log(3, 0, 'x', 'y')]);
      expect(await store.findLogs('a', 'y', 1)).toEqual([log(3, 1, 'y')]);
      expect(await store.countLogs('a', 'y')).toBe(2);
      expect(await store.logKeys('a', 10)).toEqual(['x', 'y']);
    });

    it('refuses a step that was made from an older position, and keeps nothing of it', async () => {
      const { store } = fresh();
      await store.keepLogs('a', step(undefined, 1, 11, [log(3, 0, 'x')]));
      expect(await store.keepLogs('a', step(undefined, 1, 6, [log(4, 0, 'x')]))).toBe(false);
      expect(await store.keepLogs('a', step(6, 6, 16, [log(12, 0, 'x')]))).toBe(false);
      expect(await store.countLogs('a', 'x')).toBe(1);
    });

    it('replaces what stood from a block on', async () => {
      const { store } = fresh();
      await store.keepLogs('a', step(undefined, 1, 11, [log(3, 0, 'x'), log(9, 0, 'x')]));
      expect(await store.keepLogs('a', step(11, 8, 12, [log(9, 0, 'z'), log(10, 0, 'x')]))).toBe(true);
      expect(await store.findLogs('a', 'x', 10)).toEqual([log(10, 0, 'x'), log(3, 0, 'x')]);
    });

    it('keeps the older places of a scan', async () => {
      const { store } = fresh();
      const anchors = [
        { next: 9, hash: '0x8' },
        { next: 5, hash: '0x4' },
      ];
      const made = step(undefined, 1, 11, []);
      await store.keepLogs('a', { ...made, position: { ...made.position, anchors } });
      expect(await store.logPosition('a')).toEqual({ next: 11, hash: '0x10', anchors });
    });

    it('forgets logs and sums of a scan that begins anew, and of no other', async () => {
      const { store } = fresh();
      for (const scan of ['a', 'b']) await store.keepLogs(scan, step(undefined, 1, 11, [paid(3, '5'), paid(9, '7')]));
      await store.keepLogs('a', { ...step(11, 11, 12, []), drop: { before: 4, sums: 'stay' } });
      expect(await store.keepLogs('a', { ...step(12, 6, 7, [paid(6, '1')]), anew: true })).toBe(true);
      expect(await store.findLogs('a', 'k', 9)).toEqual([log(6, 0, 'k')]);
      expect(await store.largestSums('a', 9)).toEqual([{ name: 'x', amount: 1n }]);
      expect(await store.largestSums('b', 9)).toEqual([{ name: 'x', amount: 12n }]);
    });

    it('keeps what logs add up to, through steps that are made again and logs that are dropped', async () => {
      const { store } = fresh();
      let scan = 0;
      await fc.assert(
        fc.asyncProperty(arbitrarySteps, async (steps) => {
          scan += 1;
          expect(await sumsAfter(store, `sums ${scan}`, steps)).toEqual(await sumsAfter(memoryLogs(), '', steps));
        }),
        { numRuns: 25 },
      );
    });

    it('leaves a sum what dropped logs added, unless they leave it', async () => {
      const { store } = fresh();
      await store.keepLogs('a', step(undefined, 1, 11, [paid(3, '5'), paid(9, '7')]));
      expect(await store.largestSums('a', 9)).toEqual([{ name: 'x', amount: 12n }]);
      await store.keepLogs('a', { ...step(11, 11, 12, []), drop: { before: 4, sums: 'stay' } });
      expect([await store.largestSums('a', 9), await store.countLogs('a', 'k')]).toEqual([
        [{ name: 'x', amount: 12n }],
        1,
      ]);
      await store.keepLogs('a', { ...step(12, 12, 13, []), drop: { before: 10, sums: 'leave' } });
      expect(await store.largestSums('a', 9)).toEqual([{ name: 'x', amount: 5n }]);
    });
  });
}
