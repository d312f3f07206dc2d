import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { ask } from '../store/contract/fixtures.ts';
import { freshDatabase } from '../support/postgres.ts';
import { fires, startIn, until } from './running.ts';

const SELF = readFileSync(new URL('../../rules/packs/self.yaml', import.meta.url), 'utf8');
const groups = (...rules: string[]) =>
  `groups:\n  - name: mine\n    interval: 1s\n    rules:\n${rules.map((rule) => `      - ${rule}\n`).join('')}`;
const always = "{ alert: Always, expr: 'vector(1) > 0' }";

let folder: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let app: App;
const write = (text: string) => writeFileSync(join(folder, 'mine.yaml'), text);

const start = async () =>
  startIn({
    folder,
    env: { DATABASE_URL: database.url.reveal() },
    readRules: () => ({
      'packs/self.yaml': SELF,
      'rules/mine.yaml': readFileSync(join(folder, 'mine.yaml'), 'utf8'),
    }),
  });

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

it('takes over an edit, keeps what fires, refuses what is not valid, and ends what was removed', async () => {
  const before = await until(app, (status) => fires(status, 'Always') !== undefined);

  write(
    groups(
      `{ alert: Always, expr: 'vector(1) > 0', annotations: { summary: still here } }`,
      "{ alert: New, expr: 'vector(2) > 1' }",
    ),
  );
  const edited = await until(app, (status) => fires(status, 'New') !== undefined);
  expect(fires(edited, 'Always')).toMatchObject({ firedAt: fires(before, 'Always')!.firedAt!, summary: 'still here' });
  expect(edited.sent.filter(({ alerts }) => alerts[0]?.rule === 'Always')).toHaveLength(1);

  write(groups("{ alert: Broken, expr: 'vector(1' }"));
  const broken = await until(app, (status) => fires(status, 'RulesReloadFailed') !== undefined);
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
  const off = await until(app, (status) => fires(status, 'RulesReloadFailed') === undefined);
  expect(off.rules.map(({ rule }) => rule)).not.toContain('Later');
  await until(app, (status) => fires(status, 'Later') !== undefined);

  write(groups(always));
  const mended = await until(
    app,
    (status) => fires(status, 'RulesReloadFailed') === undefined && fires(status, 'New') === undefined,
  );
  const ended = await until(app, ({ sent }) =>
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
  await until(app, ({ rules }) => rules.some(({ rule, rows }) => rule === 'Quiet' && rows[0]?.verdict === 'ok'));
  await app.stop();
  const hours = 2 * 3_600_000;
  await ask(database.url, `update tocsin.rule_groups set evaluated_at = evaluated_at - ${hours}`);
  write(groups(always, quiet(2)));
  app = await start();
  const back = await until(
    app,
    (status) => fires(status, 'MonitoringGap') !== undefined && fires(status, 'Quiet') !== undefined,
  );
  expect(fires(back, 'MonitoringGap')!.summary).toMatch(/^Nothing was judged for 2h/);
  expect(fires(back, 'Quiet')).toMatchObject({ startUnseen: true });
  expect(fires(back, 'Always')).toMatchObject({ startUnseen: true, state: 'firing' });
  const told = await until(app, ({ inbox }) => inbox.some(({ title }) => title.includes('quiet no more')));
  expect(told.inbox.find(({ title }) => title.includes('quiet no more'))!.text).toContain('the start was not seen');
}, 180_000);
