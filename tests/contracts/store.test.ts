import { Client } from 'pg';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Alert, Transition } from '../../src/model/alert.ts';
import { type Labels, NAME } from '../../src/model/labels.ts';
import type { Reading, Sample } from '../../src/model/sample.ts';
import type { Secret } from '../../src/model/secret.ts';
import type { Claim, EvaluationCommit, SentNotification, Store, Telling } from '../../src/model/store.ts';
import { type FreshStore, freshStore } from '../support/postgres.ts';

const minute = 60_000;
const day = 86_400_000;
const now = Date.UTC(2026, 4, 1, 12);

const other = process.env['TEST_DATABASE_URL'];
if (other === undefined) console.log('skipped: the store on a server of one’s own; set TEST_DATABASE_URL to run it');
const servers: readonly (readonly [string, () => string])[] = [
  ['the private server', () => inject('postgresUrl')],
  ...(other === undefined ? [] : [['TEST_DATABASE_URL', () => other] as const]),
];

const labels = { asset: 'xusd', chain: 'ethereum', source: 'pool' };
const price: Labels = { ...labels, [NAME]: 'price_usd' };

function reading(at: number, value: number, more: Partial<Reading> = {}): Reading & { readonly maxAge: number } {
  const samples = [{ metric: 'price_usd', labels, value, at }];
  return { source: 'pool', seenAt: at + 500, tookMs: 12.5, origin: { block: 7 }, samples, maxAge: 3 * minute, ...more };
}

function ofVenue(venue: number, at: number): Sample {
  return { metric: 'price_usd', labels: { ...labels, venue: `pool-${venue}` }, value: at, at };
}

function alert(more: Partial<Alert> = {}): Alert {
  const common = { pending: {}, lastKnownAt: now, activeAt: now, startUnseen: false } as const;
  return { rule: 'BelowNav', labels: { asset: 'xusd' }, state: 'firing', level: 'warning', ...common, ...more };
}

function transition(kind: Transition['kind'], more: Partial<Transition> = {}): Transition {
  const levels = { from: null, to: 'warning' } as const;
  return { kind, rule: 'BelowNav', labels: { asset: 'xusd' }, at: now, activeAt: now, ...levels, ...more };
}

function telling(more: Partial<Telling> = {}): Telling {
  const timers = { groupWait: 10_000, groupInterval: 5 * minute, repeatInterval: 60 * minute };
  return { receiver: 'desk', groupKey: '{}:xusd', groupLabels: { asset: 'xusd' }, flush: false, ...timers, ...more };
}

function evaluation(at: number, previous: number, more: Partial<EvaluationCommit> = {}): EvaluationCommit {
  const nothing = { recorded: [], alerts: [], deleted: [], transitions: [] };
  return { group: 'stream', now: at, previous, ...nothing, ...more };
}

function all(since = -Infinity): ReadonlyMap<string, number> {
  return new Map([['price_usd', since]]);
}

function notification(claim: Claim, at: number, more: Partial<SentNotification> = {}): SentNotification {
  const { receiver, groupKey, threadId } = claim;
  return { id: `${threadId}-${at}`, receiver, groupKey, at, status: 'firing', alerts: [], ...more };
}

async function ask(url: Secret, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement);
  await client.end();
  return rows;
}

async function empty(url: Secret): Promise<void> {
  const tables = await ask(url, `select tablename as name from pg_tables where schemaname = 'tocsin'`);
  const names = tables.map(({ name }) => `tocsin.${String(name)}`).filter((name) => name !== 'tocsin.migrations');
  await ask(
    url,
    names
      .toSorted()
      .map((name) => `delete from ${name}`)
      .join(';'),
  );
}

