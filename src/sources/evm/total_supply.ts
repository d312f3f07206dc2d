import { z } from 'zod';
import type { RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { TOTAL_SUPPLY, toNumber } from './erc20.ts';
import { acrossChains, deploymentsOf } from './deployments.ts';

const DECIMALS = 'function decimals() view returns (uint8)';

const options = z.strictObject({
  chains: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('which of its chains count; default: every EVM chain that the asset is on'),
});

export const total_supply: SourceKind<z.infer<typeof options>> = {
  kind: 'total_supply',
  about:
    'Tokens outstanding over all EVM chains of an asset, as one number (`chain="all"`). When any of them cannot be read the whole number is missing and the error names the chain: a total that lacks a chain looks like a redemption.',
  reads: 'chains',
  options,
  needs: ['asset'],
  metrics: ['supply_tokens'],
  traps: ['tokens under way between chains are in neither supply for some minutes.'],
  upstream: 'chain',
  make: ({ chains }, context) => {
    const deployments = deploymentsOf(context, chains);
    const labels = { chain: 'all' };
    return {
      yields: [{ metric: 'supply_tokens', labels }],
      spans: deployments.map(({ chain }) => chain),
      collect: async (io) => {
        const parts = await acrossChains(
          io,
          `Total supply of "${context.asset?.id}"`,
          deployments,
          async (evm, token) => {
            const [decimals, supply] = await Promise.all([
              evm.fact<number>(token, DECIMALS),
              evm.read<bigint>(token, TOTAL_SUPPLY),
            ]);
            return toNumber(supply, decimals);
          },
        );
        return [totalOf(io, parts, labels)];
      },
    };
  },
};

/** As true as its oldest part. */
function totalOf(
  io: SourceIo,
  parts: readonly { readonly value: number; readonly at: number }[],
  labels: { readonly chain: string },
): RawSample {
  const value = parts.reduce((sum, part) => sum + part.value, 0);
  return { metric: 'supply_tokens', labels, value, at: Math.min(io.now, ...parts.map(({ at }) => at)) };
}
