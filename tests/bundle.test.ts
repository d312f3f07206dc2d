import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../demo/freePort.ts';
import { startWorker } from '../demo/worker.ts';
import { bundle } from '../scripts/bundle.ts';
import { folderOf } from './cli/tocsin.ts';

/** Inside the package, so that what is loaded from node_modules is found as from `dist`. */
const BUILT = '.cache/built';
const MAIN = `${process.cwd()}/${BUILT}/main.js`;
const run = promisify(execFile);

const SETTINGS = (
  port: number,
) => `receivers: { mail: { kind: email, host: 127.0.0.1, from: a@localhost, to: [b@localhost] } }
route: { receivers: [mail] }
dashboard: { listen: '127.0.0.1:${port}' }
packs: []
`;

describe('bundle', () => {
  beforeAll(async () => bundle(BUILT));

  test('knows its version and its packs from another folder', async () => {
    const cwd = folderOf({ 'tocsin.yaml': 'packs: [stablecoins]\n' });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    await expect(run(process.execPath, [MAIN, '--version'], { cwd })).resolves.toMatchObject({
      stdout: `${version}\n`,
    });
    await expect(run(process.execPath, [MAIN, 'check'], { cwd })).resolves.toBeDefined();
  });

  test('reads, judges, and shows jobs with the files of a package that it leaves apart', async () => {
    const worker = await startWorker({
      folder: folderOf({ 'tocsin.yaml': SETTINGS(await freePort()) }),
      ...{ entry: [MAIN], env: { LOG_LEVEL: 'warn' } },
    });
    try {
      const token = new URL(worker.url).search;
      for (const path of ['/healthz', `/${token}`, `/jobs${token}`])
        await expect.poll(async () => (await worker.get(path)).status, { timeout: 30_000 }).toBe(200);
    } finally {
      await worker.kill('SIGTERM');
    }
  });

  test('ends with its database when the signal comes twice, as from a terminal and from npm', async () => {
    const folder = folderOf({ 'tocsin.yaml': SETTINGS(await freePort()) });
    const worker = await startWorker({ folder, entry: [MAIN], env: { LOG_LEVEL: 'warn' } });
    const pid = join(folder, 'data', 'pg', 'postmaster.pid');
    expect(existsSync(pid)).toBe(true);
    process.kill(worker.pid, 'SIGINT');
    await sleep(50);
    await worker.kill('SIGINT');
    expect(existsSync(pid)).toBe(false);
  });

  test('keeps the text of each file at a byte a character', () => {
    const files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    for (const file of files) expect(readFileSync(`${BUILT}/${file}`, 'latin1')).not.toMatch(/[^\0-\x7f]/);
  });

  test('names the licence of every package in it', () => {
    const notices = readFileSync(`${BUILT}/NOTICES.txt`, 'utf8').split(`\n${'-'.repeat(80)}\n\n`);
    expect(notices.length).toBeGreaterThan(50);
    for (const notice of notices) expect(notice).toMatch(/^\S+ \d\S*, [^\n]+\n\n\S/);
  });
});
