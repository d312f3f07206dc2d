import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, SourceKind } from '../../model/source.ts';
import { decimalsOf, toNumber } from './erc20.ts';

const TOTAL_SHARES = 'function totalShares() view returns (uint256)';
const UNDERLYING = 'function underlyingToken() view returns (address)';
const TO_UNDERLYING = 'function sharesToUnderlyingView(uint256) view returns (uint256)';
const PAUSED = 'function paused() view returns (uint256)';
const DELAY = 'function minWithdrawalDelayBlocks() view returns (uint32)';
const ONE = 10n ** 18n;

/** Bits of `paused()`: withdrawals of a strategy; entering and leaving the queue of the DelegationManager. */
const STRATEGY_WITHDRAWALS = 0b10n;
const QUEUE = 0b110n;

const options = z.strictObject({
  strategy: evmAddress(),
  delegation_manager: evmAddress()
    .default('0x39053D51B77DC0d36036Fc1fCc8Cb819df8Ef37A')
    .describe('where withdrawals are queued; the default is Ethereum’s'),
  block_time: z
    .number()
    .positive()
    .default(12)
    .describe('seconds a block; the delay of a withdrawal is counted in blocks'),
});

export const eigenlayer_strategy: SourceKind<z.infer<typeof options>> = {
  kind: 'eigenlayer_strategy',
  about:
    'A strategy of EigenLayer: worth of a share, total deposits, whether withdrawals are paused (a bit of a bitmap, at the strategy or at the queue), and the delay of a withdrawal.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['share_price_ratio', 'assets_tokens', 'redemption_paused_bool', 'redemption_cooldown_seconds'],
  traps: ['`paused()` is a bitmap: only the bits of withdrawals count.'],
  upstream: 'chain',
  make: ({ strategy, delegation_manager: manager, block_time: blockTime }) => ({
    yields: [
      { metric: 'share_price_ratio' },
      { metric: 'assets_tokens' },
      { metric: 'redemption_paused_bool' },
      { metric: 'redemption_cooldown_seconds' },
    ],
    labels: { protocol: 'eigenlayer', vault: strategy.toLowerCase() },
    collect: async (io) => {
      const token = await io.evm.fact<Hex>(strategy, UNDERLYING);
      const [decimals, shares, rate, stopped, queue, delay] = await Promise.all([
        decimalsOf(io, token),
        io.evm.read<bigint>(strategy, TOTAL_SHARES),
        io.evm.read<bigint>(strategy, TO_UNDERLYING, [ONE]),
        io.evm.read<bigint>(strategy, PAUSED),
        io.evm.read<bigint>(manager, PAUSED),
        io.evm.read<number>(manager, DELAY),
      ]);
      const isPaused = (stopped & STRATEGY_WITHDRAWALS) !== 0n || (queue & QUEUE) !== 0n;
      return [
        { metric: 'share_price_ratio', value: toNumber(rate, 18) },
        { metric: 'assets_tokens', value: toNumber((shares * rate) / ONE, decimals) },
        { metric: 'redemption_paused_bool', value: Number(isPaused) },
        { metric: 'redemption_cooldown_seconds', value: delay * blockTime },
      ];
    },
  }),
};
