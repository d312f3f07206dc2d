import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../demo/freePort.ts';

const binary = ['prometheus-alertmanager', 'alertmanager'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Whether Alertmanager and amtool are there to compare with. */
export const isThere = binary !== undefined && spawnSync('amtool', ['--version']).status === 0;
if (!isThere) console.log('skipped: comparisons with Alertmanager itself, since it and amtool are not on PATH');

/** An Alertmanager on a free port. */
export async function startReal(config: string): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-alertmanager-'));
  writeFileSync(join(folder, 'am.yml'), config);
  const port = await freePort();
  const child = spawn(
    binary!,
    [
      `--config.file=${join(folder, 'am.yml')}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () =>
    fetch(`${url}/-/ready`).then(
      (reply) => reply.ok,
      () => false,
    );
  while (!(await isReady())) await sleep(50);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs amtool against a server that wants a bearer token, and gives what it printed. */
export function amtoolFor(url: string, token: string): (...args: readonly string[]) => Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'tocsin-amtool-')), 'http.yml');
  writeFileSync(file, `authorization: { type: Bearer, credentials: '${token}' }\n`);
  const run = promisify(execFile);
  return async (...args) => {
    const { stdout } = await run('amtool', [`--alertmanager.url=${url}`, `--http.config.file=${file}`, ...args]);
    return stdout.trim();
  };
}
