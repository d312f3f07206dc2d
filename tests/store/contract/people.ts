import { beforeEach, describe, expect, it } from 'vitest';
import type { Transition } from '../../../src/model/alert.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { alertId } from '../../../src/model/alert.ts';
import {
  alert,
  day,
  evaluation,
  key,
  minute,
  notification,
  now,
  reading,
  telling,
  toldOne,
  transition,
} from './fixtures.ts';

function fired(rule: string, at: number): Transition {
  return transition('firing', { rule, at, activeAt: at, from: null, to: 'warning' });
}

export function peopleContract(open: () => FreshStore): void {
  describe('for people', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });

    it('keeps the state of each source, the last good run included', async () => {
      await store.saveReadings([reading(now, 1)]);
      await store.saveReadings([reading(now + minute, 1, { samples: [], error: 'RPC answered 502.', origin: {} })]);
      expect(await store.sourceStates()).toEqual([
        {
          source: 'pool',
          lastRunAt: now + minute + 500,
          lastOkAt: now + 500,
          error: 'RPC answered 502.',
          tookMs: 12.5,
          origin: {},
        },
      ]);
      expect(await store.lastRuns()).toEqual(new Map([['pool', now + minute + 500]]));
    });

    it('gives kept messages newest first, each once', async () => {
      const message = { receiver: 'inbox', level: null, status: 'firing', title: 't', text: 'x', labels: {} } as const;
      for (const at of [1, 3, 2]) await store.keepInbox({ ...message, id: `${at}`, at });
      await store.keepInbox({ ...message, id: '3', at: 9 });
      expect((await store.inbox(2)).map((each) => each.at)).toEqual([3, 2]);
    });

    it('gives the episodes that had not ended, newest first, with the highest level they reached', async () => {
      const ended = [fired('Old', now), transition('resolved', { rule: 'Old', at: now + 1, activeAt: now, to: null })];
      const worse = transition('level', {
        rule: 'New',
        at: now + 3,
        activeAt: now + 2,
        from: 'warning',
        to: 'critical',
      });
      const transitions = [...ended, fired('New', now + 2), worse].map((each) => ({ transition: each, tellings: [] }));
      await store.commitEvaluation(evaluation(now, 0, { transitions }));
      expect((await store.episodes(now, 9)).map(({ rule }) => rule)).toEqual(['New', 'Old']);
      expect(await store.episodes(now + 2, 9)).toEqual([
        { alertId: alertId(worse), rule: 'New', labels: { asset: 'xusd' }, firedAt: now + 2, level: 'critical' },
      ]);
      expect(await store.episodes(now, 1)).toHaveLength(1);
    });

    it('reads the last episode of an alert whole, and nothing of those before', async () => {
      const id = alertId(alert());
      const act = { by: 'ada', via: 'api', at: now + 20 };
      let previous = 0;
      const step = async (at: number, kind: Transition['kind'], more: Partial<Transition> = {}) => {
        const transitions = [
          { transition: transition(kind, { at, activeAt: at, ...more }), tellings: [telling({ groupWait: 0 })] },
        ];
        const isOver = kind === 'resolved';
        const alerts = [alert({ state: isOver ? 'inactive' : 'firing', peak: isOver ? undefined : -0.09, peakAt: at })];
        expect(await store.commitEvaluation(evaluation(at, previous, { alerts, transitions }))).toBe(true);
        previous = at;
      };
      const tell = async (at: number, changes: readonly string[]) => {
        const claim = (await store.claim([key], { now: at, machineNow: at, claimMs: minute }))[0]!;
        const { rule, labels } = alert();
        const said = [
          { rule, labels, changes, level: 'warning' as const },
          { rule, labels: { asset: 'other' }, changes: ['no'], level: null },
        ];
        await toldOne(store, claim, { notification: notification(claim, at, { alerts: said }), now: at });
      };
      expect(await store.story(id)).toBeUndefined();
      await step(now, 'firing');
      await step(now + 1, 'resolved', { activeAt: now, to: null });
      await tell(now + 5, ['firing', 'resolved']);
      await step(now + 10, 'firing', { value: -0.02 });
      await tell(now + 15, ['firing']);
      await store.acknowledge({ alertIds: [id], until: now + day, note: 'mine' }, act);
      await store.addNote({ alertId: id, text: 'pool paused' }, { ...act, at: now + 25 });
      await step(now + 30, 'worse', { activeAt: now + 10, from: 'warning', value: -0.08 });
      await step(now + 40, 'resolved', { activeAt: now + 10, from: 'warning', to: null });
      const story = (await store.story(id))!;
      expect(story).toMatchObject({
        alertId: id,
        startedAt: now + 10,
        firedAt: now + 10,
        endedAt: now + 40,
        how: 'resolved',
        peak: -0.09,
      });
      expect(story.changes.map(({ at, kind, value }) => [at - now, kind, value])).toEqual([
        [10, 'firing', -0.02],
        [30, 'worse', -0.08],
        [40, 'resolved', null],
      ]);
      expect(story.changes.map(({ told }) => told.map(({ receiver, at }) => [receiver, at && at - now]))).toEqual([
        [['desk', 15]],
        [['desk', null]],
        [['desk', null]],
      ]);
      expect(story.messages).toEqual([{ receiver: 'desk', at: now + 15, changes: ['firing'] }]);
      expect(story.acknowledgements).toMatchObject([{ by: 'ada', note: 'mine', endedAt: now + 30, endedBy: 'worse' }]);
      expect(story.notes).toMatchObject([{ text: 'pool paused', at: now + 25 }]);
    });

    it('remembers the last accepted rule files', async () => {
      expect(await store.acceptedRules()).toBeUndefined();
      await store.acceptRules({ 'rules/a.yaml': 'one' }, now);
      await store.acceptRules({ 'rules/b.yaml': 'two' }, now + 1);
      expect(await store.acceptedRules()).toEqual({ 'rules/b.yaml': 'two' });
    });
  });
}
