import { expect, it, onTestFinished, vi } from 'vitest';
import { compiled } from '../../demo/chain/artifacts.ts';
import { OWNER, startNode } from '../../demo/chain/node.ts';
import type { App } from '../../src/app.ts';
import type { Status } from '../../src/model/status.ts';
import { freshDatabase } from '../support/postgres.ts';
import { ask } from '../store/contract/fixtures.ts';
import { startOn } from './startOn.ts';

const patient = { timeout: 90_000, interval: 200 };

const rulesOn = (token: string) => `
assets: { usdc: { name: USD Coin, on: { local: '${token}' } } }
sources:
  - { kind: erc20_balance, asset: usdc, chain: local, holder: '${OWNER}', every: 1s, max_age: 1h }
groups:
  - name: mine
    interval: 1s
    rules:
      - { alert: High, expr: balance_tokens > 1000 }
      - { alert: HighLately, expr: 'max_over_time(balance_tokens[1h]) > 1000' }
      - { record: balance:most, expr: 'max_over_time(balance_tokens[1h])' }
  - name: others
    interval: 1s
    rules:
      - { alert: MostHighLately, expr: 'max_over_time(balance:most[1h]) > 1000' }
`;
const RULES = ['High', 'HighLately', 'MostHighLately'];

/** By rule, in the order of the alphabet: what was told of it, oldest first. */
async function told(app: App): Promise<Readonly<Record<string, readonly string[]>>> {
  const { sent } = (await (await fetch(`${app.url}/status.json`)).json()) as Status;
  const alerts = sent.toReversed().flatMap((message) => message.alerts);
  const of = (rule: string) => alerts.filter((alert) => alert.rule === rule).flatMap(({ changes }) => changes);
  return Object.fromEntries(RULES.map((rule) => [rule, of(rule)]));
}

const each = (...changes: readonly string[]) => Object.fromEntries(RULES.map((rule) => [rule, changes]));

it.each([
  ['and is running, as another process is', true],
  ['while nobody was running', false],
])('withdraws what fired on a block that a reorganisation undid %s', { timeout: 240_000 }, async (_when, isRunning) => {
  const node = await startNode();
  const token = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  const database = await freshDatabase();
  onTestFinished(async () => database.drop());
  const start = async () => startOn(node, rulesOn(token.address), { database: database.url });
  const first = await start();
  const snapshot = await node.client.snapshot();
  await vi.waitFor(async () => expect(await read(database.url, 'balance:most')).toContain(0), patient);
  await node.send(token, 'mint', [OWNER, 5_000_000_000n]);
  const undone = await node.client.getBlockNumber();
  await vi.waitFor(async () => expect(await told(first)).toEqual(each('firing')), patient);
  if (!isRunning) await first.stop();
  await node.client.revert({ id: snapshot });
  await node.client.mine({ blocks: 2 });
  // The node's clock went back with its blocks.
  await node.mineAt(Math.ceil(Date.now() / 1000) + 1);
  const second = await start();
  const why = `withdrawn: a reorganisation undid local block ${undone}, on which it fired`;
  await vi.waitFor(async () => expect(await told(second)).toEqual(each('firing', why)), patient);
  expect(await read(database.url, 'balance_tokens')).not.toContain(5000);
  await vi.waitFor(async () => expect(await read(database.url, 'balance:most')).not.toContain(5000), patient);
});

/** The values that are stored of a metric. */
async function read(url: Parameters<typeof ask>[0], metric: string): Promise<readonly unknown[]> {
  const rows = await ask(
    url,
    `select x.value from tocsin.samples x join tocsin.series s on s.id = x.series_id where s.metric = '${metric}'`,
  );
  return rows.map(({ value }) => value);
}
