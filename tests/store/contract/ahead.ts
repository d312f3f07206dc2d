import { beforeEach, describe, expect, it } from 'vitest';
import { alertId } from '../../../src/model/alert.ts';
import { claimOf, newClaim } from '../../../src/jobs/ahead.ts';
import type { Group } from '../../../src/jobs/grouped.ts';
import { createNumbers } from '../../../src/jobs/numbers.ts';
import type { Claim, Telling } from '../../../src/model/claim.ts';
import type { PostsCommit, Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { alert, ask, claimOne, key, minute, now, telling, notification, toldOne, transition } from './fixtures.ts';

const times = { now, machineNow: now, claimMs: minute };
const later = { ...times, now: now + minute, machineNow: now + 2 * minute };
const act = { by: 'ada', via: 'api', at: now };

const labelsOf = (index: number) => ({ entity: `e${index}` });
const posted = { startsAt: now, endsAt: now + minute, annotations: {}, updatedAt: now };
const changeOf = (index: number) => ({
  transition: transition('firing', { labels: labelsOf(index), to: null }),
  alert: alert({ level: null, labels: labelsOf(index), posted }),
});
const groupOf = (indexes: readonly number[], more: Partial<Telling> = {}): Group => ({
  telling: telling({ groupWait: 0, ...more }),
  changes: indexes.map(changeOf),
  places: indexes,
});
const commitOf = (groups: readonly Group[], more: Partial<PostsCommit> = {}): PostsCommit => {
  const all = groups.flatMap(({ telling: one, changes }) => changes.map((change) => ({ ...change, tellings: [one] })));
  return { now, previous: 0, alerts: all.map((change) => change.alert), transitions: all, ...more };
};

export function aheadContract(open: () => FreshStore): void {
  describe('what is told before it is committed', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });
    const claimAll = async (groups: readonly Group[]): Promise<readonly Claim[]> => {
      const numbers = await createNumbers(store).take(10);
      const claims = groups.map((group) => newClaim(group, numbers));
      const tokens = await store.claimAhead(claims, times);
      return claims.flatMap((claim, index) => (tokens.has(claim.token) ? [claimOf(groups[index]!, claim)] : []));
    };
    const claimAhead = async (group: Group): Promise<Claim> => (await claimAll([group]))[0]!;
    const tell = async (claim: Claim, at: number) =>
      toldOne(store, claim, { notification: notification(claim, at, { receipt: 'r1' }), now: at });

    it('is recorded with the commit, and is not due again before its reminder', async () => {
      const group = groupOf([1, 2]);
      const claim = await claimAhead(group);
      expect(claim).toMatchObject({ ...key, groupWait: 0, attempts: 0, earlier: [], ahead: true });
      expect(claim.alerts).toEqual(group.changes.map((change) => change.alert));
      expect(await tell(claim, now + 5)).toBe(true);
      expect(await ask(open().url, 'select from tocsin.transitions')).toEqual([]);
      await store.commitPosts(commitOf([group]));
      expect(await store.dueGroups(now + 59 * minute, now)).toEqual([]);
      const [row] = await ask(
        open().url,
        'select id::int as id, told_at::float8 as told from tocsin.transitions join tocsin.tellings on id = any(transition_ids) order by id',
      );
      expect(row).toEqual({ id: claim.untold[0]!.id, told: now + 5 });
      const reminder = await claimOne(store, key, { ...later, now: now + 61 * minute });
      expect(reminder).toMatchObject({ threadId: claim.threadId, untold: [], earlier: ['r1'] });
      expect(reminder!.muting!.believed).toEqual(
        Object.fromEntries(group.changes.map((change) => [alertId(change.transition), ''])),
      );
      expect(await store.sent(now - minute)).toMatchObject([
        { alerts: [{ changes: ['firing'] }, { changes: ['firing'] }] },
      ]);
      expect(await ask(open().url, 'select from tocsin.ahead')).toEqual([]);
    });

    it('is nothing of a group that is known, claimed already, or of which something is acknowledged', async () => {
      await store.commitPosts(commitOf([groupOf([1])]));
      expect(await claimAll([groupOf([2])])).toEqual([]);
      const other = groupOf([3], { groupKey: 'other' });
      expect(await claimAll([groupOf([2]), other])).toHaveLength(1);
      expect(await claimAll([other])).toEqual([]);
      await store.acknowledge({ alertIds: [alertId(changeOf(1).transition)], until: now + minute }, act);
      expect(await claimAll([groupOf([1], { groupKey: 'third' })])).toEqual([]);
    });

    it('has one transition for all receivers that are told of it', async () => {
      const phone = groupOf([1], { receiver: 'phone' });
      const claims = await claimAll([groupOf([1]), phone]);
      expect(claims.map(({ receiver }) => receiver)).toEqual(['desk', 'phone']);
      expect(claims[0]!.untold[0]!.id).toBe(claims[1]!.untold[0]!.id);
      const [change] = groupOf([1]).changes;
      const tellings = [telling({ groupWait: 0 }), phone.telling];
      await tell(claims[1]!, now);
      await store.commitPosts(commitOf([], { alerts: [change!.alert], transitions: [{ ...change!, tellings }] }));
      expect(await store.dueGroups(later.now, later.machineNow)).toEqual([key]);
    });

    it('goes on as an ordinary claim when it is on its way during the commit', async () => {
      const group = groupOf([1]);
      const claim = await claimAhead(group);
      await store.commitPosts(commitOf([group]));
      expect(await store.dueGroups(now + 1, now + 1)).toEqual([]);
      expect(await tell(claim, now + 5)).toBe(true);
      expect(await store.dueGroups(later.now, later.machineNow)).toEqual([]);
    });

    it('is told again, as the same message, when its process died: its receiver may know of it', async () => {
      const group = groupOf([1]);
      const { untold, threadId, token } = await claimAhead(group);
      await store.freeClaims();
      await store.commitPosts(commitOf([group, groupOf([2])]));
      const claim = await claimOne(store, key, { ...times, now: now + 1, machineNow: now + 1 });
      expect(claim).toMatchObject({
        threadId,
        muting: { tried: expect.arrayContaining([alertId(untold[0]!)]) as string[] },
      });
      expect(claim!.untold.map(({ id }) => id)).toContain(untold[0]!.id);
      expect(claim!.token).not.toBe(token);
    });

    it('is told like all else when it was given back', async () => {
      const [first, second, third] = ['a', 'b', 'c'].map((groupKey, index) => groupOf([index], { groupKey }));
      const claims = await claimAll([first!, second!, third!]);
      await store.unclaim([claims[0]!]);
      await store.park(claims[1]!, { kept: new Map(), held: [], now });
      const failure = { error: 'answered 429', dead: false, now, retryAt: now + 10 };
      await store.release(claims[2]!, { ...failure, tried: [alertId(claims[2]!.untold[0]!)] });
      await store.commitPosts(commitOf([first!, second!, third!]));
      const due = async (machineNow: number) =>
        (await store.dueGroups(now + 1, machineNow)).map(({ groupKey }) => groupKey);
      expect((await due(now + 9)).toSorted()).toEqual(['a', 'b']);
      expect((await due(now + 10)).toSorted()).toEqual(['a', 'b', 'c']);
      const again = await store.claim(
        [1, 2, 0].map((n) => ({ receiver: 'desk', groupKey: claims[n]!.groupKey })),
        { ...times, now: now + 1, machineNow: now + 10 },
      );
      const tried = again.map(({ groupKey, attempts, muting }) => [groupKey, [attempts, muting!.tried.length]]);
      expect(Object.fromEntries(tried)).toEqual({ a: [0, 0], b: [0, 0], c: [1, 1] });
    });

    it.each(['before', 'between', 'after'] as const)(
      'is told once when two commits bring it, and it is told %s',
      async (when) => {
        const claim = await claimAhead(groupOf([1, 2]));
        const said = async (moment: typeof when) => {
          if (moment === when) expect(await tell(claim, now + 1)).toBe(true);
        };
        await said('before');
        await store.commitPosts(commitOf([groupOf([1])]));
        await said('between');
        await store.commitPosts(commitOf([groupOf([2])], { now: now + 2, previous: now }));
        await said('after');
        const again = await claimOne(store, key, later);
        expect(again?.untold ?? []).toEqual([]);
        expect(await ask(open().url, 'select from tocsin.tellings where told_at is null')).toEqual([]);
        expect(await ask(open().url, 'select from tocsin.ahead')).toEqual([]);
      },
    );

    it('is nothing of what fires anew later', async () => {
      await tell(await claimAhead(groupOf([1])), now);
      const [change] = groupOf([1]).changes;
      const again = { ...change!, alert: { ...change!.alert, posted: { ...posted, updatedAt: now + 1 } } };
      const tellings = [telling({ groupWait: 0 })];
      const commit = commitOf([], { alerts: [again.alert], transitions: [{ ...again, tellings }] });
      await store.commitPosts(commit);
      expect((await claimOne(store, key, { ...times, now: now + 1 }))!.untold).toHaveLength(1);
    });

    it('is told anew where it goes by the time of the commit', async () => {
      const claim = await claimAhead(groupOf([1]));
      await tell(claim, now);
      await store.commitPosts(commitOf([groupOf([1], { groupKey: 'elsewhere' })]));
      expect(await store.dueGroups(later.now, later.machineNow)).toEqual([{ receiver: 'desk', groupKey: 'elsewhere' }]);
      expect(await ask(open().url, 'select from tocsin.ahead')).toEqual([]);
    });

    it('leaves a group to whoever made it known meanwhile', async () => {
      const claim = await claimAhead(groupOf([1]));
      await store.commitPosts(commitOf([groupOf([2])]));
      const theirs = await claimOne(store, key, { ...times, now: now + 1 });
      expect(theirs!.untold).toHaveLength(1);
      await tell(claim, now);
      await store.commitPosts(commitOf([groupOf([1])], { now: now + 2, previous: now }));
      expect(await tell(theirs!, now + 3)).toBe(true);
      expect(await store.dueGroups(later.now, later.machineNow)).toEqual([]);
    });
  });
}
