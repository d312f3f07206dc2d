import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { CallReverted, type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, tokenOf, toNumber } from './erc20.ts';

const DURATION = 'function cooldownDuration() view returns (uint24)';
const ASSET = 'function asset() view returns (address)';
const SILO = 'function silo() view returns (address)';
const COOLDOWNS = 'function cooldowns(address) view returns (uint104 cooldownEnd, uint152 underlyingAmount)';
const COOL_SHARES = 'function cooldownShares(uint256 shares) returns (uint256)';
const REDEEM = 'function redeem(uint256 shares, address receiver, address owner) returns (uint256)';

const options = z.strictObject({
  holder: evmAddress()
    .optional()
    .describe('a holder: also read what it has waiting, and try the first step of leaving as this holder'),
});

export const cooldown_vault: SourceKind<z.infer<typeof options>> = {
  kind: 'cooldown_vault',
  about:
    "A staking vault with Ethena's cooldown (sUSDe, sdeUSD): the wait before an exit, what all leavers together have waiting in the silo and, for a holder, whether it can start to leave. While there is a cooldown, `redeem` reverts for everybody: that is no pause.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['redemption_cooldown_seconds', 'redemption_queue_tokens', 'redemption_paused_bool'],
  traps: [
    'what waits in the silo is owed already and no longer earns; it counts as neither supply nor assets of the vault.',
  ],
  upstream: 'chain',
  make: ({ holder }, context) => {
    const vault = tokenOf(context);
    const queue = { metric: 'redemption_queue_tokens' as const };
    const own = holder === undefined ? undefined : { unit: 'asset', holder: holder.toLowerCase() };
    return {
      yields: [
        { metric: 'redemption_cooldown_seconds' },
        { ...queue, labels: { unit: 'asset' } },
        ...(own === undefined
          ? []
          : [
              { ...queue, labels: own },
              { metric: 'redemption_paused_bool' as const, open: true as const },
            ]),
      ],
      collect: async (io) => {
        const [asset, silo] = await Promise.all([io.evm.fact<Hex>(vault, ASSET), io.evm.fact<Hex>(vault, SILO)]);
        const decimals = await decimalsOf(io, asset);
        const [seconds, waiting, exit] = await Promise.all([
          io.evm.read<number>(vault, DURATION),
          io.evm.read<bigint>(asset, BALANCE_OF, [silo]),
          holder === undefined ? undefined : exitOf(io, vault, holder),
        ]);
        return [
          { metric: 'redemption_cooldown_seconds', value: seconds },
          { ...queue, labels: { unit: 'asset' }, value: toNumber(waiting, decimals) },
          ...(exit === undefined ? [] : [{ ...queue, labels: own!, value: toNumber(exit.waiting, decimals) }]),
          ...(exit?.paused ?? []),
        ];
      },
    };
  },
};

async function exitOf(io: SourceIo, vault: Hex, holder: Hex) {
  const [[, waiting], shares, seconds, decimals] = await Promise.all([
    io.evm.read<readonly [bigint, bigint]>(vault, COOLDOWNS, [holder]),
    io.evm.read<bigint>(vault, BALANCE_OF, [holder]),
    io.evm.read<number>(vault, DURATION),
    decimalsOf(io, vault),
  ]);
  const one = 10n ** BigInt(decimals);
  const some = shares < one ? shares : one;
  const step = () =>
    seconds > 0
      ? io.evm.simulate(holder, vault, COOL_SHARES, [some])
      : io.evm.simulate(holder, vault, REDEEM, [some, holder, holder]);
  return { waiting, paused: some === 0n ? [] : await pausedBy(step) };
}

async function pausedBy(step: () => Promise<unknown>): Promise<readonly RawSample[]> {
  try {
    await step();
    return [{ metric: 'redemption_paused_bool', value: 0 }];
  } catch (error) {
    if (!(error instanceof CallReverted)) throw error;
    return [{ metric: 'redemption_paused_bool', value: 1, reverted: error.message }];
  }
}
