import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { decimalsOf, tokenOf, toNumber, TOTAL_SUPPLY } from './erc20.ts';
import { some } from './lending.ts';
import { readRound } from './round.ts';

const options = z.strictObject({
  feed: evmAddress().describe('the Proof of Reserve feed: it answers reserves in whole tokens'),
  elsewhere: z.number().min(0).default(0).describe('tokens that the same reserves back on other chains'),
});

export const chainlink_reserve: SourceKind<z.infer<typeof options>> = {
  kind: 'chainlink_reserve',
  about: 'Chainlink Proof of Reserve: reserves ÷ supply on this chain, and how old the report is.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['backing_ratio', 'attestation_age_seconds'],
  traps: [
    'many reports are the issuer’s own word, delivered by the network; the feed’s page says which.',
    'the report covers all chains, the supply read here is of one: name the rest in `elsewhere`, or the ratio is too high.',
  ],
  upstream: 'chainlink',
  make: ({ feed, elsewhere }, context) => {
    const token = tokenOf(context);
    return {
      yields: [{ metric: 'backing_ratio' }, { metric: 'attestation_age_seconds' }],
      labels: { upstream: 'chainlink' },
      collect: async (io) => {
        const [decimals, supply, { answer, age }] = await Promise.all([
          decimalsOf(io, token),
          io.evm.read<bigint>(token, TOTAL_SUPPLY),
          readRound(io, feed),
        ]);
        const outstanding = toNumber(supply, decimals) + elsewhere;
        return [
          ...some('backing_ratio', outstanding > 0 ? answer / outstanding : undefined),
          { metric: 'attestation_age_seconds', value: age },
        ];
      },
    };
  },
};
