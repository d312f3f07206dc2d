import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, tokenOf, toNumber, TOTAL_SUPPLY } from './erc20.ts';
import { some } from './lending.ts';
import { holdings } from './transfers.ts';
import { NEAR } from './window.ts';

/** Candidates beyond the wanted ones whose balances are read too: a token that rebases ranks its holders anew. */
const SPARE = 20;

const options = z.strictObject({
  from_block: z.int().min(0).describe('block in which the token was made'),
  top: z
    .array(z.int().min(1).max(100))
    .min(1)
    .default([1, 10])
    .describe('shares of the so many largest holders together; become the label `top`'),
  named: z.int().min(0).max(50).default(5).describe('so many of the largest are told by name, in `balance_tokens`'),
  except: z
    .array(evmAddress())
    .default([])
    .describe('holders that are many: pools, bridges, vaults; their tokens stay in the supply'),
});

export const token_holders: SourceKind<z.infer<typeof options>> = {
  kind: 'token_holders',
  about:
    'Who holds a token, found in its transfers: the share of the largest holders, how many there are, and the largest by name. Balances are the contract’s own; the transfers only say whom to ask.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['top_holder_ratio', 'balance_tokens', 'holders_count', 'unscanned_blocks_count'],
  traps: [
    'shares are told once the scan is at the head; until then only `unscanned_blocks_count` is.',
    'a contract that holds for many counts as one holder: name pools and bridges under `except`.',
    'a busy token has hundreds of millions of transfers: its scan takes days and most of a small plan.',
  ],
  upstream: 'chain',
  make: ({ from_block: from, top, named, except }, context) => {
    const token = tokenOf(context);
    const apart = new Set(except.map((address) => address.toLowerCase()));
    const query = holdings(token, from);
    return {
      yields: [
        ...top.map((count) => ({ metric: 'top_holder_ratio' as const, labels: { side: 'hold', top: String(count) } })),
        { metric: 'balance_tokens', open: true },
        { metric: 'holders_count' },
        { metric: 'unscanned_blocks_count' },
      ],
      collect: async (io) => {
        const [scanned, decimals] = await Promise.all([io.evm.logs(query), decimalsOf(io, token)]);
        const behind: RawSample = { metric: 'unscanned_blocks_count', value: scanned.unscanned };
        if (scanned.unscanned > NEAR) return [behind];
        const wanted = Math.max(...top, named) + apart.size + SPARE;
        const [largest, count, supply] = await Promise.all([
          scanned.largest(wanted),
          scanned.names(),
          io.evm.read<bigint>(token, TOTAL_SUPPLY),
        ]);
        const names = largest.map(({ name }) => name as Hex).filter((name) => !apart.has(name));
        const held = await balancesOf(io, token, { names, decimals });
        return [
          behind,
          { metric: 'holders_count', value: count },
          ...top.flatMap((each) => shareOf(held, each, toNumber(supply, decimals))),
          ...held.slice(0, named).map(({ holder, value }) => ({
            metric: 'balance_tokens' as const,
            labels: { holder },
            value,
          })),
        ];
      },
    };
  },
};

interface Held {
  readonly holder: string;
  /** Whole tokens. */
  readonly value: number;
}

/** Largest first. */
async function balancesOf(
  io: SourceIo,
  token: Hex,
  { names, decimals }: { readonly names: readonly Hex[]; readonly decimals: number },
): Promise<readonly Held[]> {
  const held = names.map(async (holder) => {
    const balance = await io.evm.read<bigint>(token, BALANCE_OF, [holder]);
    return { holder, value: toNumber(balance, decimals) };
  });
  return (await Promise.all(held)).toSorted((one, other) => other.value - one.value);
}

/** Nothing outstanding has no share. */
function shareOf(held: readonly Held[], count: number, supply: number): readonly RawSample[] {
  const sum = held.slice(0, count).reduce((total, { value }) => total + value, 0);
  return some('top_holder_ratio', supply > 0 ? sum / supply : undefined, { side: 'hold', top: String(count) });
}
