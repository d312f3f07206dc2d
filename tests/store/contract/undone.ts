import { Client } from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { NAME } from '../../../src/model/labels.ts';
import type { Store } from '../../../src/model/store.ts';
import type { OwnSample } from '../../../src/model/stored.ts';
import { EVERY_METRIC, Windows } from '../../../src/series/index.ts';
import { historyOf } from '../../support/historyOf.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { ask, day, evaluation, labels, minute, now, ofVenue, price, reading } from './fixtures.ts';

const everything = new Map([[EVERY_METRIC, -Infinity]]);
const up = (when: number) => ({ metric: 'tocsin_source_up', labels: { source: 'pool' }, value: 1, at: when });

/** A reading of one price at a block of a fork, beside what it says of its source. */
function at(minutes: number, value: number, hash: string, tag?: string) {
  const when = now + minutes * minute;
  const origin = { chain: 'ethereum', block: minutes, hash, ...(tag !== undefined && { tag }) };
  const samples = [{ metric: 'price_usd', labels, value, at: when }, up(when)];
  return reading(when, value, { origin, samples });
}

/** The same, worked out from a block of each of two chains. */
function total(minutes: number, value: number, ...hashes: string[]) {
  const blocks = hashes.map((hash, index) => ({ chain: ['ethereum', 'base'][index]!, block: minutes, hash }));
  return { ...at(minutes, value, ''), origin: { blocks } };
}

const undone = (...hashes: string[]) => ({ hashes, recorded: [{ ...labels, [NAME]: 'mean' }] });
const mean = (minutes: number, value: number): OwnSample => {
  return { labels: { ...labels, [NAME]: 'mean' }, maxAge: 3 * minute, at: now + minutes * minute, value };
};

