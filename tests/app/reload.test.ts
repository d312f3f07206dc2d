import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog, startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import type { Status } from '../../src/model/status.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import { ask } from '../store/contract/fixtures.ts';
import { freshDatabase } from '../support/postgres.ts';

const SELF = readFileSync(new URL('../../rules/packs/self.yaml', import.meta.url), 'utf8');
const SETTINGS = `
data: DATA
dashboard: { listen: '127.0.0.1:0' }
route: { receivers: [inbox], group_wait: 0s, group_interval: 0s }
`;
const groups = (...rules: string[]) =>
  `groups:\n  - name: mine\n    interval: 1s\n    rules:\n${rules.map((rule) => `      - ${rule}\n`).join('')}`;
const always = "{ alert: Always, expr: 'vector(1) > 0' }";

let folder: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let app: App;
const write = (text: string) => writeFileSync(join(folder, 'mine.yaml'), text);

async function start(): Promise<App> {
  const lookup = { env: { DATABASE_URL: database.url.reveal() }, readFile: () => '' };
  const settings = loadConfig({
    ...lookup,
    file: 'tocsin.yaml',
    text: SETTINGS.replace('DATA', folder),
    notifiers,
    packs: [],
    exists: () => true,
  });
  return startApp({
    settings,
    version: 'test',
    log: createLog('silent'),
    readFiles: () => ({ 'packs/self.yaml': SELF, 'rules/mine.yaml': readFileSync(join(folder, 'mine.yaml'), 'utf8') }),
    rulePlaces: [folder],
    loadRules: (files, now) => loadRules({ ...lookup, files, config: settings, sources: {}, now }),
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-reload-'));
  database = await freshDatabase();
  write(groups(always));
  app = await start();
});

afterAll(async () => {
  await app.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function until(isSo: (status: Status) => boolean): Promise<Status> {
  for (let tries = 0; tries < 600; tries++) {
    const status = (await (await fetch(`${app.url}/status.json`)).json()) as Status;
    if (isSo(status)) return status;
    await sleep(100);
  }
  throw new Error('The status did not come to what was expected within a minute.');
}

const fires = ({ alerts }: Status, name: string) =>
  alerts.find(({ rule, state }) => rule === name && state === 'firing');

it('takes over an edit, keeps what fires, refuses what is not valid, and ends what was removed', async () => {
  const before = await until((status) => fires(status, 'Always') !== undefined);

  write(
    groups(
      `{ alert: Always, expr: 'vector(1) > 0', annotations: { summary: still here } }`,
      "{ alert: New, expr: 'vector(2) > 1' }",
    ),
  );
  const edited = await until((status) => fires(status, 'New') !== undefined);
  expect(fires(edited, 'Always')).toMatchObject({ firedAt: fires(before, 'Always')!.firedAt!, summary: 'still here' });
  expect(edited.sent.filter(({ alerts }) => alerts[0]?.rule === 'Always')).toHaveLength(1);

  write(groups("{ alert: Broken, expr: 'vector(1' }"));
  const broken = await until((status) => fires(status, 'RulesReloadFailed') !== undefined);
  expect(fires(broken, 'New')).toBeDefined();
  expect(broken.rules.map(({ rule }) => rule)).not.toContain('Broken');

  const soon = new Date(Date.now() + 10_000).toISOString();
  write(
    groups(
      always,
      `{ alert: New, expr: 'vector(2) > 1' }`,
      `{ alert: Later, expr: 'vector(1)', disabled: { until: '${soon}', reason: noisy, by: me } }`,
    ),
  );
  const off = await until((status) => fires(status, 'RulesReloadFailed') === undefined);
  expect(off.rules.map(({ rule }) => rule)).not.toContain('Later');
  await until((status) => fires(status, 'Later') !== undefined);

  write(groups(always));
  const mended = await until(
    (status) => fires(status, 'RulesReloadFailed') === undefined && fires(status, 'New') === undefined,
  );
  const ended = await until(({ sent }) =>
    sent.some(
      ({ alerts }) => alerts[0]?.rule === 'New' && alerts[0].changes.some((change) => change.startsWith('removed')),
    ),
  );
  expect(fires(mended, 'Always')).toBeDefined();
  expect(ended.sent.filter(({ alerts }) => alerts[0]?.rule === 'New')).toHaveLength(2);
}, 180_000);

const quiet = (value: number) =>
  `{ alert: Quiet, expr: 'vector(${value})', levels: { warning: { above: 1 } }, annotations: { summary: quiet no more } }`;

it('says after a gap how long nothing was judged, judges anew, and says of what fires then that its start was not seen', async () => {
  write(groups(always, quiet(0)));
  await until(({ rules }) => rules.some(({ rule, rows }) => rule === 'Quiet' && rows[0]?.verdict === 'ok'));
  await app.stop();
  const hours = 2 * 3_600_000;
  await ask(database.url, `update tocsin.rule_groups set evaluated_at = evaluated_at - ${hours}`);
  write(groups(always, quiet(2)));
  app = await start();
  const back = await until(
    (status) => fires(status, 'MonitoringGap') !== undefined && fires(status, 'Quiet') !== undefined,
  );
  expect(fires(back, 'MonitoringGap')!.summary).toMatch(/^Nothing was judged for 2h/);
  expect(fires(back, 'Quiet')).toMatchObject({ startUnseen: true });
  expect(fires(back, 'Always')).toMatchObject({ startUnseen: true, state: 'firing' });
  const told = await until(({ inbox }) => inbox.some(({ title }) => title.includes('quiet no more')));
  expect(told.inbox.find(({ title }) => title.includes('quiet no more'))!.text).toContain('the start was not seen');
}, 180_000);
