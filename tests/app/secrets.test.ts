import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import type { Secret } from '../../src/model/secret.ts';
import type { Status } from '../../src/model/status.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import * as sources from '../../src/sources/index.ts';
import { ask } from '../store/contract/fixtures.ts';
import { freshDatabase } from '../support/postgres.ts';
import { freshRedis, redisMissing } from '../support/redis.ts';

/** Nobody listens there: whatever holds a secret is tried, fails, and is spoken of. */
const NOWHERE = 'http://127.0.0.1:1';
const MARK = 'hunter2';
const ENV: Readonly<Record<string, string>> = {
  RPC: `${NOWHERE}/${MARK}-rpc`,
  SLACK: `${NOWHERE}/services/${MARK}-slack`,
  BOT: `xoxb-${MARK}-bot`,
  SIGNING: `${MARK}-signing-secret`,
  PAGER: `${MARK}abcdefghijklmnopqrstuvwxy`,
  OPSGENIE: `${MARK}-opsgenie`,
  TELEGRAM: `7000000001:${MARK}-telegram-telegram`,
  DISCORD: `${NOWHERE}/api/webhooks/${MARK}-discord`,
  HOOK: `${NOWHERE}/${MARK}-hook`,
  HOOK_KEY: `whsec_${Buffer.from(`${MARK}-hook-key-of-24-bytes`).toString('base64')}`,
  MAIL: `${MARK}-mail`,
  MANAGER: `${MARK}-manager`,
  BEAT: `${NOWHERE}/${MARK}-beat`,
  LINKS: `${MARK}-links-links-links`,
};
const RECEIVERS = `
  hook: { kind: webhook, url: '\${HOOK}', secret: '\${HOOK_KEY}' }
  slack: { kind: slack, token: '\${BOT}', channel: '#a', signing_secret: '\${SIGNING}', api_url: '${NOWHERE}' }
  web: { kind: slack_webhook, url: '\${SLACK}' }
  pager: { kind: pagerduty, routing_key: '\${PAGER}', api_url: '${NOWHERE}' }
  genie: { kind: opsgenie, key: '\${OPSGENIE}', api_url: '${NOWHERE}' }
  gram: { kind: telegram, token: '\${TELEGRAM}', chat_id: 1, api_url: '${NOWHERE}' }
  cord: { kind: discord, url: '\${DISCORD}' }
  mail: { kind: email, host: 127.0.0.1, port: 1, user: tocsin, password: '\${MAIL}', tls: none, from: a@example.org, to: b@example.org }
  manager: { kind: alertmanager, urls: ['${NOWHERE}'], user: tocsin, password: '\${MANAGER}' }
`;
const NAMES = [...RECEIVERS.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
const settingsOf = (data: string) => `
data: ${data}
chains: { ethereum: { rpc: ['\${RPC}'], timeout: 1s } }
receivers:${RECEIVERS}route: { receivers: [${NAMES.join(', ')}], group_wait: 0s }
dashboard: { listen: '127.0.0.1:0', signing_key: '\${LINKS}' }
heartbeat: { url: '\${BEAT}', every: 1s }
`;
const RULES = `
sources: [{ kind: evm_head, chain: ethereum, every: 1s }]
groups: [{ name: g, interval: 1s, rules: [{ alert: Always, expr: 'vector(1) > 0' }] }]
`;

/** Every row of every table there is, the queue's payloads among them. */
async function everythingStored(url: Secret): Promise<string> {
  const tables = await ask(
    url,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const rows = [];
  for (const { name } of tables) rows.push(...(await ask(url, `select t::text from ${String(name)} t`)));
  return JSON.stringify(rows);
}

/** Every command that reached Redis, with all keys and payloads in it, and what is there at the end. */
async function watchRedis() {
  const redis = await freshRedis();
  const client = new Redis(redis.url.reveal());
  const monitor = await client.monitor();
  for (const each of [client, monitor]) each.on('error', () => undefined);
  const commands: string[] = [];
  monitor.on('monitor', (_time: string, words: readonly string[]) => void commands.push(words.join(' ')));
  const dump = async () => {
    const values: unknown[] = [];
    for (const key of await client.keys('*')) values.push(key, (await client.dumpBuffer(key))?.toString('latin1'));
    return JSON.stringify(values);
  };
  return {
    url: redis.url,
    said: async () => [...commands, await dump()].join('\n'),
    stop: async () => {
      monitor.disconnect();
      client.disconnect();
      await redis.stop();
    },
  };
}

const queues = redisMissing() === undefined ? ['postgres', 'redis'] : ['postgres'];

it.each(queues)(
  'says no secret in any log line, error, page, answer, stored row or payload of a queue on %s',
  async (queue) => {
    const data = mkdtempSync(join(tmpdir(), 'tocsin-secrets-'));
    const database = await freshDatabase();
    const redis = queue === 'redis' ? await watchRedis() : undefined;
    const env = { ...ENV, DATABASE_URL: database.url.reveal(), ...(redis && { REDIS_URL: redis.url.reveal() }) };
    const lookup = { env, readFile: () => '' };
    const base = { ...lookup, file: 'tocsin.yaml', notifiers, packs: [], exists: () => true };
    const settings = loadConfig({ ...base, text: settingsOf(data) });
    const logged: string[] = [];
    const app = await startApp({
      ...{ settings, version: 'test', rulePlaces: [data] },
      log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
      readFiles: () => ({ 'rules/mine.yaml': RULES }),
      loadRules: (files, now) => loadRules({ ...lookup, files, config: settings, sources, now }),
    });
    onTestFinished(async () => {
      await app.stop();
      await redis?.stop();
      await database.drop();
      rmSync(data, { recursive: true });
    });
    const headers = { authorization: `Bearer ${app.token.reveal()}` };
    const page = async (path: string) => (await fetch(`${app.url}${path}`, { headers })).text();
    const failed = async () => {
      const { receivers, sources: read } = JSON.parse(await page('/status.json')) as Status;
      const complaining = receivers.filter(({ lastError }) => lastError !== undefined).length;
      return complaining + read.filter(({ error }) => error !== undefined).length;
    };
    await expect.poll(failed, { timeout: 90_000, interval: 200 }).toBe(NAMES.length + 1);
    const { alerts } = JSON.parse(await page('/status.json')) as Status;
    const paths = [
      '/',
      '/status.json',
      `/alerts/${alerts[0]!.id}`,
      '/healthz',
      '/metrics',
      '/api/v2/status',
      '/api/v2/receivers',
      '/jobs/api/queues',
    ];
    const shown = await Promise.all(paths.map(page));
    const queued = (await redis?.said()) ?? '';
    if (redis !== undefined) for (const word of ['collect', 'evaluate', 'batch']) expect(queued).toContain(word);
    const said = [...logged, ...shown, queued, await everythingStored(database.url)].join('\n');
    for (const name of NAMES) expect(said).toContain(`"${name}"`);
    const encoded = [MARK, Buffer.from(MARK).toString('base64').slice(0, 9), database.url.reveal()];
    const leaks = encoded.flatMap((secret) => {
      const at = said.indexOf(secret);
      return at < 0 ? [] : [said.slice(Math.max(0, at - 200), at + 40)];
    });
    expect(leaks).toEqual([]);
  },
  180_000,
);
