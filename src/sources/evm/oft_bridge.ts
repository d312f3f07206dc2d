import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { EvmReads, Hex, SourceKind } from '../../model/source.ts';
import { acrossChains, deploymentsOf } from './deployments.ts';
import { BALANCE_OF, TOTAL_SUPPLY, toNumber } from './erc20.ts';

const DECIMALS = 'function decimals() view returns (uint8)';

const options = z.strictObject({
  home: z.string().describe('the chain on which the tokens are locked'),
  escrow: evmAddress().describe('who holds them there: the OFT adapter, the lockbox or the bridge'),
  remotes: z
    .array(z.string())
    .min(1)
    .describe('every chain that the bridge mints on; one that is left out hides a gap'),
  locked: z
    .string()
    .optional()
    .describe('the asset that is locked, by id, where it is another token than the minted one (USDT for USDT0)'),
});

export const oft_bridge: SourceKind<z.infer<typeof options>> = {
  kind: 'oft_bridge',
  about:
    'A bridge that locks tokens on one chain and mints them on others (OFT adapter, lockbox): what it minted minus what it locked. Above 0 there are tokens without a lock behind them; what is under way counts as locked and not yet minted, so a sound bridge is at or below 0. Without all chains there is no number.',
  reads: 'chains',
  options,
  needs: ['asset'],
  metrics: ['bridge_gap_tokens', 'liquidity_tokens'],
  traps: ['a chain that is not listed hides as much of a gap as was minted there.'],
  upstream: 'chain',
  make: ({ home, escrow, remotes, locked }, context) => {
    const lockedAsset = locked === undefined ? context.asset : context.assets[locked];
    if (lockedAsset === undefined)
      throw new Error(`\`locked\` is "${locked}", which is no asset. Add it under \`assets\`.`);
    const [origin] = deploymentsOf({ ...context, asset: lockedAsset }, [home]);
    const minted = deploymentsOf(context, remotes);
    const labels = { chain: 'all', holder: escrow.toLowerCase() };
    return {
      yields: [
        { metric: 'bridge_gap_tokens', labels },
        { metric: 'liquidity_tokens', labels: { ...labels, chain: home } },
      ],
      spans: [home, ...remotes],
      collect: async (io) => {
        const what = `The bridge of "${context.asset?.id}"`;
        const [held, supplies] = await Promise.all([
          acrossChains(io, what, [origin!], read(BALANCE_OF, [escrow])),
          acrossChains(io, what, minted, read(TOTAL_SUPPLY, [])),
        ]);
        const [lock] = held;
        const supply = supplies.reduce((sum, { value }) => sum + value, 0);
        const at = Math.min(io.now, ...[...held, ...supplies].map((part) => part.at));
        return [
          { metric: 'bridge_gap_tokens', labels, value: supply - lock!.value, at },
          { metric: 'liquidity_tokens', labels: { ...labels, chain: home }, value: lock!.value, at: lock!.at },
        ];
      },
    };
  },
};

/** Reads one whole-token number of a token. */
function read(signature: string, args: readonly unknown[]) {
  return async (evm: EvmReads, token: Hex): Promise<number> => {
    const [decimals, units] = await Promise.all([
      evm.fact<number>(token, DECIMALS),
      evm.read<bigint>(token, signature, args),
    ]);
    return toNumber(units, decimals);
  };
}
