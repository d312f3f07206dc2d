import { beforeEach, describe, expect, it } from 'vitest';
import type { Transition } from '../../../src/model/alert.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { evaluation, minute, now, reading, transition } from './fixtures.ts';

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
        { rule: 'New', labels: { asset: 'xusd' }, firedAt: now + 2, level: 'critical' },
      ]);
      expect(await store.episodes(now, 1)).toHaveLength(1);
    });

    it('remembers the last accepted rule files', async () => {
      expect(await store.acceptedRules()).toBeUndefined();
      await store.acceptRules({ 'rules/a.yaml': 'one' }, now);
      await store.acceptRules({ 'rules/b.yaml': 'two' }, now + 1);
      expect(await store.acceptedRules()).toEqual({ 'rules/b.yaml': 'two' });
    });
  });
}
