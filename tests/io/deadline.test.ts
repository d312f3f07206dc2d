import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endsWithin } from '../../src/io/deadline.ts';
import { createEvmChain } from '../../src/io/evm.ts';
import { createHttp } from '../../src/io/http.ts';
import { createSolanaChain } from '../../src/io/solana.ts';
import { leanFetch } from '../../src/io/leanFetch.ts';
import { Secret } from '../../src/model/secret.ts';
import { serve, type LocalServer } from './http-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Ends with the worker, as the signal of a run does. */
const never = new AbortController().signal;
let server: LocalServer;
let collecting: NodeJS.Timeout;

beforeEach(async () => {
  server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const dribble = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(dribble));
  });
  collecting = setInterval(collectGarbage, 20);
});

afterEach(async () => {
  clearInterval(collecting);
  await server.close();
});

const readers: readonly [string, (url: string) => Promise<unknown>][] = [
  [
    'an EVM chain',
    async (url) => {
      const config = {
        name: 'ethereum',
        kind: 'evm',
        rpc: [new Secret(url)],
        batchBytes: 16_384,
        timeout: 500,
      } as const;
      return createEvmChain(config, { machineNow: Date.now }).run(async (reads) => reads.block, never);
    },
  ],
  [
    'Solana',
    async (url) => {
      const config = { name: 'solana', kind: 'solana', rpc: [new Secret(url)], batchBytes: 0, timeout: 500 } as const;
      const chain = createSolanaChain(config, { machineNow: Date.now });
      return chain.run(async (reads) => reads.slot, never).finally(() => void chain.close());
    },
  ],
  [
    'HTTP',
    async (url) => {
      const http = createHttp({ timeout: 500, tries: 1 });
      return http
        .reads(never)
        .json(url)
        .finally(() => void http.close());
    },
  ],
  [
    'an upload',
    async (url) => {
      const signal = AbortSignal.timeout(500);
      const answer = await leanFetch(url, { method: 'POST', body: Buffer.from('png'), redirect: 'manual', signal });
      return answer.text();
    },
  ],
];

// Node.js 20's own `fetch` and `AbortSignal.any` lose what should end them then: see src/io/fetch.ts and deadline.ts.
describe.each(readers)('%s', (_, read) => {
  it('ends an answer without an end, whenever garbage is collected', { timeout: 10_000 }, async () => {
    await expect(read(server.url)).rejects.toThrow(/within|due to timeout/);
  });
});

it('warns nobody of a run that asks much', async () => {
  const warned: unknown[] = [];
  const hear = (warning: unknown) => void warned.push(warning);
  process.on('warning', hear);
  const run = new AbortController();
  const asked = Array.from({ length: 50 }, () => endsWithin(1000, run.signal));
  await new Promise(setImmediate);
  process.off('warning', hear);
  expect(warned).toEqual([]);
  run.abort(new Error('over'));
  expect(asked.map(({ reason }) => String(reason))).toEqual(Array(50).fill('Error: over'));
});
