import { describe, expect, it } from 'vitest';
import type { KeptLog } from '../../../src/model/logs.ts';
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

/** Scanned logs: one step at a time, replaced as a whole, found by their words. */
export function logsContract(fresh: () => FreshStore): void {
  describe('logs', () => {
    it('keeps steps, and finds logs by a word, newest first', async () => {
      const { store } = fresh();
      expect(await store.logPosition('a')).toBeUndefined();
      expect(await store.keepLogs('a', step(undefined, 1, 11, [log(3, 0, 'x', 'y'), log(3, 1, 'y')]))).toBe(true);
      expect(await store.keepLogs('a', step(11, 11, 21, [log(15, 0, 'x')]))).toBe(true);
      expect(await store.keepLogs('b', step(undefined, 1, 21, [log(15, 0, 'x')]))).toBe(true);
      expect(await store.logPosition('a')).toEqual({ next: 21, hash: '0x20' });
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
  });
}