export function undoneContract(open: () => FreshStore): void {
  describe('a reorganisation', () => {
    let store: Store;

    beforeEach(() => {
      ({ store } = open());
    });

    /** By metric: minutes and values. */
    async function held(metric: string): Promise<readonly (readonly number[])[]> {
      const { series, samples } = await historyOf(store, everything);
      const ids = new Set(series.filter((each) => each.labels[NAME] === metric).map(({ id }) => id));
      return samples.filter((each) => ids.has(each.seriesId)).map((each) => [(each.at - now) / minute, each.value]);
    }

    it('takes back what was read of a series at an undone block once it gets another sample', async () => {
      await store.saveReadings([at(1, 1, '0xa')]);
      await store.saveReadings([at(2, 9, '0xdead')]);
      await store.saveReadings([at(3, 1.1, '0xc')], undone('0xdead'));
      expect(await held('price_usd')).toEqual([
        [1, 1],
        [3, 1.1],
      ]);
      expect(await held('tocsin_source_up')).toHaveLength(3);
      expect(await store.recorded({ from: now, to: now + day, labels: price })).toHaveLength(2);
      expect(await store.blocksRead('ethereum')).toEqual([
        { block: 3, hash: '0xc', undone: false },
        { block: 1, hash: '0xa', undone: false },
      ]);
    });

    it('leaves the newest sample of a series until another one comes', async () => {
      await store.saveReadings([at(1, 1, '0xa')]);
      await store.saveReadings([at(2, 9, '0xdead')]);
      await store.saveReadings([{ ...at(3, 0, '0xc'), samples: [ofVenue(1, now + 3 * minute)] }], undone('0xdead'));
      expect(await held('price_usd')).toContainEqual([2, 9]);
      expect(await store.blocksRead('ethereum')).toContainEqual({ block: 2, hash: '0xdead', undone: true });
      await store.saveReadings([at(4, 1.2, '0xd')], undone('0xdead'));
      expect(await held('price_usd')).not.toContainEqual([2, 9]);
      expect((await store.blocksRead('ethereum')).every((block) => !block.undone)).toBe(true);
    });

    it('lets a series that nothing follows on go stale on what is left', async () => {
      await store.saveReadings([at(1, 1, '0xa'), at(2, 9, '0xdead')]);
      await store.saveReadings([{ ...at(3, 0, '0xc'), samples: [up(now + 3 * minute)] }], undone('0xdead'));
      await store.maintain(now + 4 * minute);
      expect(await held('price_usd')).toHaveLength(2);
      await store.maintain(now + 6 * minute);
      expect(await held('price_usd')).toEqual([[1, 1]]);
      expect(await store.latest(['price_usd'])).toMatchObject([{ at: now + minute, value: 1 }]);
      expect((await store.blocksRead('ethereum')).map(({ hash }) => hash)).not.toContain('0xdead');
    });

    it('takes back what was worked out from several chains when a block of one is undone', async () => {
      await store.saveReadings([total(1, 1, '0xa', '0xb')]);
      await store.saveReadings([total(2, 9, '0xc', '0xdead')]);
      expect((await store.blocksRead('base')).map(({ hash }) => hash)).toEqual(['0xdead', '0xb']);
      await store.saveReadings([total(3, 1.1, '0xe', '0xf')], undone('0xdead'));
      expect((await held('price_usd')).map(([, value]) => value)).toEqual([1, 1.1]);
      expect((await store.blocksRead('ethereum')).map(({ hash }) => hash)).toEqual(['0xe', '0xc', '0xa']);
    });

    it('says to whoever follows what is gone, and not what has taken its place', async () => {
      await store.saveReadings([at(1, 1, '0xa')]);
      await store.saveReadings([at(2, 9, '0xdead')]);
      const { cursor, series, samples } = await historyOf(store, everything);
      const windows = new Windows(new Map([[EVERY_METRIC, day]]));
      windows.apply({ series, samples });
      await store.saveReadings([at(3, 1.1, '0xc')], undone('0xdead'));
      const followed = await store.follow(cursor, ['']);
      expect(followed.undone).toEqual([expect.objectContaining({ at: now + 2 * minute })]);
      windows.apply(followed);
      const [window] = windows.select([{ name: NAME, op: '=', value: 'price_usd' }]);
      expect([...window!.values.subarray(window!.from, window!.to)]).toEqual([1, 1.1]);
      await store.saveReadings([at(2, 7, '0xb')]);
      const again = await store.follow(cursor, ['']);
      expect(again.undone).toEqual([]);
      expect(again.samples.map(({ value }) => value)).toContain(7);
    });

    it('does not take back what another block said of the same instant since', async () => {
      await store.saveReadings([at(2, 9, '0xdead')]);
      await store.saveReadings([{ ...at(2, 7, '0xb'), seenAt: now + 3 * minute }]);
      await store.saveReadings([at(3, 1, '0xc')], undone('0xdead'));
      expect(await held('price_usd')).toEqual([
        [2, 7],
        [3, 1],
      ]);
    });

    it('takes back what was recorded of it, when it is recorded anew on what is left', async () => {
      await store.saveReadings([at(1, 1, '0xa')]);
      expect(await store.commitEvaluation(evaluation(now + minute + 600, 0, { recorded: [mean(1, 1)] }))).toBe(true);
      await store.saveReadings([at(2, 9, '0xdead')]);
      const second = now + 2 * minute + 600;
      await store.commitEvaluation(evaluation(second, now + minute + 600, { recorded: [mean(2, 5)] }));
      const { cursor: before } = await historyOf(store, everything);
      await store.saveReadings([at(3, 1.1, '0xc')], undone('0xdead'));
      // Worked out before the reorganisation was heard of.
      const third = second + minute;
      await store.commitEvaluation(evaluation(third, second, { recorded: [mean(3, 4)], followed: before }));
      expect((await held('mean')).map(([when]) => when)).toEqual([1, 2, 3]);
      const { cursor } = await historyOf(store, everything);
      await store.commitEvaluation(evaluation(third + 1, third, { recorded: [mean(4, 1)], followed: cursor }));
      expect(await held('mean')).toEqual([
        [1, 1],
        [4, 1],
      ]);
    });

    it('takes back what was recorded of it while an older transaction is still open', async () => {
      const older = new Client({ connectionString: open().url.reveal() });
      await older.connect();
      onTestFinished(async () => older.end());
      await older.query('begin');
      await older.query('select pg_current_xact_id()');
      await store.saveReadings([at(2, 9, '0xdead')]);
      const { cursor } = await historyOf(store, everything);
      const first = now + 2 * minute + 600;
      await store.commitEvaluation(evaluation(first, 0, { recorded: [mean(2, 5)], followed: cursor }));
      await store.saveReadings([at(3, 1.1, '0xc')], undone('0xdead'));
      const { cursor: followed } = await store.follow(cursor, ['']);
      await store.commitEvaluation(evaluation(first + minute, first, { recorded: [mean(3, 1)], followed }));
      expect(await held('mean')).toEqual([[3, 1]]);
    });

    it('knows at which undone block a sample had been read', async () => {
      await store.saveReadings([at(1, 1, '0xa')]);
      await store.saveReadings([at(2, 9, '0xdead')]);
      await store.saveReadings([at(3, 1.1, '0xc')], undone('0xdead'));
      const { series } = await historyOf(store, everything);
      const { id: seriesId } = series.find((each) => each.labels[NAME] === 'price_usd')!;
      const about = (minutes: number) => ({ seriesId, at: now + minutes * minute + 600 });
      await store.saveReadings([{ ...at(2, 3, '0xb'), seenAt: now + 3 * minute }]);
      expect(await store.undoneBlocks([about(2), about(3), about(1)])).toEqual([
        { chain: 'ethereum', block: 2 },
        undefined,
        undefined,
      ]);
    });

    it('remembers a block no longer for being read again', async () => {
      for (let again = 0; again < 3; again++) {
        const { samples, ...rest } = at(2, 9, '0xa');
        await store.saveReadings([{ ...rest, seenAt: now + again, samples: [samples[0]!, up(now + again)] }]);
      }
      expect(await ask(open().url, 'select from tocsin.read_blocks')).toHaveLength(1);
    });

    it('remembers the newest blocks of a chain, and none that is final', async () => {
      await store.saveReadings([at(1, 1, '0xa', 'finalized')]);
      expect(await store.blocksRead('ethereum')).toEqual([]);
      for (let block = 2; block < 302; block += 50) {
        const many = Array.from({ length: 50 }, (_, index) => at(block + index, 1, `0x${block + index}`));
        await store.saveReadings(many);
      }
      const blocks = await store.blocksRead('ethereum');
      expect([blocks.length, blocks[0]!.block, blocks.at(-1)!.block]).toEqual([256, 301, 46]);
    });
  });
}
