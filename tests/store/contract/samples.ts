import { beforeEach, describe, expect, it } from 'vitest';
import { NAME } from '../../../src/model/labels.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { minute, now, labels, price, reading, ofVenue, all } from './fixtures.ts';
import { historyOf } from '../../support/historyOf.ts';

export function samplesContract(open: () => FreshStore): void {
  describe('samples', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });

    it('gives back what a reading held, with its series', async () => {
      await store.saveReadings([reading(now, 1.26)]);
      const { series, samples } = await historyOf(store, all());
      expect(series).toEqual([{ id: expect.any(Number) as number, labels: price, maxAge: 3 * minute }]);
      expect(samples).toEqual([{ seriesId: series[0]!.id, at: now, value: 1.26 }]);
    });

    it('keeps doubles to the last bit', async () => {
      const values = [0.1 + 0.2, Number.MAX_VALUE, 5e-324, -0.07, 1e21];
      await store.saveReadings(values.map((value, index) => reading(now + index, value)));
      expect((await historyOf(store, all())).samples.map((sample) => sample.value)).toEqual(values);
    });

    it('lets the last write of a series and time win and keeps its reading', async () => {
      await store.saveReadings([reading(now, 1), reading(now, 2, { origin: { block: 8, hash: '0xb' } })]);
      await store.saveReadings([reading(now, 3, { origin: { block: 8, hash: '0xc' }, seenAt: now + 900 })]);
      const { samples } = await historyOf(store, all());
      expect(samples.map((sample) => sample.value)).toEqual([3]);
      expect(await store.origins(samples)).toEqual([{ source: 'pool', origin: { block: 8, hash: '0xc' } }]);
    });

    it('tells origins in the order asked, and none for samples of its own', async () => {
      await store.saveReadings([reading(now, 1), reading(now + 1, 2, { origin: { block: 9 } })]);
      const own = { labels: { [NAME]: 'tocsin_chain_up', chain: 'ethereum' }, value: 1, at: now, maxAge: minute };
      await store.saveOwn([own], now);
      const seriesId = (await historyOf(store, all())).series[0]!.id;
      const mine = (await historyOf(store, new Map([['tocsin_chain_up', 0]]))).series[0]!.id;
      const asked = [
        { seriesId, at: now + 1 },
        { seriesId: mine, at: now },
        { seriesId, at: now },
        { seriesId, at: 1 },
      ];
      expect((await store.origins(asked)).map((each) => each?.origin.block)).toEqual([9, undefined, 7, undefined]);
    });

    it('limits history by metric and time', async () => {
      const supply = [{ metric: 'supply_tokens', labels, value: 5, at: now }];
      await store.saveReadings([reading(now, 1), reading(now + 1, 2), reading(now, 5, { samples: supply })]);
      expect((await historyOf(store, all(now))).samples.map((sample) => sample.value)).toEqual([2]);
      expect((await historyOf(store, new Map())).samples).toEqual([]);
    });

    it('stores a thousand samples in well under a second', async () => {
      const took: number[] = [];
      for (let at = now; at < now + 4; at++) {
        const samples = Array.from({ length: 1000 }, (_, index) => ofVenue(index, at));
        const start = performance.now();
        await store.saveReadings([reading(at, 0, { samples })]);
        took.push(performance.now() - start);
      }
      expect(Math.min(...took)).toBeLessThan(500);
      expect((await historyOf(store, all())).samples).toHaveLength(4000);
    });

    it('takes overlapping writes at the same time without losing one', async () => {
      const write = async (at: number) => {
        const venues = Array.from({ length: 40 }, (_, index) => (at % 2 === 0 ? index : 39 - index));
        await store.saveReadings([reading(at, 0, { samples: venues.map((venue) => ofVenue(venue, at)) })]);
      };
      await Promise.all(Array.from({ length: 12 }, async (_, index) => write(now + index)));
      expect((await historyOf(store, all())).samples).toHaveLength(480);
    });

    it('makes declared series known and ends those whose source left', async () => {
      const declared = { metric: 'price_usd', labels, maxAge: minute, source: 'pool' };
      await store.declare([declared, { ...declared, labels: { asset: 'usdc' }, source: 'feed' }], now);
      const { cursor, series } = await historyOf(store, all());
      expect(series.map((each) => [each.labels['asset'], each.endedAt])).toEqual([
        ['usdc', undefined],
        ['xusd', undefined],
      ]);
      await store.declare([declared], now + 1);
      expect((await store.follow(cursor, ['price_usd'])).series).toContainEqual(
        expect.objectContaining({ labels: { asset: 'usdc', [NAME]: 'price_usd' }, endedAt: now + 1 }),
      );
      await store.declare(
        [
          { ...declared, maxAge: 2 * minute },
          { ...declared, labels: { asset: 'usdc' } },
        ],
        now + 2,
      );
      const revived = (await historyOf(store, all())).series;
      expect(revived.map((each) => [each.maxAge, each.endedAt])).toEqual([
        [minute, undefined],
        [2 * minute, undefined],
      ]);
    });

    it('gives the newest value of each series that has not ended, and says which have none yet', async () => {
      const declared = { metric: 'price_usd', labels, maxAge: minute, source: 'pool' };
      await store.declare([declared, { ...declared, labels: { asset: 'usdc' } }], now);
      await store.saveReadings([reading(now, 1.26), reading(now + 2, 1.2), reading(now + 1, 1.1)]);
      const latest = await store.latest(['price_usd', 'exposure_usd']);
      expect(latest.find((one) => one.labels['source'] !== undefined || one.value !== undefined)).toMatchObject({
        value: 1.2,
        at: now + 2,
      });
      expect(latest.filter(({ value }) => value === undefined).length).toBeGreaterThan(0);
      expect(await store.latest(['exposure_usd'])).toEqual([]);
      await store.declare([], now + 3);
      expect(await store.latest(['price_usd'])).toEqual([]);
    });

    it('gives the samples of some series since a time, oldest first', async () => {
      await store.saveReadings([reading(now + 1, 2), reading(now, 1), reading(now + 2, 3)]);
      const { series } = await historyOf(store, all());
      const { id } = series[0]!;
      expect(await store.samplesSince([id], now)).toEqual([
        { seriesId: id, at: now + 1, value: 2 },
        { seriesId: id, at: now + 2, value: 3 },
      ]);
      expect(await store.samplesSince([id + 1000], 0)).toEqual([]);
    });
  });
}
