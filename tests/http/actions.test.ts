import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsOf } from '../../src/app/actions.ts';
import { wallClock } from '../../src/io/clock.ts';
import { alertId } from '../../src/model/alert.ts';
import type { Story } from '../../src/model/story.ts';
import { makeLive } from '../../src/jobs/live.ts';
import { Runtime } from '../../src/jobs/runtime.ts';
import { openWindows } from '../../src/jobs/windows.ts';
import { Windows } from '../../src/series/index.ts';
import {
  alert,
  evaluation,
  key,
  notification,
  reading,
  telling,
  toldOne,
  transition,
} from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import { level, rule } from '../support/rule.ts';
import type { FreshStore } from '../support/postgres.ts';
import { call } from './call.ts';
import { serve, TOKEN } from './serve.ts';
import { alertOf, statusOf } from './statuses.ts';

const id = alertId(alert());
const HOUR = 3_600_000;
const MINUTE = 60_000;
const live = makeLive({
  ...{ assets: {}, sources: [], declared: [], files: {} },
  groups: [
    {
      name: 'stream',
      interval: MINUTE,
      rules: [
        rule({
          expr: 'max by (asset) (price_usd)',
          levels: [level({ name: 'warning', below: 1, clear: 1, written: '$1' })],
        }),
      ],
    },
  ],
});
let fresh: FreshStore;
let runtime: Runtime;

beforeAll(async () => {
  fresh = await freshStore();
  const { store } = fresh;
  const now = Date.now();
  for (let minutes = 60; minutes > 0; minutes--)
    await store.saveReadings([reading(now - minutes * MINUTE, minutes > 30 ? 1.02 : 0.9)]);
  runtime = new Runtime(live, await openWindows(store, new Windows(live.needs), live, now));
  const times = { activeAt: now - HOUR / 2, at: now - HOUR / 2 };
  const fired = {
    transition: transition('firing', { ...times, value: 0.9 }),
    tellings: [telling({ groupWait: 0 }), telling({ receiver: 'mail' })],
  };
  const firing = alert({ activeAt: times.activeAt, lastKnownAt: now, value: 0.9, peak: 0.9, peakAt: now - MINUTE });
  await store.commitEvaluation(evaluation(now, 0, { alerts: [firing], transitions: [fired] }));
  const claim = (await store.claim([key], { now: now + MINUTE, machineNow: now, claimMs: MINUTE }))[0]!;
  const { rule: name, labels } = firing;
  const said = [{ rule: name, labels, changes: ['firing'], level: 'warning' as const }];
  await toldOne(store, claim, { notification: notification(claim, now, { alerts: said }), now });
}, 60_000);
afterAll(async () => fresh.drop());

const start = async () => {
  const config = { unackAfter: 7 * HOUR, timezone: 'UTC' };
  const acting = actionsOf({ store: fresh.store, clock: wallClock(), runtime, config });
  return serve({ ...acting, status: async () => statusOf({ now: Date.now(), alerts: [alertOf({ id })] }) });
};

async function submit(url: string, path: string, form: Readonly<Record<string, string>>, headers = {}) {
  const body = new URLSearchParams(form).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const cookie = `tocsin_token_${new URL(url).host.replaceAll(/[^a-z0-9]+/g, '_')}=${TOKEN}`;
  return call(`${url}${path}`, {
    method: 'POST',
    body,
    headers: { ...type, cookie, 'sec-fetch-site': 'same-origin', ...headers },
  });
}