describe.each(servers)('store on %s', (_name, server) => {
  let fresh: FreshStore;
  let store: Store;
  const key = { receiver: 'desk', groupKey: '{}:xusd' };

  beforeAll(async () => {
    fresh = await freshStore(server());
    store = fresh.store;
    return async () => fresh.drop();
  });
  beforeEach(async () => empty(fresh.url));

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
  const claim = async (at: number, machineNow = at) => store.claim(key, { now: at, machineNow, claimMs: minute });
  const tell = async (at: number, more: Partial<SentNotification> = {}) => {
    const claimed = (await claim(at))!;
    return store.told(claimed, { notification: notification(claimed, at, more), now: at });
  };
  const step = async (at: number, kind: Transition['kind'], more: Partial<Alert>) =>
    store.commitEvaluation(
      evaluation(at, (await store.groupState('stream')).evaluatedAt, {
        alerts: [alert(more)],
        transitions: [{ transition: transition(kind, { at }), tellings: [] }],
      }),
    );
  const isDue = async (at: number, machineNow = at) => (await store.dueGroups(at, machineNow)).length === 1;

  describe('samples', () => {
    it('gives back what a reading held, with its series', async () => {
      await store.saveReadings([reading(now, 1.26)]);
      const { series, samples } = await store.history(all());
      expect(series).toEqual([{ id: expect.any(Number) as number, labels: price, maxAge: 3 * minute }]);
      expect(samples).toEqual([{ seriesId: series[0]!.id, at: now, value: 1.26 }]);
    });

    it('keeps doubles to the last bit', async () => {
      const values = [0.1 + 0.2, Number.MAX_VALUE, 5e-324, -0.07, 1e21];
      await store.saveReadings(values.map((value, index) => reading(now + index, value)));
      expect((await store.history(all())).samples.map((sample) => sample.value)).toEqual(values);
    });

    it('lets the last write of a series and time win and keeps its reading', async () => {
      await store.saveReadings([reading(now, 1), reading(now, 2, { origin: { block: 8, hash: '0xb' } })]);
      await store.saveReadings([reading(now, 3, { origin: { block: 8, hash: '0xc' }, seenAt: now + 900 })]);
      const { samples } = await store.history(all());
      expect(samples.map((sample) => sample.value)).toEqual([3]);
      expect(await store.origins(samples)).toEqual([{ source: 'pool', origin: { block: 8, hash: '0xc' } }]);
    });

    it('tells origins in the order asked, and none for samples of its own', async () => {
      await store.saveReadings([reading(now, 1), reading(now + 1, 2, { origin: { block: 9 } })]);
      const own = { labels: { [NAME]: 'tocsin_chain_up', chain: 'ethereum' }, value: 1, at: now, maxAge: minute };
      await store.saveOwn([own], now);
      const seriesId = (await store.history(all())).series[0]!.id;
      const mine = (await store.history(new Map([['tocsin_chain_up', 0]]))).series[0]!.id;
      const asked = [
        { seriesId, at: now + 1 },
        { seriesId: mine, at: now },
        { seriesId, at: now },
        { seriesId, at: 1 },
      ];
      expect((await store.origins(asked)).map((each) => each?.origin.block)).toEqual([9, undefined, 7, undefined]);
    });

    it('limits history by metric and time', async () => {
      const supply = [{ metric: 'supply_tokens', labels, value: 5, at: now }];
      await store.saveReadings([reading(now, 1), reading(now + 1, 2), reading(now, 5, { samples: supply })]);
      expect((await store.history(all(now))).samples.map((sample) => sample.value)).toEqual([2]);
      expect((await store.history(new Map())).samples).toEqual([]);
    });

    it('stores a thousand samples in well under a second', async () => {
      const took: number[] = [];
      for (let at = now; at < now + 4; at++) {
        const samples = Array.from({ length: 1000 }, (_, index) => ofVenue(index, at));
        const start = performance.now();
        await store.saveReadings([reading(at, 0, { samples })]);
        took.push(performance.now() - start);
      }
      expect(Math.min(...took)).toBeLessThan(500);
      expect((await store.history(all())).samples).toHaveLength(4000);
    });

    it('takes overlapping writes at the same time without losing one', async () => {
      const write = async (at: number) => {
        const venues = Array.from({ length: 40 }, (_, index) => (at % 2 === 0 ? index : 39 - index));
        await store.saveReadings([reading(at, 0, { samples: venues.map((venue) => ofVenue(venue, at)) })]);
      };
      await Promise.all(Array.from({ length: 12 }, async (_, index) => write(now + index)));
      expect((await store.history(all())).samples).toHaveLength(480);
    });

    it('makes declared series known and ends those whose source left', async () => {
      const declared = { metric: 'price_usd', labels, maxAge: minute, source: 'pool' };
      await store.declare([declared, { ...declared, labels: { asset: 'usdc' }, source: 'feed' }], now);
      const { cursor, series } = await store.history(all());
      expect(series.map((each) => [each.labels['asset'], each.endedAt])).toEqual([
        ['usdc', undefined],
        ['xusd', undefined],
      ]);
      await store.declare([declared], now + 1);
      expect((await store.follow(cursor, ['price_usd'])).series).toEqual([
        expect.objectContaining({ labels: { asset: 'usdc', [NAME]: 'price_usd' }, endedAt: now + 1 }),
      ]);
      await store.declare(
        [
          { ...declared, maxAge: 2 * minute },
          { ...declared, labels: { asset: 'usdc' } },
        ],
        now + 2,
      );
      const revived = (await store.history(all())).series;
      expect(revived.map((each) => [each.maxAge, each.endedAt])).toEqual([
        [minute, undefined],
        [2 * minute, undefined],
      ]);
    });
  });

  describe('follow', () => {
    it('shows a commit at once', async () => {
      const { cursor } = await store.history(all());
      await store.saveReadings([reading(now, 1)]);
      const next = await store.follow(cursor, ['price_usd']);
      expect(next.samples.map((sample) => sample.value)).toEqual([1]);
      expect(next.series).toHaveLength(1);
      expect((await store.follow(next.cursor, ['price_usd'])).samples).toEqual([]);
    });

    it('leaves out other metrics', async () => {
      const { cursor } = await store.history(all());
      await store.saveReadings([reading(now, 1)]);
      expect(await store.follow(cursor, ['supply_tokens'])).toMatchObject({ series: [], samples: [] });
    });

    it('shows a value written over', async () => {
      await store.saveReadings([reading(now, 1)]);
      const { cursor } = await store.history(all());
      await store.saveReadings([reading(now, 2)]);
      expect((await store.follow(cursor, ['price_usd'])).samples.map((sample) => sample.value)).toEqual([2]);
    });

    it('delivers a transaction that was open across it, and holds nothing back meanwhile', async () => {
      await store.saveReadings([reading(now, 1)]);
      const { cursor, series } = await store.history(all());
      const late = new Client({ connectionString: fresh.url.reveal() });
      await late.connect();
      await late.query('begin');
      await late.query('insert into tocsin.samples (series_id, at, seen_at, value) values ($1, $2, $2, 99)', [
        series[0]!.id,
        now + 1,
      ]);
      await store.saveReadings([reading(now + 2, 2)]);
      const meanwhile = await store.follow(cursor, ['price_usd']);
      expect(meanwhile.samples.map((sample) => sample.value)).toEqual([2]);
      await late.query('commit');
      await late.end();
      const after = await store.follow(meanwhile.cursor, ['price_usd']);
      expect(after.samples.map((sample) => sample.value)).toContain(99);
      expect((await store.follow(after.cursor, ['price_usd'])).samples).toEqual([]);
    });
  });

  describe('evaluations', () => {
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
      const { cursor } = await store.history(all());
      const recorded = [{ labels: price, value: -0.02, at: now - 5, maxAge: minute }];
      await store.commitEvaluation(evaluation(now, 0, { recorded }));
      expect((await store.follow(cursor, ['price_usd'])).samples).toEqual([
        expect.objectContaining({ at: now - 5, value: -0.02 }),
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

  describe('telling', () => {
    it('is due after group_wait, and only then', async () => {
      await fire();
      expect(await isDue(now + 9_999)).toBe(false);
      expect(await isDue(now + 10_000)).toBe(true);
      expect(await claim(now + 9_999)).toBeUndefined();
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
      expect(await store.told(winner, { notification: notification(winner, at), now: at })).toBe(false);
      expect(await store.told(second!, { notification: notification(second!, at), now: at })).toBe(true);
      expect(await store.sent(10)).toHaveLength(1);
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
      await store.told(first, { notification: notification(first, at + 2), now: at + 2 });
      expect(await isDue(at + 2 + 5 * minute - 1)).toBe(false);
      expect((await claim(at + 2 + 5 * minute))?.untold.map((each) => each.kind)).toEqual(['resolved']);
    });

    it('tells a new critical alert at once, also while a message is on its way', async () => {
      await fire();
      const at = now + 10_000;
      const first = (await claim(at))!;
      await fire(at + 1, { flush: true });
      await store.told(first, { notification: notification(first, at + 2), now: at + 2 });
      expect(await isDue(at + 2)).toBe(true);
      await tell(at + 2);
      await fire(at + 3, { flush: true });
      expect(await isDue(at + 3)).toBe(true);
    });

    it('ends the thread once all is resolved and told, and starts another with group_wait', async () => {
      await fire();
      const first = (await claim(now + 10_000))!;
      await store.told(first, { notification: notification(first, now + 10_000), now: now + 10_000 });
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
      const removed = transition('removed', { at: now + minute, from: 'warning', to: null });
      await store.removeAlerts([{ transition: removed, tellings: [telling()] }]);
      expect(await store.alerts(['BelowNav'])).toEqual([]);
      const claimed = (await claim(now + 10 * minute))!;
      expect(claimed.untold).toMatchObject([removed]);
      expect(claimed.alerts).toMatchObject([{ rule: 'BelowNav', labels: { asset: 'xusd' }, state: 'inactive' }]);
      await store.told(claimed, { notification: notification(claimed, now + 10 * minute), now: now + 10 * minute });
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
  });

  describe('for people', () => {
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
    });

    it('gives sent and kept messages newest first', async () => {
      await fire();
      const alerts = [{ rule: 'BelowNav', labels: { asset: 'xusd' }, changes: ['firing'], level: 'warning' as const }];
      await tell(now + 10_000, { id: 'one', receipt: 'ts', alerts });
      expect(await store.sent(5)).toEqual([
        { id: 'one', ...key, at: now + 10_000, receipt: 'ts', status: 'firing', alerts },
      ]);
      const message = { receiver: 'inbox', level: null, status: 'firing', title: 't', text: 'x', labels: {} } as const;
      for (const at of [1, 3, 2]) await store.keepInbox({ ...message, id: `${at}`, at });
      await store.keepInbox({ ...message, id: '3', at: 9 });
      expect((await store.inbox(2)).map((each) => each.at)).toEqual([3, 2]);
    });

    it('remembers the last accepted rule files', async () => {
      expect(await store.acceptedRules()).toBeUndefined();
      await store.acceptRules({ 'rules/a.yaml': 'one' }, now);
      await store.acceptRules({ 'rules/b.yaml': 'two' }, now + 1);
      expect(await store.acceptedRules()).toEqual({ 'rules/b.yaml': 'two' });
    });
  });

  describe('maintain', () => {
    it('loses no sample of its days, whatever partition they are in, and drops those past retention', async () => {
      await store.maintain(now);
      const times = [now - 40 * day, now - 29 * day, now, now + day];
      await store.saveReadings(times.map((at) => reading(at, 1)));
      await store.maintain(now);
      await store.maintain(now + 2 * day);
      expect((await store.history(all())).samples.map((sample) => sample.at)).toEqual([now, now + day]);
      await store.maintain(now + 31 * day);
      expect((await store.history(all())).samples.map((sample) => sample.at)).toEqual([now + day]);
    });

    it('leaves a day alone that already has samples, and may run in several processes at once', async () => {
      const then = Date.UTC(2025, 10, 3);
      await store.saveReadings([reading(then, 1)]);
      await Promise.all([store.maintain(then), store.maintain(then), store.maintain(then)]);
      await store.saveReadings([reading(then + 1, 2), reading(then + day, 3)]);
      expect((await store.history(all())).samples.map((sample) => sample.value)).toEqual([1, 2, 3]);
    });
  });

  it('answers a ping, and no longer once the database is gone', async () => {
    const doomed = await freshStore(server());
    await expect(doomed.store.ping()).resolves.toBeUndefined();
    await doomed.drop();
    await expect(doomed.store.ping()).rejects.toThrow('pool');
  });
});
