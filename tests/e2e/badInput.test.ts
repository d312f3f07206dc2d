import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { TOCSIN } from '../../demo/entry.ts';
import { startNode } from '../../demo/chain/node.ts';
import type { Node } from '../../demo/chain/node.ts';
import { startWorker } from '../../demo/worker.ts';
import type { RunningWorker } from '../../demo/worker.ts';
import { freshDatabase } from '../support/postgres.ts';

let folder: string;
let database: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => database.drop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-input-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Runs the command to its end. */
async function tocsin(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [...TOCSIN, ...args], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: database.url.reveal(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

const listen = "dashboard: { listen: '127.0.0.1:0' }\npacks: []\n";

describe('a configuration that cannot be', () => {
  test.each([
    ['malformed YAML', { 'tocsin.yaml': 'chains: { a: [\n' }, /^tocsin\.yaml:\d+:\d+/m],
    ['an unknown key', { 'tocsin.yaml': `${listen}recievers: {}\n` }, /tocsin\.yaml:3:1[^]*receivers/],
    [
      'rules that are wrong, and none accepted before',
      { 'tocsin.yaml': listen, 'rules/a.yaml': 'grups: []\n' },
      /rules\/a\.yaml:1:1[^]*groups/,
    ],
  ])('ends the worker with code 1 and says where: %s', { timeout: 120_000 }, async (_what, files, expected) => {
    write(files);
    const { code, said } = await tocsin(['run']);
    expect(said).toMatch(expected);
    expect(said).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  test('with a database nobody answers at ends the worker with code 1 and one line', { timeout: 120_000 }, async () => {
    write({ 'tocsin.yaml': listen });
    const { code, said } = await tocsin(['run'], { DATABASE_URL: 'postgres://tocsin:hunter2@127.0.0.1:1/tocsin' });
    expect(said).toMatch(/database.*127\.0\.0\.1:1/i);
    expect(said).not.toMatch(/hunter2|^\s+at /m);
    expect(code).toBe(1);
  });

  test('names a receiver that a test message cannot reach, and why', { timeout: 120_000 }, async () => {
    const gone = await serve(404, 'no_service', 'text/html');
    write({
      'tocsin.yaml': `${listen}receivers: { desk: { kind: slack_webhook, url: '\${DESK_URL}' } }\n`,
    });
    const env = { DESK_URL: `${gone.url}/services/T0/B0/secretsecret` };
    const refused = await tocsin(['notify', 'test', 'desk'], env);
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('The webhook or its channel is gone') });
    expect(refused.said).not.toContain('secretsecret');
    const unknown = await tocsin(['notify', 'test', 'dsk'], env);
    expect(unknown).toMatchObject({
      code: 1,
      said: expect.stringContaining('Found no receiver "dsk". Expected one of: desk'),
    });
    gone.server.close();
  });
});

describe('a worker', () => {
  let worker: RunningWorker;
  afterEach(async () => worker.kill('SIGTERM'));

  const start = async (env: Readonly<Record<string, string>> = {}) => {
    worker = await startWorker({ folder, env: { DATABASE_URL: database.url.reveal(), LOG_LEVEL: 'info', ...env } });
  };

  test(
    'runs the last accepted rules when the files are invalid, and raises an alarm',
    { timeout: 120_000 },
    async () => {
      const rule =
        'groups: [{ name: mine, rules: [{ alert: Mine, expr: vector(1) > 0, annotations: { summary: it fires } }] }]\n';
      write({ 'tocsin.yaml': listen, 'rules/mine.yaml': rule });
      await start();
      await worker.kill('SIGTERM');
      write({ 'rules/mine.yaml': rule.replace('expr', 'exrp') });
      await start();
      await vi.waitFor(
        async () => {
          const { alerts, rules } = await worker.status();
          expect(rules.map((each) => each.rule)).toContain('Mine');
          expect(alerts).toContainEqual(expect.objectContaining({ rule: 'RulesReloadFailed', state: 'firing' }));
        },
        { timeout: 20_000, interval: 200 },
      );
    },
  );

  test('without any configuration starts on defaults and says what is missing', { timeout: 120_000 }, async () => {
    const offline = `import dns from 'node:dns'; const { lookup } = dns; dns.lookup = (host, options, done = options) => host.endsWith('.1') ? lookup(host, options, done) : done(Object.assign(new Error('offline'), { code: 'ENOTFOUND' }));`;
    await start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(offline)}` });
    const { advice, sources, rules } = await worker.status();
    expect(advice.join(' ')).toMatch(/receiver/i);
    expect(sources.length).toBeGreaterThan(0);
    expect(rules.length).toBeGreaterThan(0);
  });

  test('says of each source what is wrong with it, and goes on', { timeout: 120_000 }, async () => {
    const node = await startNode({});
    const html = await serve(200, '<html>Just a moment…</html>', 'text/html');
    const future = await serve(200, JSON.stringify({ price: 1, time: 32_503_680_000 }), 'application/json');
    const nan = await serve(200, '{"price": "NaN"}', 'application/json');
    write({
      'tocsin.yaml': `${listen}chains:
  here: { id: 31337, rpc: ['${node.url}'] }
  nowhere: { id: 5, rpc: ['http://127.0.0.1:1'] }
  elsewhere: { id: 7, rpc: ['${node.url}'] }
`,
      'rules/s.yaml': `assets: { a: { name: A, on: { here: '0x00000000000000000000000000000000000000aa', nowhere: '0x00000000000000000000000000000000000000aa', elsewhere: '0x00000000000000000000000000000000000000aa' } } }
sources:
  - { id: codeless, kind: erc20_supply, asset: a, chain: here, every: 1s }
  - { id: unreachable, kind: erc20_supply, asset: a, chain: nowhere, every: 1s }
  - { id: wrong-chain, kind: erc20_supply, asset: a, chain: elsewhere, every: 1s }
  - { id: html, kind: http_json, asset: a, url: '${html.url}', path: price, metric: price_usd, every: 1s }
  - { id: future, kind: http_json, asset: a, url: '${future.url}', path: price, timestamp: time, metric: price_usd, every: 1s }
  - { id: nan, kind: http_json, asset: a, url: '${nan.url}', path: price, metric: price_usd, every: 1s }
`,
    });
    await start();
    const expected: Readonly<Record<string, RegExp>> = {
      codeless: /no code|no contract/i,
      unreachable: /No RPC URL of "nowhere" is usable/,
      'wrong-chain': /answered chain id 31337; elsewhere must be 7/,
      html: /html|JSON/i,
      future: /future|ahead/i,
      nan: /NaN|number/,
    };
    await vi.waitFor(
      async () => {
        const { sources } = await worker.status();
        const errors = Object.fromEntries(sources.map(({ source, error = '' }) => [source, error]));
        for (const [source, words] of Object.entries(expected)) expect(errors[source]).toMatch(words);
        for (const error of Object.values(errors)) expect(error).not.toContain('\n');
      },
      { timeout: 30_000, interval: 300 },
    );
    expect((await worker.get('/healthz')).status).toBe(200);
    await stopAll(node, [html.server, future.server, nan.server]);
  });
});

async function stopAll(node: Node, servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await node.stop();
}

async function serve(
  status: number,
  text: string,
  type: string,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((_request, response) => response.writeHead(status, { 'content-type': type }).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
