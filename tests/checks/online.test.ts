import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNode, type Contract, type Node } from '../../demo/chain/node.ts';
import { deployWorld, type World } from '../../demo/chain/world.ts';
import { checkChain } from '../../src/checks/online.ts';
import { runChecks } from '../../src/checks/runChecks.ts';
import { rules } from '../config/kinds.ts';
import { chainAt } from '../sources/evm/chain.ts';

const EMPTY = '0x00000000000000000000000000000000000000ee';
let node: Node;
let world: World;
let other: Contract;

beforeAll(async () => {
  node = await startNode();
  world = await deployWorld(node);
  other = await world.deployToken('WETH', 18);
});
afterAll(async () => node.stop());

async function ask(written: string) {
  const { rules: set } = rules(written);
  const { signal } = new AbortController();
  const report = await chainAt(node.url).run(
    (evm) => checkChain(set, evm, { now: evm.block.timestamp, signal }),
    signal,
  );
  const findings = runChecks({ rules: set, now: 0 }, report.found);
  return {
    facts: report.facts,
    findings: findings.map(({ severity, id, line, message }) => `${line} ${severity} ${id}: ${message}`),
  };
}

const assets = (on: { usdc: string; xusd: string }) => `
assets:
  usdc: { name: USD Coin, peg: usd, on: { ethereum: '${on.usdc}' } }
  xusd: { name: Stream xUSD, peg: nav, on: { ethereum: '${on.xusd}' } }
`;
const right = () => assets({ usdc: world.usdc.address, xusd: world.vault.address });

const feedOf = (heartbeat: string) => `
sources:
  - { kind: chainlink_feed, asset: xusd, chain: ethereum, feed: '${world.feed.address}', heartbeat: ${heartbeat}, every: 1m }`;

describe('checkChain', () => {
  test('a chain on which everything is as written says what it found', async () => {
    const sources = `
sources:
  - { kind: uniswap_v3_pool, asset: xusd, chain: ethereum, pool: '${world.pool.address}', quote: usdc, every: 1m }
  - { kind: chainlink_feed, asset: xusd, chain: ethereum, feed: '${world.feed.address}', every: 1m }`;
    expect(await ask(right() + sources)).toEqual({
      facts: [
        `usdc on ethereum: ${world.usdc.address} is "USDC" with 6 decimals`,
        `xusd on ethereum: ${world.vault.address} is "xUSD" with 6 decimals`,
        `xusd-chainlink_feed-ethereum: feed ${world.feed.address} prices xUSD / USD`,
      ],
      findings: [],
    });
  });

  test('an address without code, and a token of another name', async () => {
    const { findings } = await ask(assets({ usdc: EMPTY, xusd: other.address }));
    expect(findings).toEqual([
      `3 error no-code: No contract code at ${EMPTY} on ethereum, or none that answers decimals(). Check the address and the chain.`,
      `4 warning symbol-differs: The token at ${other.address} calls itself "WETH", not "xusd" or "Stream xUSD". A wrong address watches another token. Compare it with the issuer's own page.`,
    ]);
  });

  test('a contract that is no token', async () => {
    const { findings } = await ask(assets({ usdc: world.usdc.address, xusd: world.pool.address }));
    expect(findings).toEqual([
      `4 error no-code: The contract at ${world.pool.address} on ethereum is no token: asked for decimals() it reverts. Check the address and the chain.`,
    ]);
  });

  test('a pool of other tokens and a feed of another pair', async () => {
    const weth = `  weth: { name: Wrapped Ether, on: { ethereum: '${other.address}' } }\n`;
    const sources = `
sources:
  - { kind: uniswap_v3_pool, asset: weth, chain: ethereum, pool: '${world.pool.address}', quote: usdc, every: 1m }
  - { kind: chainlink_feed, asset: weth, chain: ethereum, feed: '${world.feed.address}', every: 1m }`;
    const { findings } = await ask(right() + weth + sources);
    expect(findings).toEqual([
      expect.stringMatching(/^8 error unreadable: Pool 0x\w+ on ethereum trades .* Check `pool` and `quote`\.$/),
      `9 warning feed-pair: The feed prices "xUSD / USD", which does not name "weth". Another pair's price would be judged. Check the feed's address.`,
    ]);
  });

  test('a contract of another kind, which reverts whatever it is asked', async () => {
    const source = `
sources:
  - { kind: compound_v3_market, asset: usdc, chain: ethereum, comet: '${world.pool.address}', every: 1m }`;
    const { findings } = await ask(right() + source);
    expect(findings).toEqual([
      expect.stringMatching(
        /^7 warning reverts: .*0x\w+ on ethereum reverted.* A contract of another kind answers like that, and so may a paused one\. Check the address\.$/,
      ),
    ]);
  });

  test('a feed that is later than the heartbeat that is written of it', async () => {
    const { timestamp } = await node.client.getBlock();
    await node.mineAt(Number(timestamp) + 5 * 3600);
    const { findings } = await ask(right() + feedOf('1h'));
    expect(findings).toEqual([
      `7 warning stale-feed: The feed's newest round is 5h old, more than its \`heartbeat\` of 1h and half of it again. Either the feed has stopped, or its heartbeat is longer: compare it with the provider's page.`,
    ]);
    expect((await ask(right() + feedOf('4h'))).findings).toEqual([]);
  });

  test('a feed that nobody has updated for longer than a heartbeat', async () => {
    const { timestamp } = await node.client.getBlock();
    await node.mineAt(Number(timestamp) + 67 * 3600);
    const source = `
sources:
  - { kind: chainlink_feed, asset: xusd, chain: ethereum, feed: '${world.feed.address}', every: 1m }`;
    const { findings } = await ask(right() + source);
    expect(findings).toEqual([
      `7 warning stale-feed: The feed's newest round is 3d old, longer than any promised heartbeat. Whoever trusts it trusts an old price. Check that the feed still runs.`,
    ]);
  });
});
