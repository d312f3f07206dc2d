import { z } from 'zod';
import type { SourceKind } from '../../model/source.ts';
import { decimalsOf, tokenOf, toNumber, TOTAL_SUPPLY } from './erc20.ts';

const options = z.strictObject({});

export const erc20_supply: SourceKind<z.infer<typeof options>> = {
  kind: 'erc20_supply',
  about: "Tokens outstanding on one chain: the token's own total supply.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['supply_tokens'],
  upstream: 'chain',
  make: (_, context) => {
    const token = tokenOf(context);
    return {
      yields: [{ metric: 'supply_tokens' }],
      collect: async (io) => {
        const [decimals, supply] = await Promise.all([decimalsOf(io, token), io.evm.read<bigint>(token, TOTAL_SUPPLY)]);
        return [{ metric: 'supply_tokens', value: toNumber(supply, decimals) }];
      },
    };
  },
};