describe('what people do on pages', () => {
  it('acknowledges, silences, notes and takes it back, each in the audit log', async () => {
    const { url } = await start();
    const { store } = fresh;
    const sent = await submit(url, '/act/ack', { id, by: 'Anna', hours: '4', note: 'on it' });
    expect([sent.status, sent.headers.location]).toEqual([303, `/alerts/${id}`]);
    expect(await store.acknowledgements(Date.now())).toMatchObject([{ alertId: id, by: 'Anna', note: 'on it' }]);
    await submit(url, '/act/note', { id, by: 'Anna', note: 'called the desk' });
    await submit(url, '/act/silence', { id, by: 'Ben', comment: 'planned', hours: '1' });
    const [silence] = await store.silences(Date.now());
    expect(silence).toMatchObject({ createdBy: 'Ben', comment: 'planned' });
    expect(silence!.matchers.map(({ name, value }) => `${name}=${value}`).sort()).toEqual([
      'alertname=BelowNav',
      'asset=xusd',
    ]);
    await submit(url, '/act/expire', { id: silence!.id });
    await submit(url, '/act/unack', { id });
    expect(await store.acknowledgements(Date.now())).toEqual([]);
    const done = (await store.audit(10)).map(({ action, by }) => `${action} ${by}`);
    expect(done).toEqual(['unack dashboard', 'silence.expire dashboard', 'silence.add Ben', 'note Anna', 'ack Anna']);
  });

  it('acknowledges for as long as the settings say when nobody chooses a time', async () => {
    const { url } = await start();
    await submit(url, '/act/ack', { id, by: 'Anna', hours: '' });
    const [ack] = await fresh.store.acknowledgements(Date.now());
    expect(ack!.until - ack!.at).toBe(7 * HOUR);
    await submit(url, '/act/unack', { id });
  });

  it('refuses strangers and other sites, and writes that down', async () => {
    const { url } = await start();
    const stranger = await submit(url, '/act/ack', { id }, { cookie: '' });
    expect(stranger.status).toBe(401);
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await submit(url, '/act/silence', { id }, elsewhere)).status).toBe(403);
    await expect
      .poll(async () => (await fresh.store.audit(2)).map(({ subject, refused }) => [subject, refused]), {
        timeout: 10_000,
      })
      .toEqual([
        ['/act/silence', expect.stringContaining('Another site') as string],
        ['/act/ack', expect.stringContaining('token') as string],
      ]);
    expect(await fresh.store.acknowledgements(Date.now())).toEqual([]);
  });

  it('shows an alert with what became of it, and forms only to who may act', async () => {
    const { url } = await start();
    const page = async (headers = {}) => (await call(`${url}/alerts/${id}`, { headers })).body;
    const shown = await page({ authorization: `Bearer ${TOKEN}` });
    for (const part of [
      ...['BelowNav', 'told desk: firing', 'not told to mail yet', 'Anna: called the desk', 'action="/act/ack"'],
      ...['acknowledged by Anna (dashboard) until', 'acknowledgement of Anna ended: dashboard', 'Worst:', '$0.90'],
      ...['class="chart"', 'data:image/svg+xml;base64,', 'warning below $1', 'max by (asset) (price_usd)', 'block 7'],
    ])
      expect(shown).toContain(part);
    expect(await page()).not.toContain('<form');
    const unknown = await call(`${url}/alerts/0000000000000000`);
    expect(unknown.status).toBe(404);
    for (const part of [
      'No alert 0000000000000000 is written down yet',
      'looks again',
      'http-equiv="refresh"',
      'href="/"',
    ])
      expect(unknown.body).toContain(part);
    const story = JSON.parse((await call(`${url}/alerts/${id}/episode.json`)).body) as Story;
    expect(story).toMatchObject({ alertId: id, peak: 0.9, messages: [{ receiver: 'desk', changes: ['firing'] }] });
    expect(story.notes.map(({ text }) => text)).toEqual(['called the desk']);
  });

  it('takes what no database takes for nothing', async () => {
    const { url } = await start();
    for (const path of ['%00', `${id.slice(1)}%00`, 'x'.repeat(50)])
      for (const page of ['', '/episode.json'])
        expect(
          (await call(`${url}/alerts/${path}${page}`, { headers: { authorization: `Bearer ${TOKEN}` } })).status,
        ).toBe(404);
    expect((await submit(url, '/act/expire', { id: 'no-silence' })).status).toBe(303);
    expect((await submit(url, '/act/note', { id, by: 'An\0na', text: '', note: 'cal\0led' })).status).toBe(303);
    expect(await fresh.store.notes(id)).toContainEqual(expect.objectContaining({ by: 'Anna', text: 'called' }));
  });
});
