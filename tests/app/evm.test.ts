import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startNode } from '../../demo/chain/node.ts';
import { startOn } from './startOn.ts';

const patient = { timeout: 90_000, interval: 200 };

it('polls by the clock although the socket for new blocks is dead', { timeout: 120_000 }, async () => {
  // Takes the connection and says nothing.
  const dead = createServer(() => undefined);
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void dead.close());
  const rules = 'sources:\n  - { kind: evm_head, chain: local, every: 1s, finalized: false }\n';
  const { port } = dead.address() as AddressInfo;
  const app = await startOn(await startNode(), rules, { heads: `ws://127.0.0.1:${port}` });
  const polls = async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    return Number(/tocsin_poll_seconds_count\{[^}]*evm\.local[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0);
  };
  await vi.waitFor(async () => expect(await polls()).toBeGreaterThan(3), patient);
});
