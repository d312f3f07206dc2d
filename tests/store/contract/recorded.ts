import { beforeEach, describe, expect, it } from 'vitest';
import { NAME } from '../../../src/model/labels.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { day, evaluation, labels, minute, now, price, reading } from './fixtures.ts';

const both = (at: number, value: number) => ({
  samples: [
    { metric: 'price_usd', labels, value, at },
    { metric: 'tvl_usd', labels, value: value * 100, at },
  ],
});

export function recordedContract(open: () => FreshStore): void {
  describe('recorded', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });

    const values = async (from: number, to: number, of = {}) =>
      (await store.recorded({ from, to, labels: of })).map(({ value }) => value);

    it('gives each sample with its series, its max age and when it became known', async () => {
      await store.saveReadings([{ ...reading(now, 1.01, { seenAt: now + 700 }), maxAge: 5 * minute }]);
      await expect(store.recorded({ from: now, to: now + minute, labels: {} })).resolves.toEqual([
        { labels: price, maxAge: 5 * minute, seenAt: now + 700, value: 1.01 },
      ]);
    });

    it('counts when a sample became known, not when it was true, and both ends', async () => {
      await store.saveReadings([
        reading(now - day, 1, { seenAt: now }),
        reading(now, 2, { seenAt: now + minute }),
        reading(now + 1, 3, { seenAt: now + minute + 1 }),
      ]);
      await expect(values(now, now + minute)).resolves.toEqual([1, 2]);
      await expect(values(now + 1, now + minute + 1)).resolves.toEqual([2, 3]);
      await expect(values(now - day, now - 1)).resolves.toEqual([]);
    });

    it('knows a value since it was read first, however often it is read again, and another value since then', async () => {
      await store.saveReadings([reading(now, 1, { seenAt: now })]);
      await store.saveReadings([reading(now, 1, { seenAt: now + minute })]);
      await expect(values(now, now)).resolves.toEqual([1]);
      await store.saveReadings([reading(now, 2, { seenAt: now + 2 * minute })]);
      await expect(values(now, now + minute)).resolves.toEqual([]);
      await expect(values(now, now + 2 * minute)).resolves.toEqual([2]);
    });

    it('keeps to series that carry every label asked for', async () => {
      const other = { metric: 'price_usd', labels: { ...labels, asset: 'deusd' }, value: 9, at: now };
      await store.saveReadings([reading(now, 1, { samples: [...reading(now, 1).samples, other] })]);
      await expect(values(now, now + minute, { asset: 'deusd' })).resolves.toEqual([9]);
      await expect(values(now, now + minute, { asset: 'xusd', chain: 'ethereum' })).resolves.toEqual([1]);
      await expect(values(now, now + minute, { asset: 'xusd', chain: 'base' })).resolves.toEqual([]);
    });

    it('goes through the series one by one, each in the order in which it became known', async () => {
      await store.saveReadings([reading(now, 1, both(now, 1))]);
      await store.saveReadings([reading(now + minute, 2, both(now + minute, 2))]);
      const found = await store.recorded({ from: now, to: now + day, labels: {} });
      expect(found.map((sample) => [sample.labels[NAME], sample.value])).toEqual(
        expect.arrayContaining([
          ['price_usd', 1],
          ['price_usd', 2],
          ['tvl_usd', 100],
          ['tvl_usd', 200],
        ]),
      );
      const names = found.map((sample) => sample.labels[NAME]);
      expect(names.filter((name, index) => name !== names[index - 1])).toHaveLength(2);
      for (const name of ['price_usd', 'tvl_usd']) {
        const own = found.filter((sample) => sample.labels[NAME] === name).map(({ seenAt }) => seenAt);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
    });

    it('gives what rules recorded as well', async () => {
      const made = { labels: { asset: 'xusd', [NAME]: 'asset:premium' }, value: -0.02, at: now, maxAge: minute };
      await store.commitEvaluation(evaluation(now, 0, { recorded: [made] }));
      await expect(store.recorded({ from: now, to: now, labels: {} })).resolves.toEqual([
        { labels: made.labels, maxAge: minute, seenAt: now, value: -0.02 },
      ]);
    });
  });
}
