import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startNode, type Node } from '../../demo/chain/node.ts';
import { openHeads } from '../../src/io/evmSocket.ts';
import { Secret } from '../../src/model/secret.ts';
import { startSlackSocketSink } from '../support/slackSocket.ts';

const patient = { timeout: 20_000, interval: 20 };

let node: Node;
beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.stop());

function listen(url: string, options: { readonly silence?: number } = {}) {
  const heads: number[] = [];
  const logged: Readonly<Record<string, unknown>>[] = [];
  const stop = openHeads({
    url: new Secret(url),
    onHead: (block) => heads.push(block),
    log: (event) => logged.push(event),
    firstRetry: 10,
    ...options,
  });
  onTestFinished(stop);
  return { heads, logged, stop };
}

describe('openHeads', () => {
  it('hears of each new block of a real node', { timeout: 30_000 }, async () => {
    const { heads } = listen(node.url.replace('http', 'ws'));
    await vi.waitFor(async () => {
      await node.client.mine({ blocks: 1 });
      expect(heads.length).toBeGreaterThan(2);
    }, patient);
    expect(heads).toEqual(heads.map((_, index) => heads[0]! + index));
  });

  it('tries again after a socket that ends, and after one that falls silent', { timeout: 30_000 }, async () => {
    const sink = await startSlackSocketSink();
    onTestFinished(sink.close);
    const { heads, logged } = listen(sink.url.replace('http', 'ws'), { silence: 200 });
    await vi.waitFor(() => expect(sink.sockets.length).toBeGreaterThan(1), patient);
    expect(logged[0]).toMatchObject({ reason: 'Nothing was heard for 0.2 s.', retryInMs: 10 });
    expect(sink.received[0]).toContain('eth_subscribe');
    await vi.waitFor(() => {
      sink.send({ params: { result: { number: '0x10' } } });
      expect(heads).toContain(16);
    }, patient);
    const before = sink.sockets.length;
    sink.sockets.at(-1)!.destroy();
    await vi.waitFor(() => expect(sink.sockets.length).toBeGreaterThan(before), patient);
  });

  it('says what a node without subscriptions answers', { timeout: 30_000 }, async () => {
    const sink = await startSlackSocketSink();
    onTestFinished(sink.close);
    const { logged } = listen(sink.url.replace('http', 'ws'));
    await vi.waitFor(() => expect(sink.received).not.toEqual([]), patient);
    sink.send({ id: 1, error: { code: -32_601, message: 'method not found' } });
    await vi.waitFor(() => expect(logged[0]?.['reason']).toBe('The node refused: "method not found".'), patient);
  });

  it('stops at once although nobody answers, and shows no key', { timeout: 30_000 }, async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const { stop, logged } = listen(`ws://127.0.0.1:${port}/v2/SeCrEt`, { silence: 50 });
    await vi.waitFor(() => expect(logged.length).toBeGreaterThan(0), patient);
    await stop();
    expect(JSON.stringify(logged)).not.toContain('SeCrEt');
  });
});
