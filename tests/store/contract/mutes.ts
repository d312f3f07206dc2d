import { beforeEach, describe, expect, it } from 'vitest';
import { alertId } from '../../../src/model/alert.ts';
import type { Alert, Transition } from '../../../src/model/alert.ts';
import type { SilenceInput } from '../../../src/model/mute.ts';
import type { Store } from '../../../src/model/store.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { alert, day, evaluation, minute, now, transition } from './fixtures.ts';

const silence: SilenceInput = {
  matchers: [
    { name: 'asset', op: '=', value: 'xusd' },
    { name: 'severity', op: '!=', value: 'critical' },
    { name: 'chain', op: '=~', value: 'eth.*' },
    { name: 'venue', op: '!~', value: 'curve|pancake' },
  ],
  startsAt: now,
  endsAt: now + 60 * minute,
  createdBy: 'ada',
  comment: 'moving the pool',
};
const act = { by: 'ada', via: 'api', at: now };
const id = alertId({ rule: 'BelowNav', labels: { asset: 'xusd' } });
const unknown = '00000000-0000-4000-8000-000000000000';

export function mutesContract(open: () => FreshStore): void {
  describe('silences', () => {
    let store: Store;

    beforeEach(() => {
      store = open().store;
    });

    it('keeps a silence as it was said', async () => {
      const added = await store.addSilence(silence, act);
      expect(await store.silence(added)).toEqual({ ...silence, id: added, updatedAt: now });
      expect(await store.silence(added.toUpperCase())).toMatchObject({ id: added });
      expect(await store.silence(unknown)).toBeUndefined();
      expect(await store.silence('no uuid')).toBeUndefined();
      expect(await store.silences(now)).toEqual([{ ...silence, id: added, updatedAt: now }]);
    });

    it('never begins in the past', async () => {
      const added = await store.addSilence({ ...silence, startsAt: now - day }, act);
      expect(await store.silence(added)).toMatchObject({ startsAt: now });
    });

    it('prolongs a silence in force under its id', async () => {
      const added = await store.addSilence(silence, act);
      const longer = { ...silence, endsAt: now + day, comment: 'takes longer', createdBy: 'bob' };
      expect(await store.editSilence(added, longer, { ...act, at: now + minute })).toBe(added);
      expect(await store.silences(now)).toEqual([{ ...longer, id: added, updatedAt: now + minute }]);
    });

    it('moves a silence that has not begun', async () => {
      const added = await store.addSilence({ ...silence, startsAt: now + 10 * minute }, act);
      const later = { ...silence, startsAt: now + 20 * minute };
      expect(await store.editSilence(added, later, act)).toBe(added);
      expect(await store.silence(added)).toMatchObject(later);
    });

    it('makes another silence of other matchers and of one that is over', async () => {
      const added = await store.addSilence(silence, act);
      const other = { ...silence, startsAt: now + minute, matchers: silence.matchers.slice(0, 1) };
      const second = await store.editSilence(added, other, { ...act, at: now + minute });
      expect(second).not.toBe(added);
      expect(await store.silence(added)).toMatchObject({ endsAt: now + minute, matchers: silence.matchers });
      const again = { ...other, startsAt: now + 2 * day, endsAt: now + 3 * day };
      const third = await store.editSilence(second!, again, { ...act, at: now + 2 * day });
      expect(third).not.toBe(second);
      expect(await store.silence(second!)).toMatchObject({ endsAt: silence.endsAt });
      expect(await store.editSilence(unknown, silence, act)).toBeUndefined();
    });

    it('ends a silence once', async () => {
      const added = await store.addSilence(silence, act);
      expect(await store.expireSilence(added, { ...act, at: now + minute })).toBe(true);
      expect(await store.silence(added)).toMatchObject({ startsAt: now, endsAt: now + minute });
      expect(await store.expireSilence(added, { ...act, at: now + 2 * minute })).toBe(false);
      expect(await store.expireSilence(unknown, act)).toBe(false);
    });

    it('has one that is ended before it began never begin', async () => {
      const added = await store.addSilence({ ...silence, startsAt: now + 10 * minute }, act);
      await store.expireSilence(added, { ...act, at: now + minute });
      expect(await store.silence(added)).toMatchObject({ startsAt: now + minute, endsAt: now + minute });
    });

    it('lists what ended in the last five days', async () => {
      await store.addSilence(silence, act);
      expect(await store.silences(silence.endsAt + 5 * day - 1)).toHaveLength(1);
      expect(await store.silences(silence.endsAt + 5 * day)).toEqual([]);
    });
  });

  describe('acknowledgements', () => {
    let store: Store;
    let at: number;

    beforeEach(async () => {
      store = open().store;
      at = 0;
      await change('firing', alert());
    });
    const change = async (kind: Transition['kind'], after: Alert, more: Partial<Transition> = {}) => {
      const previous = at;
      at = Math.max(now, at + 1);
      const transitions = [{ transition: transition(kind, { at, ...more }), tellings: [] }];
      await store.commitEvaluation(evaluation(at, previous, { alerts: [after], transitions }));
    };
    const ack = async (more: object = {}) => store.acknowledge({ alertIds: [id], until: now + day, ...more }, act);
    const inForce = async () => (await store.acknowledgements(now)).length === 1;

    it('keeps who acknowledged what, when, through what, and for how long', async () => {
      expect(await ack({ alertIds: [id, 'nobody'], note: 'on it' })).toEqual([id]);
      const said = { by: 'ada', via: 'api', at: now, note: 'on it', until: now + day, level: 'warning' };
      expect(await store.acknowledgements(now)).toEqual([
        { alertId: id, rule: 'BelowNav', labels: { asset: 'xusd' }, ...said },
      ]);
    });

    it('replaces an acknowledgement by a later one', async () => {
      await ack();
      await store.acknowledge({ alertIds: [id], until: now + 2 * day }, { ...act, by: 'bob' });
      expect(await store.acknowledgements(now)).toMatchObject([{ by: 'bob', until: now + 2 * day }]);
    });

    it('acknowledges only what fires', async () => {
      await change('resolved', alert({ state: 'inactive', level: null }), { to: null });
      expect(await ack()).toEqual([]);
    });

    it('is over at its time, and when it is taken back', async () => {
      await ack();
      expect(await store.acknowledgements(now + day - 1)).toHaveLength(1);
      expect(await store.acknowledgements(now + day)).toEqual([]);
      expect(await store.unacknowledge([id, 'nobody'], act)).toEqual([id]);
      expect(await store.acknowledgements(now)).toEqual([]);
      expect(await store.unacknowledge([id], act)).toEqual([]);
    });

    it.each([
      ['is undone when the alert gets worse', 'level', 'critical', false],
      ['is undone when the alert is worse by a step', 'worse', 'warning', false],
      ['stands when the alert gets better', 'level', 'info', true],
      ['is over when the alert resolves', 'resolved', null, false],
      ['is over when the alert is removed', 'removed', null, false],
    ] as const)('%s', async (_title, kind, level, stands) => {
      await ack();
      await change(kind, alert({ level, state: level === null ? 'inactive' : 'firing' }), {
        from: 'warning',
        to: level,
      });
      expect(await inForce()).toBe(stands);
    });

    it('stands when the alert comes back to the level that was acknowledged', async () => {
      await ack();
      await change('level', alert({ level: 'info' }), { from: 'warning', to: 'info' });
      await change('level', alert(), { from: 'info', to: 'warning' });
      expect(await inForce()).toBe(true);
    });

    it('keeps notes with the episode', async () => {
      expect(await store.addNote({ alertId: id, text: 'pool paused' }, act)).toBe(true);
      expect(await store.addNote({ alertId: 'nobody', text: 'lost' }, act)).toBe(false);
      const note = { alertId: id, by: 'ada', via: 'api', at: now, text: 'pool paused' };
      expect(await store.notes(id)).toEqual([note]);
      await change('resolved', alert({ state: 'inactive', level: null }), { to: null });
      expect(await store.notes(id)).toEqual([note]);
      await change('firing', alert());
      expect(await store.notes(id)).toEqual([]);
    });
  });

  describe('audit', () => {
    it('has every act and every refusal, newest first', async () => {
      const { store } = open();
      const added = await store.addSilence(silence, act);
      await store.expireSilence(added, { ...act, via: 'slack', at: now + 1 });
      const refused = {
        by: 'mallory',
        via: 'slack',
        at: now + 2,
        action: 'ack',
        subject: id,
        refused: 'bad signature',
      };
      await store.writeAudit(refused);
      expect(await store.audit(10)).toEqual([
        refused,
        { by: 'ada', via: 'slack', at: now + 1, action: 'silence.expire', subject: added },
        { ...act, action: 'silence.add', subject: added, detail: silence },
      ]);
      expect(await store.audit(1)).toEqual([refused]);
    });
  });

  describe('useOnce', () => {
    it('lets the first use of a key pass, and later ones once it is forgotten', async () => {
      const { store } = open();
      const uses = await Promise.all(Array.from({ length: 5 }, async () => store.useOnce('a', { until: 10, now: 0 })));
      expect(uses.filter(Boolean)).toHaveLength(1);
      expect(await store.useOnce('b', { until: 10, now: 0 })).toBe(true);
      expect(await store.useOnce('a', { until: 20, now: 10 })).toBe(false);
      expect(await Promise.all([store.isUsed('a', 10), store.isUsed('a', 11), store.isUsed('c', 0)])).toEqual([
        true,
        false,
        false,
      ]);
      expect(await store.useOnce('a', { until: 20, now: 11 })).toBe(true);
    });
  });
}
