import { Client } from 'pg';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { now, reading, all } from './fixtures.ts';
import { historyOf } from '../../support/historyOf.ts';

export function followContract(open: () => FreshStore): void {
  describe('follow', () => {
    let fresh: FreshStore;
    let store: Store;

    beforeEach(() => {
      fresh = open();
      store = fresh.store;
    });

    it('shows a commit at once', async () => {
      const { cursor } = await historyOf(store, all());
      await store.saveReadings([reading(now, 1)]);
      const next = await store.follow(cursor, ['price_usd']);
      expect(next.samples.map((sample) => sample.value)).toEqual([1]);
      expect(next.series).toHaveLength(1);
      let { cursor: later } = next;
      // Again for as long as a transaction older than the commit is open on the server.
      await vi.waitFor(async () => {
        const again = await store.follow(later, ['price_usd']);
        later = again.cursor;
        expect(again.samples).toEqual([]);
      }, 30_000);
    });

    it('leaves out other metrics', async () => {
      const { cursor } = await historyOf(store, all());
      await store.saveReadings([reading(now, 1)]);
      expect(await store.follow(cursor, ['supply_tokens'])).toMatchObject({ series: [], samples: [] });
    });

    it('takes an empty name for every metric', async () => {
      const { cursor } = await historyOf(store, new Map([['', -Infinity]]));
      await store.saveReadings([reading(now, 1)]);
      expect((await store.follow(cursor, [''])).samples).toHaveLength(1);
      const again = await historyOf(store, new Map([['', -Infinity]]));
      expect([again.series.length, again.samples.length]).toEqual([1, 1]);
      expect((await historyOf(store, new Map([['', now]]))).samples).toEqual([]);
    });

    it('shows a value written over', async () => {
      await store.saveReadings([reading(now, 1)]);
      const { cursor } = await historyOf(store, all());
      await store.saveReadings([reading(now, 2)]);
      expect((await store.follow(cursor, ['price_usd'])).samples.map((sample) => sample.value)).toEqual([2]);
    });

    it('delivers a transaction that was open across it, and holds nothing back meanwhile', async () => {
      await store.saveReadings([reading(now, 1)]);
      const { cursor, series } = await historyOf(store, all());
      const late = new Client({ connectionString: fresh.url.reveal() });
      await late.connect();
      await late.query('begin');
      await late.query('insert into tocsin.samples (series_id, at, seen_at, value) values ($1, $2, $2, 99)', [
        series[0]!.id,
        now + 1,
      ]);
      await store.saveReadings([reading(now + 2, 2)]);
      const meanwhile = await store.follow(cursor, ['price_usd']);
      // What is open in any database of the server may hold the cursor back, so that older samples come again.
      expect(meanwhile.samples.map((sample) => sample.value)).toContain(2);
      await late.query('commit');
      await late.end();
      const after = await store.follow(meanwhile.cursor, ['price_usd']);
      expect(after.samples.map((sample) => sample.value)).toContain(99);
    });
  });
}
