import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { dueAfter } from '../../../src/dispatch/due.ts';
import type { DueState, SentNotification, Telling } from '../../../src/model/claim.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import {
  minute,
  day,
  now,
  key,
  alert,
  transition,
  telling,
  evaluation,
  notification,
  ask,
  claimOne,
  toldOne,
} from './fixtures.ts';

export function tellingContract(open: () => FreshStore): void {
  const dueAt = async (groupKey: string) =>
    Number(
      (await ask(open().url, `select due_at from tocsin.group_due where group_key = '${groupKey}'`))[0]!['due_at'],
    );

  describe('telling', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });
    const fire = async (at = now, more: Partial<Telling> = {}) =>
      store.commitEvaluation(
        evaluation(at, (await store.groupState('stream')).evaluatedAt, {
          alerts: [alert()],
          transitions: [{ transition: transition('firing', { at }), tellings: [telling(more)] }],
        }),
      );
    const resolve = async (at: number) =>
      store.commitEvaluation(
        evaluation(at, (await store.groupState('stream')).evaluatedAt, {
          alerts: [alert({ state: 'inactive', level: null })],
          transitions: [{ transition: transition('resolved', { at }), tellings: [telling()] }],
        }),
      );
    const claim = async (at: number, machineNow = at) => claimOne(store, key, { now: at, machineNow, claimMs: minute });
    const tell = async (at: number, more: Partial<SentNotification> = {}) => {
      const claimed = (await claim(at))!;
      return toldOne(store, claimed, { notification: notification(claimed, at, more), now: at });
    };
    const isDue = async (at: number, machineNow = at) => (await store.dueGroups(at, machineNow)).length === 1;

    it('is due after group_wait, and only then', async () => {
      await fire();
      expect(await isDue(now + 9_999)).toBe(false);
      expect(await isDue(now + 10_000)).toBe(true);
      expect(await claim(now + 9_999)).toBeUndefined();
    });

    it('plans as dispatch does, whether a message was sent, something is due or nothing may wait', async () => {
      const timers = fc.record({
        groupWait: fc.constantFrom(0, 10_000),
        groupInterval: fc.constantFrom(0, 1000, 5 * minute),
        flush: fc.boolean(),
      });
      const step = fc.record({ after: fc.constantFrom(0, 500, 20_000, 10 * minute), timers, told: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), fc.uuid(), async (steps, groupKey) => {
          let at = (await store.groupState('stream')).evaluatedAt || now;
          let due: DueState & { dueAt: number } = { dueAt: Infinity };
          for (const { after, timers: given, told } of steps) {
            at += after + 1;
            await fire(at, { ...given, groupKey });
            due = Object.assign({}, due, { dueAt: dueAfter(due, given, at) });
            // What waits for nothing may be due a millisecond ago.
            expect(Math.max(await dueAt(groupKey), at)).toBe(Math.max(due.dueAt, at));
            if (!told) continue;
            const sentAt = Math.max(at, due.dueAt);
            const claimed = await claimOne(
              store,
              { ...key, groupKey },
              { now: sentAt, machineNow: sentAt, claimMs: minute },
            );
            await toldOne(store, claimed!, { notification: notification(claimed!, sentAt), now: sentAt });
            due = { dueAt: sentAt + claimed!.repeatInterval, lastSentAt: sentAt };
            at = sentAt;
          }
        }),
        { numRuns: 8 },
      );
    });

    it('gives a claim everything that is untold and firing', async () => {
      await fire();
      expect(await claim(now + 10_000)).toMatchObject({
        ...key,
        groupLabels: { asset: 'xusd' },
        repeatInterval: 60 * minute,
        attempts: 0,
        earlier: [],
        untold: [{ ...transition('firing'), id: expect.any(Number) as number }],
        alerts: [alert()],
      });
    });

    it('is claimed by one process until the claim expires', async () => {
      await fire();
      const at = now + 10_000;
      const claims = await Promise.all(Array.from({ length: 6 }, async () => claim(at)));
      const winner = claims.find((each) => each !== undefined)!;
      expect(claims.filter((each) => each !== undefined)).toHaveLength(1);
      expect(await isDue(at)).toBe(false);
      const second = await claim(at, at + minute + 1);
      expect(second?.threadId).toBe(winner.threadId);
      expect(await toldOne(store, winner, { notification: notification(winner, at), now: at })).toBe(false);
      expect(await toldOne(store, second!, { notification: notification(second!, at), now: at })).toBe(true);
      expect(await store.sent(10)).toHaveLength(1);
    });

    it('gives up every claim for a process that is alone', async () => {
      await fire();
      const at = now + 10_000;
      const dead = (await claim(at))!;
      await store.freeClaims();
      expect(await claim(at)).toMatchObject({ threadId: dead.threadId });
      expect(await toldOne(store, dead, { notification: notification(dead, at), now: at })).toBe(false);
    });

    it('tells a transition once and reminds after repeat_interval', async () => {
      await fire();
      const at = now + 10_000;
      expect(await tell(at, { receipt: 'ts-1' })).toBe(true);
      expect(await isDue(at + 60 * minute - 1)).toBe(false);
      const reminder = (await claim(at + 60 * minute))!;
      expect(reminder).toMatchObject({ untold: [], alerts: [alert()], earlier: ['ts-1'] });
    });

    it('tells what came after a message when group_interval has passed', async () => {
      await fire();
      const at = now + 10_000;
      await tell(at);
      await resolve(at + 1000);
      expect(await isDue(at + 5 * minute - 1)).toBe(false);
      expect((await claim(at + 5 * minute))?.untold.map((each) => each.kind)).toEqual(['resolved']);
    });

    it('keeps what comes while a message is on its way for the next one', async () => {
      await fire();
      const at = now + 10_000;
      const first = (await claim(at))!;
      await resolve(at + 1);
      await toldOne(store, first, { notification: notification(first, at + 2), now: at + 2 });
      expect(await isDue(at + 2 + 5 * minute - 1)).toBe(false);
      expect((await claim(at + 2 + 5 * minute))?.untold.map((each) => each.kind)).toEqual(['resolved']);
    });

    it('tells a new critical alert at once, also while a message is on its way', async () => {
      await fire();
      const at = now + 10_000;
      const first = (await claim(at))!;
      await fire(at + 1, { flush: true });
      await toldOne(store, first, { notification: notification(first, at + 2), now: at + 2 });
      expect(await isDue(at + 2)).toBe(true);
      await tell(at + 2);
      await fire(at + 3, { flush: true });
      expect(await isDue(at + 3)).toBe(true);
    });

    it('ends the thread once all is resolved and told, and starts another with group_wait', async () => {
      await fire();
      const first = (await claim(now + 10_000))!;
      await toldOne(store, first, { notification: notification(first, now + 10_000), now: now + 10_000 });
      const later = now + 10 * minute;
      await resolve(later);
      await tell(later, { status: 'resolved' });
      expect(await isDue(later + day)).toBe(false);
      await fire(later + minute);
      expect(await isDue(later + minute + 9_999)).toBe(false);
      const second = (await claim(later + minute + 10_000))!;
      expect(second.threadId).not.toBe(first.threadId);
      expect(second.earlier).toEqual([]);
    });

    it('holds a failed message back and counts its tries', async () => {
      await fire();
      const at = now + 10_000;
      const failure = { retryAt: at + 5000, error: 'Slack answered 500.', dead: false, now: at };
      await store.release((await claim(at))!, failure);
      expect(await isDue(at, at + 4999)).toBe(false);
      expect(await claim(at, at + 4999)).toBeUndefined();
      expect((await claim(at, at + 5000))?.attempts).toBe(1);
    });

    it('says of a receiver what it last accepted and refused, and how many groups wait', async () => {
      await fire();
      await fire(now + 1, { groupKey: 'other' });
      const at = now + minute;
      await store.release((await claim(at))!, { retryAt: at, error: 'Slack answered 404.', dead: true, now: at });
      const refused = { receiver: 'desk', lastError: 'Slack answered 404.', lastErrorAt: at };
      expect(await store.receiverStates()).toEqual([{ ...refused, dead: true, waiting: 2 }]);
      await tell(at);
      expect(await store.receiverStates()).toEqual([{ ...refused, dead: false, waiting: 1, lastAcceptedAt: at }]);
    });

    it('tells alerts that were removed, though they are no longer stored', async () => {
      await fire();
      await tell(now + 10_000);
      const worst = { value: 0.97, peak: 0.91, peakAt: now };
      const removed = transition('removed', { at: now + minute, from: 'warning', to: null, ...worst });
      await store.removeAlerts([{ transition: removed, tellings: [telling()] }]);
      expect(await store.alerts(['BelowNav'])).toEqual([]);
      const claimed = (await claim(now + 10 * minute))!;
      expect(claimed.untold).toMatchObject([removed]);
      expect(claimed.alerts).toMatchObject([
        { rule: 'BelowNav', labels: { asset: 'xusd' }, state: 'inactive', ...worst },
      ]);
      await toldOne(store, claimed, { notification: notification(claimed, now + 10 * minute), now: now + 10 * minute });
      expect(await isDue(now + day)).toBe(false);
    });

    it('ends without a message when nothing fires and nothing is untold', async () => {
      await fire();
      await tell(now + 10_000);
      const quiet = alert({ state: 'inactive', level: null });
      await store.commitEvaluation(evaluation(now + minute, now, { alerts: [quiet] }));
      expect(await claim(now + day)).toBeUndefined();
      expect(await isDue(now + day)).toBe(false);
    });

    it('makes many groups due from many evaluations at once without a deadlock', async () => {
      const keys = Array.from({ length: 20 }, (_, index) => `group-${index}`);
      const commit = async (index: number) => {
        const ordered = index % 2 === 0 ? keys : keys.toReversed();
        const tellings = ordered.map((groupKey) => telling({ groupKey }));
        const rule = `Rule${index}`;
        return store.commitEvaluation({
          ...evaluation(now, 0, {
            alerts: [alert({ rule })],
            transitions: [{ transition: transition('firing', { rule }), tellings }],
          }),
          group: `group-${index}`,
        });
      };
      expect(await Promise.all(keys.map(async (_, index) => commit(index)))).not.toContain(false);
      expect(await store.dueGroups(now + minute, now)).toHaveLength(20);
    });

    it('tells every transition exactly once while evaluations and deliveries race', async () => {
      const rounds = 30;
      const end = now + day;
      const told: number[] = [];
      const work = new AbortController();
      const deliver = async () => {
        for (let at = end; !work.signal.aborted || (await isDue(end + 2 * day)); at += minute) {
          const claimed = await claim(at + 2 * day);
          if (claimed === undefined) continue;
          // A reminder, too, gives its claim back: held, it would hide from `isDue` what comes last.
          const accepted = await toldOne(store, claimed, { notification: notification(claimed, at), now: at });
          if (accepted) told.push(...claimed.untold.map((each) => each.id));
        }
      };
      const evaluate = async () => {
        for (let round = 0; round < rounds; round++) await (round % 2 === 0 ? fire(now + round) : resolve(now + round));
        work.abort();
      };
      await Promise.all([evaluate(), deliver(), deliver()]);
      expect(new Set(told).size).toBe(rounds);
      expect(told).toHaveLength(rounds);
    });

    it('lists what was sent, newest first', async () => {
      await fire();
      const alerts = [{ rule: 'BelowNav', labels: { asset: 'xusd' }, changes: ['firing'], level: 'warning' as const }];
      await tell(now + 10_000, { id: 'one', receipt: 'ts', alerts });
      await tell(now + 70 * minute, { id: 'two' });
      const sent = await store.sent(5);
      expect(sent.map((each) => each.id)).toEqual(['two', 'one']);
      expect(sent[1]).toEqual({ id: 'one', ...key, at: now + 10_000, receipt: 'ts', status: 'firing', alerts });
      expect(await store.sent(1)).toHaveLength(1);
    });
  });
}
