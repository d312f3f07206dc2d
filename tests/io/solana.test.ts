import { Keypair } from '@solana/web3.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Svm } from '../../demo/svm/start.ts';
import { startSvm } from '../../demo/svm/start.ts';
import { createToken } from '../../demo/svm/token.ts';
import { createSolanaChain, type SolanaChain } from '../../src/io/solana.ts';
import { Secret } from '../../src/model/secret.ts';
import { SourceError } from '../../src/model/source.ts';
import { reply, serve, type Answer, type LocalServer } from './http-server.ts';

let svm: Svm;
beforeAll(async () => {
  svm = await startSvm();
});
afterAll(() => svm.close());

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

interface Given extends Partial<Parameters<typeof createSolanaChain>[1]> {
  readonly timeout?: number;
}

function connect(urls: readonly string[], { timeout = 400, ...given }: Given = {}): SolanaChain {
  const rpc = urls.map((url) => new Secret(url));
  const config = { name: 'solana', kind: 'solana', rpc, batchBytes: 0, timeout } as const;
  const chain = createSolanaChain(config, { machineNow: Date.now, ...given });
  open.push(chain);
  return chain;
}

async function server(answer: Answer): Promise<LocalServer> {
  const started = await serve(answer);
  open.push(started);
  return started;
}

const TOO_LARGE = /exceeded max size|max response size|maxResponseSize|larger/;

const slotOf = (chain: SolanaChain) => chain.run(async (reads) => reads.slot, AbortSignal.timeout(5000));

describe('createSolanaChain', () => {
  it('reads accounts with their owner, in a slot and its time', async () => {
    const token = await createToken(svm.url, 6);
    const read = await connect([svm.url]).run(
      async ({ account, ...rest }) => ({
        ...rest,
        mint: await account(token.mint),
        wallet: await account(token.wallet),
      }),
      AbortSignal.timeout(5000),
    );
    expect(read.mint).toMatchObject({ owner: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' });
    expect(read.mint?.data).toHaveLength(82);
    expect(read.wallet).toMatchObject({ owner: '11111111111111111111111111111111' });
    expect(read.slot).toBeGreaterThan(1);
    expect(Math.abs(read.slotTime - Date.now())).toBeLessThan(10_000);
  });

  it('reads all accounts of a turn by hundreds, each once', async () => {
    const methods: string[] = [];
    const { mint } = await createToken(svm.url, 6);
    const chain = connect([svm.url], { onRequest: ({ method, ok }) => methods.push(`${method} ${ok}`) });
    const addresses = Array.from({ length: 150 }, () => Keypair.generate().publicKey.toBase58());
    const read = await chain.run(
      ({ account }) => Promise.all([mint, ...addresses, mint].map((address) => account(address))),
      AbortSignal.timeout(5000),
    );
    expect([read.length, read[0]?.data.length, read[1], read[151]?.data.length]).toEqual([152, 82, undefined, 82]);
    expect(methods).toEqual(Array.from({ length: 3 }, () => 'getMultipleAccounts true'));
  });

  it('fails a malformed address alone', async () => {
    const { mint } = await createToken(svm.url, 6);
    const chain = connect([svm.url]);
    const [good, bad] = await chain.run(
      ({ account }) => Promise.allSettled([mint, 'z'.repeat(44)].map(account)),
      AbortSignal.timeout(5000),
    );
    expect(good).toMatchObject({ status: 'fulfilled', value: { owner: expect.stringMatching(/^Token/) } });
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('is no Solana address') },
    });
    expect(chain.health()).toMatchObject([{ state: 'ok' }]);
  });

  const failing: readonly (readonly [string, Answer, RegExp])[] = [
    ['answers 500', (_, response) => reply(response, 500, 'down'), /500 Internal Server Error: down/],
    ['limits the rate', (_, response) => reply(response, 429, 'slow down'), /429 Too Many Requests/],
    ['answers HTML', (_, response) => reply(response, 200, '<html>'), /not valid JSON/],
    ['never answers', () => undefined, /no whole answer within 0.4 s/],
    ['redirects', (_, response) => reply(response, 307, '', { location: svm.url }), /redirect/],
    [
      'answers an error inside 200',
      (_, response) =>
        reply(response, 200, { jsonrpc: '2.0', id: '1', error: { code: -32005, message: 'Node is behind' } }),
      /Node is behind/,
    ],
    [
      'answers another shape',
      (_, response) => reply(response, 200, { jsonrpc: '2.0', id: '1', result: '0x1' }),
      /Expected an object, but received/,
    ],
    [
      'drips bytes',
      (_, response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
      /no whole answer within 0.4 s/,
    ],
  ];

  it.each(failing)('goes to the next URL when one %s, and asks it last from then on', async (_, answer, why) => {
    const bad = await server(answer);
    const chain = connect([bad.url, svm.url]);
    expect(await slotOf(chain)).toBeGreaterThan(1);
    const [first, second] = chain.health();
    expect(first).toMatchObject({ host: bad.host, state: 'failing' });
    expect(first?.why).toMatch(why);
    expect(second).toMatchObject({ state: 'ok', head: await slotOf(chain) });
    expect(bad.requests).toHaveLength(1);
  });

  it('leaves a URL whose answer grows without end', async () => {
    const bad = await server((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(1 << 20)));
      };
      response.on('drain', more);
      more();
    });
    const chain = connect([bad.url, svm.url], { timeout: 20_000 });
    expect(await chain.run(async (reads) => reads.slot, AbortSignal.timeout(25_000))).toBeGreaterThan(1);
    expect(chain.health()[0]).toMatchObject({
      host: bad.host,
      state: 'failing',
      why: expect.stringMatching(TOO_LARGE),
    });
  });

  it('comes back to the first URL after a rest', async () => {
    let now = 1_000_000;
    const bad = await server((_, response) => reply(response, 503, ''));
    const chain = connect([bad.url, svm.url], { machineNow: () => now });
    await slotOf(chain);
    now += 15_001;
    await slotOf(chain);
    expect(bad.requests).toHaveLength(2);
  });

  it('names the chain and every reason, and no key, when no URL is left', async () => {
    const bad = await server((request, response) => reply(response, 403, `bad key ${request.url}`));
    const key = 'abc123DEF456ghi789JKL0';
    const error = await slotOf(connect([`${bad.url}/?api-key=${key}`, `${bad.url}/${key}`])).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SourceError);
    const text = (error as SourceError).message;
    expect(text).toMatch(
      /^No RPC URL of "solana" is usable\. 127.*403.*127.*403.* Add a working URL to chains\.solana\.rpc\.$/,
    );
    expect(text).not.toContain(key);
  });

  it('ends with the run, whatever its reason is', async () => {
    const { url } = await server(() => undefined);
    const ending = new AbortController();
    setTimeout(() => ending.abort('over'), 50);
    await expect(connect([url]).run(async (reads) => reads.slot, ending.signal)).rejects.toBe('over');
  });
});
