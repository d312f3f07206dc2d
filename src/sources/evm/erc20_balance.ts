import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, tokenOf, toNumber } from './erc20.ts';

const options = z.strictObject({
  holder: evmAddress().describe('whose balance; becomes the label `holder` in lower case'),
});

export const erc20_balance: SourceKind<z.infer<typeof options>> = {
  kind: 'erc20_balance',
  about: 'Tokens that one address holds on one chain.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['balance_tokens'],
  upstream: 'chain',
  make: ({ holder }, context) => {
    const token = tokenOf(context);
    const labels = { holder: holder.toLowerCase() };
    return {
      yields: [{ metric: 'balance_tokens', labels }],
      collect: async (io) => {
        const [decimals, balance] = await Promise.all([
          decimalsOf(io, token),
          io.evm.read<bigint>(token, BALANCE_OF, [holder]),
        ]);
        return [{ metric: 'balance_tokens', labels, value: toNumber(balance, decimals) }];
      },
    };
  },
};
