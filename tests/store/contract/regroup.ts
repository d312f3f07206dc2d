import { beforeEach, describe, expect, it } from 'vitest';
import { alertId } from '../../../src/model/alert.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import {
  alert,
  evaluation,
  key,
  minute,
  notification,
  now,
  telling,
  transition,
  claimOne,
  toldOne,
} from './fixtures.ts';

export function regroupContract(open: () => FreshStore): void {
  describe('after an edit of the routes', () => {
    let store: Store;
    const late = now + minute;
    const other = { receiver: 'mail', groupKey: '{}:other' };

    beforeEach(async () => {
      store = open().store;
      const told = { transition: transition('firing'), tellings: [telling()] };
      await store.commitEvaluation(evaluation(now, 0, { alerts: [alert()], transitions: [told] }));
    });
    const claim = async (of: typeof key, at: number) =>
      claimOne(store, of, { now: at, machineNow: at, claimMs: minute });
    const due = async (at: number) => (await store.dueGroups(at, at)).map(({ receiver }) => receiver);
    const tell = async (at: number) => {
      const claimed = (await claim(key, at))!;
      const beliefs = new Map([[alertId(alert()), 'warning']]);
      await toldOne(store, claimed, { notification: notification(claimed, at), now: at, beliefs });
    };

    it('tells what is untold where it would go now, and nowhere else', async () => {
      await store.regroup(() => [telling(other)], now);
      expect(await due(late)).toEqual(['mail']);
      expect((await claim(other, late))?.untold.map((each) => each.kind)).toEqual(['firing']);
    });

    it('changes nothing while the routes are the same', async () => {
      await store.regroup(() => [telling()], now);
      expect(await due(now + 9_999)).toEqual([]);
      await tell(late);
      await store.regroup(() => [telling()], late);
      expect(await due(late + 59 * minute)).toEqual([]);
    });

    it('takes along what a receiver knows, and tells one that has never heard of it', async () => {
      await tell(late);
      const renamed = { ...key, groupKey: '{}:renamed' };
      await store.regroup(() => [telling(renamed), telling(other)], late);
      expect((await due(late + 10_000)).toSorted()).toEqual(['desk', 'mail']);
      const same = await claim(renamed, late + 10_000);
      expect(same?.muting).toMatchObject({ believed: { [alertId(alert())]: 'warning' }, lastSentAt: late });
      expect((await claim(other, late + 10_000))?.muting).toMatchObject({ believed: {} });
      expect(await claim(key, late + 100 * minute)).toBeUndefined();
    });
  });
}
