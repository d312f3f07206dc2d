import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { init } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import * as notifiers from '../../src/notifiers/index.ts';

const RPC = 'https://node.example/v2/hush';
const SLACK = 'https://hooks.slack.com/services/T0/B0/hush';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-init-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

async function run(typed: string, args: readonly string[] = []) {
  const stdout = new PassThrough();
  const code = await init(args, { stdin: Readable.from([typed]), stdout, cwd });
  stdout.end();
  return { code, said: await text(stdout) };
}

const read = (name: string) => readFileSync(join(cwd, name), 'utf8');

const load = (yaml: string, env: Readonly<Record<string, string>> = {}) =>
  loadConfig({
    file: 'tocsin.yaml',
    text: yaml,
    env,
    readFile: () => '',
    notifiers,
    packs: ['stablecoins'],
    exists: () => true,
  });

describe('init', () => {
  test('keeps what is secret out of the YAML and to its owner', async () => {
    const { code, said } = await run(`${RPC}\n${SLACK}\n`);
    expect(code).toBe(0);
    expect(read('tocsin.yaml')).not.toContain('hush');
    expect(read('.env')).toBe(`ETHEREUM_RPC_URL='${RPC}'\nSLACK_WEBHOOK_URL='${SLACK}'\n`);
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600);
    expect(said).toContain('add it to .gitignore');
    const config = load(read('tocsin.yaml'), { ETHEREUM_RPC_URL: RPC, SLACK_WEBHOOK_URL: SLACK });
    expect(config).toMatchObject({ packs: ['stablecoins'], route: { receivers: ['team'] }, advice: [] });
    expect(config.chains['ethereum']?.rpc[0]?.reveal()).toBe(RPC);
  });

  test('writes a file that runs without any answer', async () => {
    expect((await run('\n\n')).code).toBe(0);
    expect(existsSync(join(cwd, '.env'))).toBe(false);
    expect(load(read('tocsin.yaml'))).toMatchObject({ packs: ['stablecoins'], chains: {} });
  });

  test('asks nothing with --yes', async () => {
    const { code, said } = await run('', ['--yes']);
    expect([code, said]).toEqual([0, 'Wrote tocsin.yaml. Next: tocsin run\n']);
  });

  test('everything it comments out is right as well', async () => {
    await run('', ['--yes']);
    const live = read('tocsin.yaml').replace(/^# (?=[a-z_]+:|  )/gm, '');
    const env = {
      ETHEREUM_RPC_URL: RPC,
      SLACK_WEBHOOK_URL: SLACK,
      TOCSIN_PASSWORD: 'p',
      DATABASE_URL: 'd',
      REDIS_URL: 'r',
    };
    expect(load(live, env)).toMatchObject({
      chains: { ethereum: { id: 1 } },
      route: { routes: [{ receivers: ['team', 'inbox'] }] },
    });
  });

  test('asks again for what is no address', async () => {
    const { said } = await run(`nope\n${RPC}\n\n`);
    expect(said).toContain('Expected a web address');
    expect(read('.env')).toBe(`ETHEREUM_RPC_URL='${RPC}'\n`);
  });

  test('keeps what .env holds already', async () => {
    writeFileSync(join(cwd, '.env'), 'OTHER=1');
    writeFileSync(join(cwd, '.gitignore'), 'node_modules\n.env\n');
    const { said } = await run(`${RPC}\n\n`);
    expect(read('.env')).toBe(`OTHER=1\nETHEREUM_RPC_URL='${RPC}'\n`);
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600);
    expect(said).not.toContain('.gitignore');
  });

  test('never overwrites', async () => {
    writeFileSync(join(cwd, 'tocsin.yaml'), 'packs: []\n');
    const { code, said } = await run('');
    expect(code).toBe(1);
    expect(said).toContain('is there already');
    expect(read('tocsin.yaml')).toBe('packs: []\n');
  });
});
