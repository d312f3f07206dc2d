import { z } from 'zod';
import { duration } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { decimalsOf, tokenOf, toNumber } from './erc20.ts';
import { issued } from './transfers.ts';
import { DAY, NEAR, totalOf, windowLabel } from './window.ts';

const options = z.strictObject({
  window: duration()
    .refine((ms) => ms >= 60_000, { error: 'expected at least 1m' })
    .default(DAY)
    .describe('over how long; becomes the label `window`'),
});

export const net_mint: SourceKind<z.infer<typeof options>> = {
  kind: 'net_mint',
  about:
    'Tokens minted less tokens burnt on one chain within a window, out of the transfers from and to nobody. The supply alone does not tell a quiet day from one on which much came and much left.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['net_mint_tokens', 'minted_tokens', 'burnt_tokens', 'unscanned_blocks_count'],
  traps: [
    'a token that mints without a transfer from the zero address, or burns to another one, is not seen.',
    'the window may be longer by a hundredth.',
  ],
  upstream: 'chain',
  make: ({ window }, context) => {
    const token = tokenOf(context);
    const labels = { window: windowLabel(window) };
    return {
      yields: [
        { metric: 'net_mint_tokens', labels },
        { metric: 'minted_tokens', labels },
        { metric: 'burnt_tokens', labels },
        { metric: 'unscanned_blocks_count' },
      ],
      collect: async (io) => {
        const [minted, burnt, decimals] = await Promise.all([
          io.evm.logs(issued(token, 'from', window)),
          io.evm.logs(issued(token, 'to', window)),
          decimalsOf(io, token),
        ]);
        const unscanned = Math.max(minted.unscanned, burnt.unscanned);
        const behind = { metric: 'unscanned_blocks_count' as const, value: unscanned };
        if (unscanned > NEAR) return [behind];
        const [came, left] = await Promise.all([totalOf(minted, 'all'), totalOf(burnt, 'all')]);
        return [
          behind,
          { metric: 'net_mint_tokens', labels, value: toNumber(came - left, decimals) },
          { metric: 'minted_tokens', labels, value: toNumber(came, decimals) },
          { metric: 'burnt_tokens', labels, value: toNumber(left, decimals) },
        ];
      },
    };
  },
};
