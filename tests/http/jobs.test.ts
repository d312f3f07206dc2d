import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { TOKEN, serve } from './serve.ts';

const bearer = { authorization: `Bearer ${TOKEN}` };
const redisMissing = spawnSync('redis-server', ['--version']).error !== undefined;
if (redisMissing) console.log('skipped: the job dashboard on Redis, because no redis-server is on PATH');

async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
}

describe.skipIf(redisMissing)('the job dashboard', () => {
  let queue: Queue;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-redis-'));
    const port = await freePort();
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    const server = spawn('redis-server', options, { stdio: 'ignore' });
    queue = new Queue('collect', { connection: { host: '127.0.0.1', port } });
    queue.on('error', () => undefined);
    stop = async () => {
      await queue.close();
      server.kill();
      await once(server, 'exit');
      rmSync(folder, { recursive: true });
    };
    await queue.waitUntilReady();
  });

  afterAll(async () => stop());

  it('serves its page and files, which may load nothing from elsewhere', async () => {
    const { url } = await serve({ queues: [queue] });
    const page = await call(`${url}/jobs`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'; ");
    const scripts = [...page.body.matchAll(/src="(static\/js\/[^"]+)"/g)].map(([, path]) => path);
    expect(scripts.length).toBeGreaterThan(0);
    const files = await Promise.all(scripts.map((path) => call(`${url}/jobs/${path}`)));
    expect(files.map(({ status }) => status)).toEqual(scripts.map(() => 200));
  });

  it('shows the jobs of the queue', async () => {
    const { url } = await serve({ queues: [queue] });
    await queue.add('collect', { batch: 'ethereum-1m', slot: 1 }, { jobId: 'collect-ethereum-1m-1' });
    const { body } = await call(`${url}/jobs/api/queues?activeQueue=collect&status=waiting`);
    expect(JSON.parse(body)).toMatchObject({
      queues: [{ name: 'collect', jobs: [{ id: 'collect-ethereum-1m-1', data: { batch: 'ethereum-1m', slot: 1 } }] }],
    });
  });

  it('changes the queue for those who have the token', async () => {
    const { url } = await serve({ queues: [queue] });
    const pause = async (headers: Record<string, string>) =>
      call(`${url}/jobs/api/queues/collect/pause`, { method: 'PUT', headers });
    expect((await pause({})).status).toBe(401);
    expect(await queue.isPaused()).toBe(false);
    expect((await pause(bearer)).status).toBe(200);
    expect(await queue.isPaused()).toBe(true);
  });
});
