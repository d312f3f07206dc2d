import { beforeEach, describe, expect, it } from 'vitest';
import { alertId } from '../../../src/model/alert.ts';
import type { Claim, HeldBack } from '../../../src/model/claim.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import {
  alert,
  day,
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

const silence = {
  matchers: [{ name: 'asset', op: '=', value: 'xusd' }],
  ...{ startsAt: now, endsAt: now + day, createdBy: 'ada', comment: 'known' },
} as const;
const act = { by: 'ada', via: 'api', at: now };
const id = alertId(alert());

export function mutingContract(open: () => FreshStore): void {
  describe('holding back', () => {
    let store: Store;

    beforeEach(async () => {
      store = open().store;
      await commit(now, [alert()], 'firing');
    });
    const commit = async (
      at: number,
      alerts: ReturnType<typeof alert>[],
      kind: 'firing' | 'resolved',
      wakes = false,
    ) => {
      const previous = (await store.groupState('stream')).evaluatedAt;
      const told = { transition: transition(kind, { at }), tellings: [telling()] };
      await store.commitEvaluation(evaluation(at, previous, { alerts, transitions: [told], wakes }));
    };
    const claim = async (at: number) => (await claimOne(store, key, { now: at, machineNow: at, claimMs: minute }))!;
    const isDue = async (at: number) => (await store.dueGroups(at, at)).length === 1;
    const hold = async (claimed: Claim, at: number, more: Partial<HeldBack> = {}) =>
      store.park(claimed, { kept: new Map(), held: claimed.untold.map((each) => each.id), now: at, ...more });
    const find = async (...patterns: Record<string, string>[]) =>
      (await store.firingLike(patterns)).map(({ rule }) => rule).toSorted();
    const late = now + 10_000;

    it('gives a claim the silences since its oldest transition and the acknowledgements of its alerts', async () => {
      const added = await store.addSilence(silence, act);
      const ended = await store.addSilence({ ...silence, endsAt: now + 1 }, act);
      await store.addSilence({ ...silence, startsAt: now + day, endsAt: now + 2 * day }, act);
      await store.acknowledge({ alertIds: [id], until: now + day, note: 'mine' }, act);
      const { muting } = await claim(late);
      expect(muting).toMatchObject({ believed: {} });
      expect(muting!.silences.map((each) => each.id).toSorted()).toEqual([added, ended].toSorted());
      expect(muting!.silences).toContainEqual({ ...silence, id: added, updatedAt: now });
      expect(muting!.acknowledgements).toEqual(await store.acknowledgements(late));
    });

    it('looks again at what is held when it was said to end, and keeps it untold', async () => {
      await hold(await claim(late), late, { until: now + 2 * minute });
      expect(await isDue(now + 2 * minute - 1)).toBe(false);
      expect((await claim(now + 2 * minute)).untold.map((each) => each.kind)).toEqual(['firing']);
    });

    it.each<[string, (target: Store) => Promise<unknown>]>([
      ['a silence is added', async (target) => target.addSilence(silence, act)],
      [
        'a silence ends early',
        async (target) => target.expireSilence(await target.addSilence(silence, { ...act, at: now - 1 }), act),
      ],
      [
        'an acknowledgement is taken back',
        async (target) => {
          await target.acknowledge({ alertIds: [id], until: now + day }, act);
          return target.unacknowledge([id], act);
        },
      ],
      ['what inhibits may be over', async () => commit(late + 1, [], 'firing', true)],
    ])('looks again at what is held when %s, also during the claim', async (_title, change) => {
      await hold(await claim(late), late, { until: now + day });
      expect(await isDue(late)).toBe(false);
      await change(store);
      expect(await isDue(late + 2)).toBe(true);
      const claimed = await claim(late + 2);
      await store.wake();
      await hold(claimed, late + 2, { until: now + day });
      expect(await isDue(late + 2)).toBe(true);
    });

    it('leaves what is not held alone when something is woken', async () => {
      const claimed = await claim(late);
      await toldOne(store, claimed, { notification: notification(claimed, late), now: late });
      await store.wake();
      expect(await isDue(late + minute)).toBe(false);
    });

    it('never tells what is kept on record, and ends the thread with it', async () => {
      await commit(now + 1, [alert({ state: 'inactive', level: null })], 'resolved');
      const claimed = await claim(late);
      const kept = new Map(claimed.untold.map((each) => [each.id, 'muted']));
      await hold(claimed, late, { kept, held: [] });
      expect(await isDue(now + 30 * day)).toBe(false);
      expect(await store.receiverStates()).toEqual([]);
    });

    it('remembers what the receiver takes to be firing, until it knows of the end', async () => {
      const first = await claim(late);
      const told = { notification: notification(first, late), now: late, beliefs: new Map([[id, 'warning']]) };
      expect(await toldOne(store, first, told)).toBe(true);
      const reminder = await claim(late + 60 * minute);
      expect(reminder.muting).toMatchObject({ believed: { [id]: 'warning' }, lastSentAt: late });
      await toldOne(store, reminder, { ...told, now: late + 60 * minute, beliefs: new Map([[id, null]]) });
      expect((await claim(late + 120 * minute)).muting?.believed).toEqual({});
    });

    it('forgets what is over and told while its group goes on, and keeps what goes on elsewhere', async () => {
      const over = alert({ rule: 'Over' });
      const moved = alert({ rule: 'Moved' });
      const ids = [id, alertId(over), alertId(moved)] as const;
      await commit(now + 1, [over, moved], 'firing');
      const first = await claim(late);
      const knowing = new Map(ids.map((each) => [each, 'warning']));
      await toldOne(store, first, { notification: notification(first, late), now: late, beliefs: knowing });
      await commit(late + 1, [alert({ rule: 'Over', state: 'inactive', level: null })], 'resolved');
      const second = await claim(late + 60 * minute);
      const told = { notification: notification(second, late + 1), now: late + 60 * minute };
      await toldOne(store, second, { ...told, beliefs: new Map([ids[1], ids[2]].map((each) => [each, null])) });
      const { believed, spokenAt } = (await claim(late + 120 * minute)).muting!;
      expect({ believed, spoken: Object.keys(spokenAt).toSorted() }).toEqual({
        believed: { [id]: 'warning' },
        spoken: [id, ids[2]].toSorted(),
      });
    });

    it('plans the reminder of what was told beside the end of what is held', async () => {
      await commit(now + 1, [alert({ rule: 'Other' })], 'firing');
      const claimed = await claim(late);
      const [one, two] = claimed.untold;
      const back = { kept: new Map(), held: [two!.id], until: now + 20 * minute };
      await toldOne(
        store,
        { ...claimed, untold: [one!] },
        { notification: notification(claimed, late), now: late, back },
      );
      expect(await isDue(now + 20 * minute - 1)).toBe(false);
      expect((await claim(now + 20 * minute)).untold).toEqual([two]);
    });

    it('remembers why the receiver of a group was passed over', async () => {
      const claimed = await claim(late);
      const failed = { error: 'Slack answered 404.', dead: true };
      const other = notification(claimed, late, { receiver: 'mail' });
      await toldOne(store, claimed, { notification: other, now: late, failed });
      expect(await store.receiverStates()).toMatchObject([
        { receiver: 'desk', dead: true, lastError: 'Slack answered 404.' },
        { receiver: 'mail', dead: false, lastAcceptedAt: late },
      ]);
    });

    it('finds firing alerts by rule, level and labels', async () => {
      const other = alert({ rule: 'Other', level: 'critical', labels: { asset: 'deusd', chain: 'base' } });
      const quiet = alert({ rule: 'Quiet', state: 'inactive', level: null });
      await commit(now + 1, [other, quiet], 'firing');
      expect(await find()).toEqual([]);
      expect(await find({})).toEqual(['BelowNav', 'Other']);
      expect(await find({ severity: 'critical' })).toEqual(['Other']);
      expect(await find({ alertname: 'BelowNav', asset: 'xusd' }, { chain: 'base' })).toEqual(['BelowNav', 'Other']);
      expect(await find({ alertname: 'BelowNav', asset: 'deusd' }, { alertname: 'Quiet' })).toEqual([]);
    });
  });
}
