import { beforeEach, describe, expect, it } from 'vitest';
import { POSTED_GROUP } from '../../../src/model/posted.ts';
import type { PostsCommit, Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { alert, ask, day, key, minute, now, telling, transition, claimOne } from './fixtures.ts';

export function postsContract(open: () => FreshStore): void {
  describe('posted alerts', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });
    const posted = { startsAt: now, endsAt: now + minute, annotations: { summary: 'off' }, updatedAt: now };
    const known = (index: number) => alert({ level: null, labels: { entity: `e${index}` }, posted });
    const firing = (indexes: readonly number[], more: Partial<PostsCommit> = {}): PostsCommit => ({
      ...{ now, previous: 0 },
      alerts: indexes.map(known),
      transitions: indexes.map((index) => {
        const { labels } = known(index);
        return { transition: transition('firing', { labels, to: null }), tellings: [telling()] };
      }),
      ...more,
    });
    const resolved = (index: number, more: Partial<PostsCommit> = {}): PostsCommit => {
      const { labels } = known(index);
      const ended = transition('resolved', { labels, to: null, at: now + 1 });
      return firing([index], {
        ...{ now: now + 1, previous: now },
        alerts: [{ ...known(index), state: 'inactive' }],
        transitions: [{ transition: ended, tellings: [telling()] }],
        ...more,
      });
    };

    it('are kept as they came until they are committed', async () => {
      const first = { body: Buffer.from([0, 255, 91, 34, 195, 40]), at: now };
      const second = { body: Buffer.from('[]'), at: now + 1 };
      const ids = [...(await store.keepPosts([first, second])), ...(await store.keepPosts([first]))];
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      const kept = [first, second, first].map((each, index) => ({ id: ids[index], ...each }));
      expect(await store.keptPosts(0)).toEqual(kept);
      expect(await store.keptPosts(minute)).toEqual([]);
      await store.commitPosts(firing([1], { kept: [ids[1]!] }));
      expect(await store.keptPosts(0)).toEqual([kept[0], kept[2]]);
    });

    it('are kept apart from those of rules, and told like them', async () => {
      expect(await store.commitPosts(firing([1, 2]))).toBe(true);
      expect(await store.alerts(['BelowNav'])).toEqual([]);
      expect(await store.strayAlerts([])).toEqual([]);
      const { at, alerts } = await store.postedAlerts();
      expect({ at, count: alerts.length }).toEqual({ at: now, count: 2 });
      expect(await store.dueGroups(now + 9_999, now)).toEqual([]);
      const claim = await claimOne(store, key, { now: now + 10_000, machineNow: now, claimMs: minute });
      expect(claim?.untold.map(({ kind }) => kind)).toEqual(['firing', 'firing']);
      expect(claim?.alerts.map((each) => each.posted)).toEqual([posted, posted]);
      const episodes = await ask(open().url, 'select started_at::float8, fired_at::float8 from tocsin.episodes');
      expect(episodes).toEqual([1, 2].map(() => ({ started_at: now, fired_at: now })));
    });

    it.each([
      ['what only fires', () => firing([3], { now: now + 1, previous: now - 5 })],
      ['an end', () => resolved(1, { previous: now - 5 })],
    ])('writes nothing of %s when another commit came first', async (_name, late) => {
      await store.commitPosts(firing([1]));
      const tables = ['alerts', 'transitions', 'tellings', 'group_due', 'episodes'];
      const count = async () =>
        Promise.all(tables.map(async (table) => ask(open().url, `select count(*) from tocsin.${table}`)));
      const before = await count();
      expect(await store.commitPosts(late())).toBe(false);
      expect(await count()).toEqual(before);
      expect((await store.groupState(POSTED_GROUP)).evaluatedAt).toBe(now);
    });

    it('ends an episode, and forgets the alert an hour after its end', async () => {
      await store.commitPosts(firing([1, 2]));
      expect(await store.commitPosts(resolved(1))).toBe(true);
      expect(await ask(open().url, 'select how from tocsin.episodes where ended_at is not null')).toEqual([
        { how: 'resolved' },
      ]);
      await store.maintain(now + 30 * minute);
      expect((await store.postedAlerts()).alerts).toHaveLength(2);
      await store.maintain(now + day);
      expect((await store.postedAlerts()).alerts.map(({ state }) => state)).toEqual(['firing']);
    });
  });
}
