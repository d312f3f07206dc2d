import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { alertmanagerOf } from '../../../src/app/alertmanager.ts';
import { readAlerts } from '../../../src/http/alertmanager/postable.ts';
import { wallClock } from '../../../src/io/clock.ts';
import { makeLive } from '../../../src/jobs/live.ts';
import { Poster } from '../../../src/jobs/post.ts';
import type { Runtime } from '../../../src/jobs/runtime.ts';
import type { Config, Route } from '../../../src/model/config.ts';
import { freshStore } from '../../support/postgres.ts';
import type { FreshStore } from '../../support/postgres.ts';
import { receivedOf } from '../../../src/store/posts.ts';
import { ask } from '../../store/contract/fixtures.ts';
import { serve, TOKEN } from '../serve.ts';
import { amtoolFor, isThere, startReal } from './real.ts';

const timers = { groupWait: 0, groupInterval: 1000, repeatInterval: 14_400_000 };
const route: Route = {
  ...{ receivers: ['desk'], groupBy: ['protocol'], ...timers, matchers: [], continue: false },
  routes: [
    {
      ...{ receivers: ['pager'], groupBy: ['protocol'], ...timers, routes: [], continue: false },
      matchers: [{ name: 'severity', op: '=', value: 'critical' }],
    },
  ],
};
const config = { route, receivers: [{ name: 'desk' }, { name: 'pager' }] } as unknown as Config;
const REAL = `route:
  receiver: desk
  group_by: [protocol]
  group_wait: 0s
  group_interval: 1s
  routes: [{ receiver: pager, matchers: [severity="critical"] }]
receivers: [{ name: desk }, { name: pager }]
`;

let fresh: FreshStore;
let clock = wallClock();

