import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { day, now, reading, all } from './fixtures.ts';
import { historyOf } from '../../support/historyOf.ts';

export function maintainContract(open: () => FreshStore): void {
  describe('maintain', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });

    it('loses no sample of its days, whatever partition they are in, and drops those past retention', async () => {
      await store.maintain(now);
      const times = [now - 40 * day, now - 29 * day, now, now + day];
      await store.saveReadings(times.map((at) => reading(at, 1)));
      await store.maintain(now);
      await store.maintain(now + 2 * day);
      expect((await historyOf(store, all())).samples.map((sample) => sample.at)).toEqual([now, now + day]);
      await store.maintain(now + 31 * day);
      expect((await historyOf(store, all())).samples.map((sample) => sample.at)).toEqual([now + day]);
    });

    it('leaves a day alone that already has samples, and may run in several processes at once', async () => {
      const then = Date.UTC(2025, 10, 3);
      await store.saveReadings([reading(then, 1)]);
      await Promise.all([store.maintain(then), store.maintain(then), store.maintain(then)]);
      await store.saveReadings([reading(then + 1, 2), reading(then + day, 3)]);
      expect((await historyOf(store, all())).samples.map((sample) => sample.value)).toEqual([1, 2, 3]);
    });
  });
}
