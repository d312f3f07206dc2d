import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { compiled } from '../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Node } from '../../demo/chain/node.ts';
import { createLog, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadRules } from '../../src/config/loadRules.ts';
import type { Status } from '../../src/model/status.ts';
import * as notifiers from '../../src/notifiers/index.ts';
import * as sources from '../../src/sources/index.ts';
import { freshDatabase } from '../support/postgres.ts';

const patient = { timeout: 90_000, interval: 200 };

/** Runs everything on a local node, until the test is over. */
async function startOn(node: Node, rules: string, heads?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-evm-'));
  const database = await freshDatabase();
  const lookup = { env: { DATABASE_URL: database.url.reveal() }, readFile: () => '' };
  const text = `
data: ${folder}
dashboard: { listen: '127.0.0.1:0' }
route: { receivers: [inbox], group_wait: 0s, group_interval: 0s }
chains:
  local: { id: 31337, rpc: ['${node.url}']${heads === undefined ? '' : `, heads: '${heads}'`} }
`;
  const settings = loadConfig({ ...lookup, file: 'tocsin.yaml', text, notifiers, packs: [], exists: () => true });
  const app = await startApp({
    ...{ settings, version: 'test', log: createLog('silent'), rulePlaces: [folder] },
    readFiles: () => ({ 'rules/mine.yaml': rules }),
    loadRules: (files, now) => loadRules({ ...lookup, files, config: settings, sources, now }),
  });
  onTestFinished(async () => {
    await app.stop();
    await database.drop();
    await node.stop();
    rmSync(folder, { recursive: true });
  });
  return app;
}

it('polls by the clock although the socket for new blocks is dead', { timeout: 120_000 }, async () => {
  // Takes the connection and says nothing.
  const dead = createServer(() => undefined);
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void dead.close());
  const rules = 'sources:\n  - { kind: evm_head, chain: local, every: 1s, finalized: false }\n';
  const { port } = dead.address() as AddressInfo;
  const app = await startOn(await startNode(), rules, `ws://127.0.0.1:${port}`);
  const polls = async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    return Number(/tocsin_poll_seconds_count\{[^}]*evm\.local[^}]*\} (\d+)/.exec(metrics)?.[1] ?? 0);
  };
  await vi.waitFor(async () => expect(await polls()).toBeGreaterThan(3), patient);
});

it('withdraws what fired on a block that a reorganisation undid', { timeout: 240_000 }, async () => {
  const node = await startNode();
  const token = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  const app = await startOn(
    node,
    `
assets: { usdc: { name: USD Coin, on: { local: '${token.address}' } } }
sources:
  - { kind: erc20_balance, asset: usdc, chain: local, holder: '${OWNER}', every: 1s, max_age: 1h }
groups:
  - name: mine
    interval: 1s
    rules:
      - { alert: BalanceHigh, expr: balance_tokens > 1000 }
`,
  );
  const told = async () => {
    const { sent } = (await (await fetch(`${app.url}/status.json`)).json()) as Status;
    return sent.flatMap(({ alerts }) => alerts.flatMap(({ changes }) => changes));
  };
  const snapshot = await node.client.snapshot();
  await node.send(token, 'mint', [OWNER, 5_000_000_000n]);
  const undone = await node.client.getBlockNumber();
  await vi.waitFor(async () => expect(await told()).toEqual(['firing']), patient);
  await node.client.revert({ id: snapshot });
  await node.client.mine({ blocks: 2 });
  // The node's clock went back with its blocks.
  await node.mineAt(Math.ceil(Date.now() / 1000) + 1);
  await vi.waitFor(
    async () =>
      expect((await told()).toSorted()).toEqual([
        'firing',
        `withdrawn: a reorganisation undid local block ${undone}, on which it fired`,
      ]),
    patient,
  );
});
