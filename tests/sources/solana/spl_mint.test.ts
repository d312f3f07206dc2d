import { TOKEN_2022_PROGRAM_ID } from '@solana/spl-token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Svm } from '../../../demo/svm/start.ts';
import { startSvm } from '../../../demo/svm/start.ts';
import type { Token } from '../../../demo/svm/token.ts';
import { createToken } from '../../../demo/svm/token.ts';
import { createSolanaChain, type SolanaChain } from '../../../src/io/solana.ts';
import type { Asset } from '../../../src/model/rule.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { SourceIo } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source.ts';
import { spl_mint } from '../../../src/sources/solana/spl_mint.ts';

const NOBODY = 'Vote222222222222222222222222222222222222222';

let svm: Svm;
let chain: SolanaChain;
let token: Token;
beforeAll(async () => {
  svm = await startSvm();
  const config = { name: 'solana', kind: 'solana', rpc: [new Secret(svm.url)], batchBytes: 0, timeout: 5000 } as const;
  chain = createSolanaChain(config, { machineNow: Date.now });
  token = await createToken(svm.url, 6);
});
afterAll(async () => {
  await chain.close();
  await svm.close();
});

function make(address: string) {
  const asset: Asset = { id: 'token', name: 'Token', on: { solana: address } };
  return spl_mint.make({}, { asset, chain: 'solana', address, assets: {}, folder: '.' });
}

async function read(address: string): Promise<Readonly<Record<string, number>>> {
  const source = make(address);
  const samples = await chain.run(
    (solana) => source.collect({ solana } as unknown as SourceIo),
    AbortSignal.timeout(5000),
  );
  return Object.fromEntries(samples.map(({ labels, metric, value }) => [labels?.['authority'] ?? metric, value]));
}

describe('spl_mint', () => {
  it('sees tokens minted and burnt by the real program, in whole tokens', async () => {
    expect(await read(token.mint)).toEqual({ supply_tokens: 0, mint: 1, freeze: 1 });
    await token.mintMore(1_500_000_250_000n);
    expect(await read(token.mint)).toMatchObject({ supply_tokens: 1_500_000.25 });
    await token.burn(500_000_000_000n);
    expect(await read(token.mint)).toMatchObject({ supply_tokens: 1_000_000.25 });
  });

  it('sees an authority given up', async () => {
    const own = await createToken(svm.url, 0);
    await own.dropAuthority('freeze');
    expect(await read(own.mint)).toEqual({ supply_tokens: 0, mint: 1, freeze: 0 });
    await own.dropAuthority('mint');
    expect(await read(own.mint)).toEqual({ supply_tokens: 0, mint: 0, freeze: 0 });
  });

  it('reads mints of Token-2022', async () => {
    const newer = await createToken(svm.url, 9, TOKEN_2022_PROGRAM_ID);
    await newer.mintMore(3n);
    expect(await read(newer.mint)).toEqual({ supply_tokens: 3e-9, mint: 1, freeze: 1 });
  });

  it.each([
    ['a wallet', () => token.wallet, /belongs to program "1{32}", not to a token program/],
    ['a token account', () => token.holder, /is no token mint\. Check the asset's address\.$/],
    ['an address without account', () => NOBODY, /^solana has no account "Vote/],
  ])('refuses %s', async (_, address, message) => {
    const work = read(address());
    await expect(work).rejects.toThrow(SourceError);
    await expect(work).rejects.toThrow(message);
  });

  it("refuses an asset's address of another kind of chain", () => {
    expect(() => make('0xE2Fc85BfB48C4cF147921fBE110cf92Ef9f26F94')).toThrow(
      /asset "token" has "0xE2.*expected a Solana address/,
    );
  });
});
