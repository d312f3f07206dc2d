import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { type Hex, type RawSample, type SourceIo, type SourceKind } from '../../model/source.ts';
import { toNumber } from './erc20.ts';

const UNFINALIZED = 'function unfinalizedStETH() view returns (uint256)';
const LAST = 'function getLastRequestId() view returns (uint256)';
const LAST_FINALIZED = 'function getLastFinalizedRequestId() view returns (uint256)';
const PAUSED = 'function isPaused() view returns (bool)';
const BUNKER = 'function isBunkerModeActive() view returns (bool)';
const STATUS =
  'function getWithdrawalStatus(uint256[] ids) view returns ((uint256 amountOfStETH, uint256 amountOfShares, address owner, uint256 timestamp, bool isFinalized, bool isClaimed)[])';

const options = z.strictObject({
  queue: evmAddress().default('0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1').describe("Lido's withdrawal queue"),
});

export const lido_withdrawals: SourceKind<z.infer<typeof options>> = {
  kind: 'lido_withdrawals',
  about:
    "Lido's withdrawal queue: ether that waits, age of the oldest request that is not served, whether requests are taken, and bunker mode, which puts off every exit after a mass slashing.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain'],
  metrics: ['redemption_queue_tokens', 'redemption_wait_seconds', 'redemption_paused_bool', 'parameter_value'],
  traps: ['a queue that is long without bunker mode is the validator exit queue of Ethereum itself.'],
  upstream: 'chain',
  make: ({ queue }) => {
    const bunker = { metric: 'parameter_value' as const, labels: { parameter: 'bunker_mode' } };
    const waiting = { metric: 'redemption_queue_tokens' as const, labels: { unit: 'asset' } };
    return {
      yields: [waiting, { metric: 'redemption_wait_seconds' }, { metric: 'redemption_paused_bool' }, bunker],
      labels: { protocol: 'lido' },
      collect: async (io) => {
        const [unfinalized, paused, isBunker, wait] = await Promise.all([
          io.evm.read<bigint>(queue, UNFINALIZED),
          io.evm.read<boolean>(queue, PAUSED),
          io.evm.read<boolean>(queue, BUNKER),
          waitOf(io, queue),
        ]);
        return [
          { ...waiting, value: toNumber(unfinalized, 18) },
          { metric: 'redemption_wait_seconds', value: wait },
          { metric: 'redemption_paused_bool', value: Number(paused) },
          { ...bunker, value: Number(isBunker) },
        ] satisfies readonly RawSample[];
      },
    };
  },
};

/** Requests are served in order, so the one after the last that was served is the oldest; 0 while none waits. */
async function waitOf(io: SourceIo, queue: Hex): Promise<number> {
  const [last, finalized] = await Promise.all([
    io.evm.read<bigint>(queue, LAST),
    io.evm.read<bigint>(queue, LAST_FINALIZED),
  ]);
  if (finalized >= last) return 0;
  const [oldest] = await io.evm.read<readonly { readonly timestamp: bigint }[]>(queue, STATUS, [[finalized + 1n]]);
  return Math.max(0, io.evm.block.timestamp / 1000 - Number(oldest!.timestamp));
}