async function start() {
  clock = wallClock();
  const live = makeLive({ assets: {}, sources: [], declared: [], groups: [], files: {} });
  const poster = new Poster({
    ...{ store: fresh.store, read: readAlerts, route, now: clock.monotonic },
    committed: () => undefined,
    calm: () => undefined,
    ahead: async () => undefined,
    expect: () => undefined,
    unheard: async () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  // What was refused is forgotten after the answer.
  onTestFinished(async () => poster.stop());
  const parts = { config, version: '0.1.0', clock, store: fresh.store, runtime: { live } as unknown as Runtime };
  const served = await serve({ alertmanager: alertmanagerOf({ ...parts, poster }) });
  return { ...served, poster };
}

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

async function send(url: string, method: string, path: string, body?: string): Promise<Reply> {
  const reply = await fetch(`${url}/api/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  });
  const text = await reply.text();
  return { status: reply.status, type: reply.headers.get('content-type'), body: text === '' ? '' : JSON.parse(text) };
}

/** Without what differs from run to run; of reasons in words only that they are there. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  }
  if (typeof value !== 'string') return value;
  return value
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '<time>')
    .replace(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '<uuid>')
    .replace(/(failed, because|receiver param:|invalid regular expression .*?:) .*/s, '$1 …');
}

beforeAll(async () => {
  fresh = await freshStore();
  return async () => fresh.drop();
});
beforeEach(async () => {
  for (const table of ['alerts', 'rule_groups', 'silences', 'tellings', 'transitions', 'group_due'])
    await ask(fresh.url, `delete from tocsin.${table}`);
});

const alert = (more: object = {}) => ({ labels: { alertname: 'Depeg', protocol: 'p1', severity: 'warning' }, ...more });
const later = () => new Date(Date.now() + 3_600_000).toISOString();
const silence = (more: object = {}) => ({
  ...{ matchers: [{ name: 'protocol', value: 'p2', isRegex: false, isEqual: true }], createdBy: 'ops', comment: 'c' },
  ...{ startsAt: new Date().toISOString(), endsAt: later() },
  ...more,
});
const ALERTS: readonly (readonly [string, string])[] = [
  ['nothing', '[]'],
  [
    'one',
    JSON.stringify([alert({ annotations: { summary: 'off' }, generatorURL: 'http://p/graph', endsAt: later() })]),
  ],
  ['another', JSON.stringify([{ labels: { alertname: 'Depeg', protocol: 'p2', severity: 'critical' } }])],
  ['empty values', JSON.stringify([{ labels: { alertname: 'Void', protocol: '', x: 'y' }, annotations: { a: '' } }])],
  ['half', '{'],
  ['an object', '{}'],
  ['no labels', '[{"annotations":{}}]'],
  ['empty labels', '[{"labels":{}}]'],
  ['a bad name', '[{"labels":{"a-b":"x"}}]'],
  ['a number', '[{"labels":{"alertname":1}}]'],
  ['a bad time', '[{"labels":{"alertname":"X"},"startsAt":"foo"}]'],
  ['a bad address', '[{"labels":{"alertname":"X"},"generatorURL":"::bad"}]'],
  [
    'an end before its start',
    '[{"labels":{"alertname":"X"},"startsAt":"2027-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]',
  ],
];
const SILENCES: readonly (readonly [string, string])[] = [
  ['one', JSON.stringify(silence())],
  ['half', '{'],
  ['nothing', '{}'],
  ['no matcher', JSON.stringify(silence({ matchers: [] }))],
  ['a matcher of nothing', JSON.stringify(silence({ matchers: [{ name: 'p', value: '', isRegex: false }] }))],
  ['a bad pattern', JSON.stringify(silence({ matchers: [{ name: 'p', value: 'x(', isRegex: true }] }))],
  ['an end before its start', JSON.stringify(silence({ endsAt: '2020-01-01T00:00:00Z' }))],
  ['an end in the past', JSON.stringify(silence({ startsAt: '2019-01-01T00:00:00Z', endsAt: '2020-01-01T00:00:00Z' }))],
  ['one that is not there', JSON.stringify(silence({ id: '7e2a1f5e-34ab-4bd1-9c0f-2f9a0aa7d7a8' }))],
];
const READS = [
  '/alerts',
  '/alerts?filter=protocol%3Dp2',
  '/alerts?filter=protocol%3D~%22p.%22&filter=severity!%3Dcritical',
  '/alerts?filter=foo',
  '/alerts?receiver=pager',
  '/alerts?receiver=%28',
  '/alerts?silenced=false',
  '/alerts?active=false',
  '/alerts/groups',
  '/alerts/groups?receiver=desk',
  '/silences',
  '/silences?filter=protocol%3Dp2',
  '/silences?filter=protocol%3Dother',
  '/silence/7e2a1f5e-34ab-4bd1-9c0f-2f9a0aa7d7a8',
  '/silence/x',
  '/receivers',
  '/nothing',
];

describe.skipIf(!isThere)('beside Alertmanager', () => {
  let real: Awaited<ReturnType<typeof startReal>>;
  beforeAll(async () => {
    real = await startReal(REAL);
  });
  afterAll(async () => real.stop());

  it('answers every request as Alertmanager does', async () => {
    const { url } = await start();
    for (const [path, bodies] of [
      ['/alerts', ALERTS],
      ['/silences', SILENCES],
    ] as const) {
      for (const [name, body] of bodies) {
        const [ours, theirs] = [await send(url, 'POST', path, body), await send(real.url, 'POST', path, body)];
        expect([name, ours.status, shape(ours.body)]).toEqual([name, theirs.status, shape(theirs.body)]);
      }
    }
    // Alertmanager sees a silence with the next look at its alerts.
    await expect
      .poll(async () => (await send(real.url, 'GET', '/alerts?silenced=false')).body, { timeout: 20_000 })
      .toHaveLength(2);
    for (const path of READS) {
      const [ours, theirs] = [await send(url, 'GET', path), await send(real.url, 'GET', path)];
      const [shown, expected] = [ours, theirs].map(({ status, body }) => [path, status, sorted(shape(body))]);
      expect(shown).toEqual(expected);
    }
    const [ours, theirs] = [await send(url, 'GET', '/status'), await send(real.url, 'GET', '/status')];
    expect(keysOf(ours.body)).toEqual(keysOf(theirs.body));
  });
});

/** Alertmanager lists groups in the order of a hash. */
function sorted(value: unknown): unknown {
  return Array.isArray(value)
    ? value.map((each) => JSON.stringify(each, Object.keys(flat(each)).sort())).sort()
    : value;
}

function flat(value: unknown): Record<string, true> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => ({ [key]: true, ...flat(inner) })));
}

function keysOf(value: unknown): readonly string[] {
  return Object.keys(flat(value)).sort();
}

describe.skipIf(!isThere)('amtool', () => {
  it('adds and queries alerts; adds, changes and expires silences; shows and checks the configuration', async () => {
    const { url } = await start();
    const amtool = amtoolFor(url, TOKEN);
    await amtool(
      'alert',
      'add',
      'alertname=Depeg',
      'protocol=p1',
      'severity=critical',
      '--annotation=summary=off its peg',
    );
    const query = async (...args: readonly string[]) =>
      JSON.parse(await amtool('alert', 'query', '-o', 'json', ...args)) as object[];
    expect(await query()).toMatchObject([{ labels: { alertname: 'Depeg' }, status: { state: 'active' } }]);
    expect(await query('protocol=p2')).toEqual([]);
    const id = await amtool('silence', 'add', 'protocol=p1', '-c', 'planned', '-a', 'ops', '-d', '1h');
    expect(await query()).toEqual([]);
    expect(await query('--silenced')).toMatchObject([{ status: { state: 'suppressed', silencedBy: [id] } }]);
    await amtool('silence', 'update', '-d', '2h', id);
    expect(await amtool('silence', 'query', '-q')).toBe(id);
    await amtool('silence', 'expire', id);
    expect(await amtool('silence', 'query', '-q')).toBe('');
    expect(await amtool('silence', 'query', '--expired', '-q')).toBe(id);
    expect(await query()).toHaveLength(1);
    const shown = join(mkdtempSync(join(tmpdir(), 'tocsin-config-')), 'am.yml');
    writeFileSync(shown, await amtool('config', 'show'));
    expect(await amtool('check-config', shown)).toContain('SUCCESS');
    expect(await amtool('config', 'routes', 'test', 'severity=critical')).toBe('pager');
    await amtool(
      'alert',
      'add',
      'alertname=Depeg',
      'protocol=p1',
      'severity=critical',
      `--end=${new Date().toISOString()}`,
    );
    expect(await query()).toEqual([]);
  });
});

/** Posts, and waits for it to be judged as every query does. */
async function post(url: string, ...alerts: readonly object[]): Promise<Reply> {
  const reply = await send(url, 'POST', '/alerts', JSON.stringify(alerts));
  await send(url, 'GET', '/alerts');
  return reply;
}
const transitions = async () =>
  (await ask(fresh.url, 'select kind, labels from tocsin.transitions order by id')).map(({ kind }) => kind);

describe('alerts that are posted', () => {
  it('fire once however often they are posted, and end only by an end that is not ahead', async () => {
    const { url } = await start();
    for (let time = 0; time < 3; time++) await post(url, alert({ endsAt: later() }));
    expect(await transitions()).toEqual(['firing']);
    await post(url, alert({ endsAt: new Date(Date.now() - 1000).toISOString(), startsAt: '2026-01-01T00:00:00Z' }));
    await post(url, alert({ endsAt: new Date(Date.now() - 1000).toISOString(), startsAt: '2026-01-01T00:00:00Z' }));
    expect(await transitions()).toEqual(['firing', 'resolved']);
    expect((await send(url, 'GET', '/alerts')).body).toEqual([]);
  });

  it('are kept firing and said to be last known when nothing more is heard of them', async () => {
    const { url, poster } = await start();
    await post(url, alert({ endsAt: new Date(Date.now() + 8000).toISOString() }));
    await expect
      .poll(
        async () => {
          await poster.tick();
          return (await send(url, 'GET', '/alerts')).body;
        },
        { timeout: 40_000 },
      )
      .toMatchObject([{ annotations: { last_known: expect.stringContaining('stale since') as string } }]);
    expect(await transitions()).toEqual(['firing']);
    await post(url, alert({ endsAt: later() }));
    const [known] = (await send(url, 'GET', '/alerts')).body as { annotations: object }[];
    expect(known!.annotations).toEqual({});
    expect(await transitions()).toEqual(['firing']);
  });

  it('survive a restart and are not told again', async () => {
    const first = await start();
    await post(first.url, alert({ endsAt: later() }), alert({ labels: { alertname: 'Other' }, endsAt: later() }));
    const second = await start();
    expect((await send(second.url, 'GET', '/alerts')).body).toHaveLength(2);
    await post(second.url, alert({ endsAt: later() }));
    expect(await transitions()).toEqual(['firing', 'firing']);
  });

  it('are judged after a restart when the process that kept them never came to it', async () => {
    const now = clock.now();
    const kept = { rule: 'Depeg', labels: { protocol: 'p1' }, annotations: {}, startsAt: now, updatedAt: now };
    await fresh.store.keepPosts([
      receivedOf([{ ...kept, endsAt: now + 60_000 }]),
      receivedOf([{ ...kept, rule: 'Other', endsAt: now + 1 }]),
    ]);
    const { poster } = await start();
    await poster.tick();
    expect((await poster.firing()).map(({ rule }) => rule)).toEqual(['Depeg', 'Other']);
    expect(await transitions()).toEqual(['firing', 'firing']);
    expect(await fresh.store.keptPosts(0)).toEqual([]);
  });

  it('are forgotten when they were refused', async () => {
    const { url, poster } = await start();
    expect((await send(url, 'POST', '/alerts', '{"no":"list"}')).status).toBe(400);
    expect((await send(url, 'POST', '/alerts', '[]')).status).toBe(200);
    await poster.firing();
    expect(await fresh.store.keptPosts(0)).toEqual([]);
    expect(await transitions()).toEqual([]);
  });

  it('are taken by two processes at once without losing or doubling one', async () => {
    const [first, second] = [await start(), await start()];
    const alerts = Array.from({ length: 40 }, (_, index) =>
      alert({ labels: { alertname: `A${index}` }, endsAt: later() }),
    );
    const all = alerts.flatMap((each) => [post(first.url, each), post(second.url, each)]);
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(await transitions()).toHaveLength(40);
  });

  it('are each a change of their own when one request says two things of the same alert', async () => {
    const { url } = await start();
    const ended = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T01:00:00Z' };
    await post(url, alert({ endsAt: later() }), alert(ended), alert({ endsAt: later() }));
    expect(await transitions()).toEqual(['firing', 'resolved', 'firing']);
  });

  it('are taken where they are valid although others are not', async () => {
    const { url } = await start();
    const reply = await post(url, alert({ endsAt: later() }), { labels: { 'a-b': 'x' } });
    expect(reply).toMatchObject({ status: 400, body: 'invalid label set: invalid name "a-b"' });
    expect(await transitions()).toEqual(['firing']);
    const broken = await post(url, alert({ labels: { alertname: 'X\ud800' } }), alert({ annotations: { a: '\0' } }));
    expect(broken.status).toBe(400);
  });

  it('need the token, and a body of bounded size', async () => {
    const { url } = await start();
    const path = `${url}/api/v2/alerts`;
    expect((await fetch(path, { method: 'POST', body: '[]' })).status).toBe(401);
    const basic = { authorization: `Basic ${Buffer.from(`prometheus:${TOKEN}`).toString('base64')}` };
    expect((await fetch(path, { method: 'POST', body: '[]', headers: basic })).status).toBe(200);
    const evil = { ...basic, origin: 'https://evil.example' };
    expect((await fetch(path, { method: 'POST', body: '[]', headers: evil })).status).toBe(403);
    const huge = `[${' '.repeat(9 * 1024 * 1024)}]`;
    expect((await send(url, 'POST', '/alerts', huge)).status).toBe(413);
  });
});
