import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Secret } from '../../src/model/secret.ts';
import { freePort } from '../../demo/freePort.ts';

export interface FreshRedis {
  readonly url: Secret;
  readonly flush: () => Promise<void>;
  /** Ends the server, as a crash would; `start` brings an empty one back on the same port. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Why tests that need Redis are left out, or nothing when it is installed. */
export function redisMissing(): string | undefined {
  return findServer() === undefined ? 'skipped: there is no redis-server on the PATH' : undefined;
}

/** A Redis server of its own, without persistence. */
export async function freshRedis(): Promise<FreshRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-redis-'));
  const port = await freePort();
  let child: Child | undefined = await launch(folder, port);
  const kill = async () => {
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    child = undefined;
    await exited;
  };
  return {
    url: new Secret(`redis://127.0.0.1:${port}`),
    flush: async () => {
      const client = new Redis(port);
      await client.flushall();
      client.disconnect();
    },
    kill,
    start: async () => {
      child = await launch(folder, port);
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

function findServer(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'redis-server')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Child = ReturnType<typeof spawn>;

async function launch(folder: string, port: number): Promise<Child> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const child = spawn(findServer()!, options, { stdio: 'ignore' });
  const client = new Redis(port, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1000 });
  client.on('error', () => undefined);
  for (let tries = 0; tries < 100; tries++) {
    const answer = await client
      .connect()
      .then(async () => client.ping())
      .catch(() => undefined);
    if (answer === 'PONG') break;
    await sleep(20);
  }
  client.disconnect();
  return child;
}
