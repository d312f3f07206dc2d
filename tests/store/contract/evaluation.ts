import { beforeEach, describe, expect, it } from 'vitest';
import type { Alert, Transition } from '../../../src/model/alert.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { minute, now, price, alert, transition, telling, evaluation, all, ask } from './fixtures.ts';
import { historyOf } from '../../support/historyOf.ts';

export function evaluationsContract(open: () => FreshStore): void {
  describe('evaluations', () => {
    let fresh: FreshStore;
    let store: Store;

    beforeEach(() => {
      fresh = open();
      store = fresh.store;
    });
    const step = async (at: number, kind: Transition['kind'], more: Partial<Alert>) =>
      store.commitEvaluation(
        evaluation(at, (await store.groupState('stream')).evaluatedAt, {
          alerts: [alert(more)],
          transitions: [{ transition: transition(kind, { at }), tellings: [] }],
        }),
      );

    const peaked = async (at: number, peak: number, kind?: Transition['kind']) =>
      store.commitEvaluation(
        evaluation(at, (await store.groupState('stream')).evaluatedAt, {
          alerts: [alert({ peak, peakAt: at })],
          transitions: kind ? [{ transition: transition(kind, { at, peak, peakAt: at }), tellings: [] }] : [],
        }),
      );

    it('commits once: a second evaluation from the same state changes nothing', async () => {
      expect(await store.groupState('stream')).toEqual({ evaluatedAt: 0 });
      const first = evaluation(now, 0, { deadline: now + minute });
      expect(await store.commitEvaluation(first)).toBe(true);
      expect(await store.commitEvaluation({ ...first, now: now + 1, alerts: [alert()] })).toBe(false);
      expect(await store.alerts(['BelowNav'])).toEqual([]);
      expect(await store.groupStates()).toEqual(new Map([['stream', { evaluatedAt: now, deadline: now + minute }]]));
    });

    it('lets exactly one of many racing replicas commit', async () => {
      await store.commitEvaluation(evaluation(now, 0));
      const racers = Array.from({ length: 8 }, async (_, index) =>
        store.commitEvaluation(
          evaluation(now + 1 + index, now, {
            transitions: [{ transition: transition('firing'), tellings: [telling()] }],
          }),
        ),
      );
      expect((await Promise.all(racers)).filter(Boolean)).toHaveLength(1);
    });

    it('refuses an evaluation that is not later, and one of a group it never saw', async () => {
      await store.commitEvaluation(evaluation(now, 0));
      expect(await store.commitEvaluation(evaluation(now, now))).toBe(false);
      expect(await store.commitEvaluation(evaluation(now, 5, { group: 'unseen' }))).toBe(false);
    });

    it('gives alerts back as they were stored, inactive ones too', async () => {
      const pending = alert({
        state: 'pending',
        level: null,
        pending: { warning: { since: now, held: 5 } },
        peak: 0.9,
      });
      const quiet = alert({ labels: { asset: 'usdc' }, state: 'inactive', level: null });
      await store.commitEvaluation(evaluation(now, 0, { alerts: [pending, quiet, alert({ rule: 'Other' })] }));
      const stored = await store.alerts(['BelowNav']);
      expect(stored).toHaveLength(2);
      expect(stored).toEqual(expect.arrayContaining([pending, quiet]));
      await store.commitEvaluation(evaluation(now + 1, now, { deleted: [quiet] }));
      expect(await store.alerts(['BelowNav', 'Absent'])).toEqual([pending]);
      expect(await store.alerts([])).toEqual([]);
    });

    it('stores recorded samples where follow finds them', async () => {
      const { cursor } = await historyOf(store, all());
      const recorded = [{ labels: price, value: -0.02, at: now - 5, maxAge: minute }];
      await store.commitEvaluation(evaluation(now, 0, { recorded }));
      expect((await store.follow(cursor, ['price_usd'])).samples).toEqual([
        expect.objectContaining({ at: now - 5, value: -0.02 }),
      ]);
    });

    it('keeps the peak of an episode that its changes tell of, and of alerts that change between them', async () => {
      const seen = [];
      for (const [at, peak, kind] of [
        [now, 0.98, 'pending'],
        [now + 1, 0.95, undefined],
        [now + 2, 0.9, 'firing'],
        [now + 3, 0.8, 'worse'],
        [now + 4, 0.7, undefined],
      ] as const) {
        await peaked(at, peak, kind);
        seen.push(...(await ask(fresh.url, `select peak, peak_at::float8 - ${now} as after from tocsin.episodes`)));
      }
      expect(seen).toEqual([
        { peak: 0.98, after: 0 },
        { peak: 0.95, after: 1 },
        { peak: 0.9, after: 2 },
        { peak: 0.8, after: 3 },
        { peak: 0.7, after: 4 },
      ]);
    });

    it('keeps one episode from pending to resolved, with its peak', async () => {
      await step(now, 'pending', { state: 'pending', peak: 0.98, peakAt: now });
      await step(now + 1, 'firing', { peak: 0.9, peakAt: now + 1 });
      await step(now + 2, 'resolved', { state: 'inactive' });
      await step(now + 3, 'pending', { state: 'pending' });
      await step(now + 4, 'cancelled', { state: 'inactive' });
      const rows = await ask(
        fresh.url,
        'select fired_at::float8, ended_at::float8, how, peak, peak_at::float8 from tocsin.episodes order by id',
      );
      expect(rows).toEqual([
        { fired_at: now + 1, ended_at: now + 2, how: 'resolved', peak: 0.9, peak_at: now + 1 },
        { fired_at: null, ended_at: now + 4, how: 'cancelled', peak: null, peak_at: null },
      ]);
    });
  });
}
