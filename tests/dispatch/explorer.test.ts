import { expect, it } from 'vitest';
import { blockOf, explorerOf } from '../../src/dispatch/explorer.ts';

const xusd = '0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94';
const vault = '0x9D39A5DE30e57443BfF2A8307A4256c8797A3497';
const asset = { id: 'xusd', name: 'xUSD', on: { ethereum: xusd } };

it.each([
  [{ chain: 'ethereum' }, `https://etherscan.io/address/${xusd}`],
  [{}, `https://etherscan.io/address/${xusd}`],
  [{ chain: 'ethereum', vault }, `https://etherscan.io/address/${vault}`],
  [{ chain: 'base', venue: `morpho:${vault}` }, `https://basescan.org/address/${vault}`],
  [{ chain: 'arbitrum', market: `0x${'ab'.repeat(32)}` }, undefined],
  [{ chain: 'local' }, undefined],
  [{ chain: 'base' }, undefined],
])('%o leads to %s', (labels, expected) => {
  expect(explorerOf(labels, asset)).toBe(expected);
});

it('shows a mint by its account', () => {
  const on = { solana: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v' };
  expect(explorerOf({ asset: 'usdc' }, { id: 'usdc', name: 'USDC', on })).toBe(
    `https://solscan.io/account/${on.solana}`,
  );
});

const input = (at: number, origin: object) => ({ series: 's', at, stale: false, source: 'x', origin });

it('leads to the newest block that was read', () => {
  const inputs = [
    input(1, { chain: 'base', block: 5 }),
    input(9, { url: 'x' }),
    input(3, { chain: 'ethereum', block: 7 }),
  ];
  expect(blockOf(inputs)).toBe('https://etherscan.io/block/7');
  expect(blockOf([input(1, { chain: 'local', block: 5 })])).toBeUndefined();
});
