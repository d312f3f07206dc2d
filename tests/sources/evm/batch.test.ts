import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { erc20_balance } from '../../../src/sources/index.ts';
import { startProxy, type Proxy } from '../../io/evmProxy.ts';
import { assetAt, chainAt, collectFrom, sourceOf } from './chain.ts';

const TOKENS = 10;
const HOLDERS = 100;

let node: Node;
let proxy: Proxy;
const tokens: Contract[] = [];

beforeAll(async () => {
  node = await startNode();
  proxy = await startProxy(node.url);
  const { Token } = compiled();
  for (let decimals = 0; decimals < TOKENS; decimals++) {
    tokens.push(await node.deploy(Token, [`T${decimals}`, `T${decimals}`, decimals]));
  }
});

afterAll(async () => {
  await proxy.stop();
  await node.stop();
});

describe('collectBatch over one EVM chain', () => {
  it('reads a thousand values with at most three eth_calls a poll', async () => {
    const sources = tokens.flatMap((token, index) =>
      Array.from({ length: HOLDERS }, (_, holder) =>
        sourceOf(erc20_balance, { holder: addressOf(holder) }, { asset: assetAt(`t${index}`, token.address) }),
      ),
    );
    await node.send(tokens[3]!, 'mint', [addressOf(7), 1_234_567n]);
    const chain = chainAt(proxy.url);
    for (let poll = 0; poll < 2; poll++) {
      proxy.methods.length = 0;
      const readings = await collectFrom(chain, sources);
      expect(proxy.methods.filter((method) => method === 'eth_call').length).toBeLessThanOrEqual(3);
      expect(readings.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(readings).toHaveLength(TOKENS * HOLDERS);
      expect(readings[3 * HOLDERS + 7]!.samples[0]!.value).toBe(1234.567);
    }
  });
});

function addressOf(index: number): string {
  return `0x${(index + 1).toString(16).padStart(40, '0')}`;
}
