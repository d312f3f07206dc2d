import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsOf } from '../../src/app/actions.ts';
import { wallClock } from '../../src/io/clock.ts';
import { alertId } from '../../src/model/alert.ts';
import { alert, evaluation, telling, transition } from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';
import { call } from './call.ts';
import { serve, TOKEN } from './serve.ts';
import { alertOf, statusOf } from './statuses.ts';

const id = alertId(alert());
const HOUR = 3_600_000;
let fresh: FreshStore;

beforeAll(async () => {
  fresh = await freshStore();
  const transitions = [{ transition: transition('firing'), tellings: [telling()] }];
  await fresh.store.commitEvaluation(evaluation(Date.now(), 0, { alerts: [alert()], transitions }));
});
afterAll(async () => fresh.drop());

const start = async () =>
  serve({
    ...actionsOf(fresh.store, wallClock(), { unackAfter: 7 * HOUR }),
    status: async () => statusOf({ alerts: [alertOf({ id })] }),
  });

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
    for (const part of ['BelowNav', 'desk: not told yet', 'called the desk', 'action="/act/ack"'])
      expect(shown).toContain(part);
    expect(await page()).not.toContain('<form');
    expect((await call(`${url}/alerts/0000000000000000`)).status).toBe(404);
  });
});
