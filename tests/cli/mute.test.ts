import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { showEpisode } from '../../src/cli/episode.ts';
import { acknowledge, addSilence, expireSilences } from '../../src/cli/mute.ts';
import { listMuted, listSilences } from '../../src/cli/muted.ts';
import { alertId } from '../../src/model/alert.ts';
import { alert, evaluation, telling, transition } from '../store/contract/fixtures.ts';
import { freshStore } from '../support/postgres.ts';
import type { FreshStore } from '../support/postgres.ts';

let fresh: FreshStore;
let config: string;

beforeAll(async () => {
  fresh = await freshStore();
  process.env['TOCSIN_TEST_MUTE_URL'] = fresh.url.reveal();
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-mute-'));
  config = join(folder, 'tocsin.yaml');
  const rules = join(folder, 'rules.yaml');
  const text = `
store: { url: '\${TOCSIN_TEST_MUTE_URL}' }
unack_after: 3h
rules: [${rules}]
`;
  writeFileSync(config, text);
  const off = "disabled: { until: '2999-01-31', reason: migration, by: ana }";
  const levels = 'levels: { warning: { below: -1% } }';
  const known = '{ alert: BelowNav, expr: asset:premium_to_nav_ratio, LEVELS }';
  const disabled = `{ alert: Noisy, expr: price_usd, levels: { warning: { below: $1 } }, ${off} }`;
  const record = '{ record: asset:premium_to_nav_ratio, expr: price_usd }';
  writeFileSync(rules, `groups: [{ name: g, rules: [${record}, ${known.replace('LEVELS', levels)}, ${disabled}] }]`);
  const at = Date.now();
  const fired = { transition: transition('firing', { at, activeAt: at, value: -0.02 }), tellings: [telling()] };
  await fresh.store.commitEvaluation(evaluation(at, 0, { alerts: [alert({ activeAt: at })], transitions: [fired] }));
});
afterAll(async () => fresh.drop());

/** What a command prints, and its exit code. */
async function run(
  work: (output: Parameters<typeof listMuted>[1]) => Promise<number>,
): Promise<readonly [number, string]> {
  let text = '';
  const stdout = { write: (part: string) => void (text += part) } as unknown as NodeJS.WritableStream;
  const code = await work({ stdout, stderr: stdout });
  return [code, text];
}

it('silences, acknowledges and lists everything that is muted, disabled rules too', async () => {
  const choices = { config, by: 'ada' };
  const [, added] = await run(async (output) =>
    addSilence(['asset="xusd"'], { ...choices, for: '2h', comment: 'moving' }, output),
  );
  const id = added.trim();
  expect((await run(async (output) => acknowledge(['alertname=BelowNav'], choices, output)))[0]).toBe(0);
  const [ack] = await fresh.store.acknowledgements(Date.now());
  expect(ack!.until - ack!.at).toBe(3 * 3_600_000);
  const [, muted] = await run(async (output) => listMuted({ config }, output));
  expect(muted.replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME').split('\n')).toEqual([
    `silence ${id} asset="xusd" until TIME by ada: moving, 1 fire under it`,
    'ack BelowNav {asset="xusd"} until TIME by ada (cli)',
    'disabled Noisy until TIME by ana: migration',
    '',
  ]);
  expect(muted).toContain('2999-01-31T00:00:00Z');
  expect((await run(async (output) => listSilences({ config }, output)))[1]).toMatch(
    new RegExp(`^${id} asset="xusd" until .* by ada: moving\\n$`),
  );
  expect((await run(async (output) => expireSilences([id, 'none'], choices, output)))[0]).toBe(1);
  expect((await run(async (output) => listSilences({ config }, output)))[1]).toBe('');
  expect((await run(async (output) => listSilences({ config, ended: true }, output)))[1]).toContain('ended ');
});

it('prints how an alert went, and which there were', async () => {
  const id = alertId(alert());
  const [, list] = await run(async (output) => showEpisode(undefined, { config }, output));
  expect(list).toMatch(new RegExp(`^${id} BelowNav {asset="xusd"} warning since .*, fires still\\n$`));
  const [, story] = await run(async (output) => showEpisode(id, { config }, output));
  for (const part of [
    'BelowNav {asset="xusd"}',
    'firing at warning, value −2 %',
    'not told to desk yet',
    'acknowledged by ada (cli)',
  ])
    expect(story).toContain(part);
  expect((await run(async (output) => showEpisode('0000', { config }, output)))[0]).toBe(1);
  const [, json] = await run(async (output) => showEpisode(id, { config, json: true }, output));
  expect(JSON.parse(json)).toMatchObject({ alertId: id, changes: [{ kind: 'firing' }] });
});
