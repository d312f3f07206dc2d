import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { SourceKind } from '../../model/source.ts';
import { toNumber } from './erc20.ts';

const MAGNITUDE = 'function getMaxMagnitude(address operator, address strategy) view returns (uint64)';
const SHARES = 'function operatorShares(address operator, address strategy) view returns (uint256)';
const QUEUED = 'function getSlashableSharesInQueue(address operator, address strategy) view returns (uint256)';

const options = z.strictObject({
  operator: evmAddress(),
  strategy: evmAddress(),
  delegation_manager: evmAddress().default('0x39053D51B77DC0d36036Fc1fCc8Cb819df8Ef37A'),
  allocation_manager: evmAddress().default('0x948a420b8CC1d6BFd0B6087C2E7c344a2CD0bc39'),
});

export const eigenlayer_operator: SourceKind<z.infer<typeof options>> = {
  kind: 'eigenlayer_operator',
  about:
    "One operator of EigenLayer in one strategy: shares delegated to it, withdrawals queued from it that can still be slashed, and how much of its magnitude was slashed since it began. The queue counts shares, not the strategy's token.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['balance_tokens', 'redemption_queue_tokens', 'slashed_ratio'],
  upstream: 'chain',
  make: ({ operator, strategy, delegation_manager: delegation, allocation_manager: allocation }) => {
    const holder = operator.toLowerCase();
    const queue = { metric: 'redemption_queue_tokens' as const, labels: { holder, unit: 'shares' } };
    const delegated = { metric: 'balance_tokens' as const, labels: { holder, unit: 'shares' } };
    const slashed = { metric: 'slashed_ratio' as const, labels: { holder } };
    return {
      yields: [delegated, queue, slashed],
      labels: { protocol: 'eigenlayer', vault: strategy.toLowerCase() },
      collect: async (io) => {
        const both = [operator, strategy];
        const [shares, queued, magnitude] = await Promise.all([
          io.evm.read<bigint>(delegation, SHARES, both),
          io.evm.read<bigint>(delegation, QUEUED, both),
          io.evm.read<bigint>(allocation, MAGNITUDE, both),
        ]);
        return [
          { ...delegated, value: toNumber(shares, 18) },
          { ...queue, value: toNumber(queued, 18) },
          { ...slashed, value: 1 - toNumber(magnitude, 18) },
        ];
      },
    };
  },
};
