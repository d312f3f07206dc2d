import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { decimalsOf, tokenOf, toNumber } from './erc20.ts';
import { CONVERT_TO_ASSETS } from './erc4626_exit.ts';
import { PENDING, queueSamples, queueYields } from './redeemRequests.ts';

const CLAIMABLE = 'function claimableRedeemRequest(uint256 requestId, address controller) view returns (uint256)';
const ASSET = 'function asset() view returns (address)';

const options = z.strictObject({
  controllers: z
    .array(evmAddress())
    .default([])
    .describe('whose requests: large holders, or the address that a pooled vault queues for'),
  requests_from: z
    .int()
    .min(0)
    .optional()
    .describe(
      'block in which the vault was made: everybody’s requests are found in its logs, with the age of the oldest',
    ),
  request_id: z.number().int().min(0).default(0).describe('0 where the vault pools the requests of a controller'),
});

export const erc7540_vault: SourceKind<z.infer<typeof options>> = {
  kind: 'erc7540_vault',
  about:
    'Redemption requests of an asynchronous vault (ERC-7540): shares that wait and shares that can be taken, by controller, and what a share would pay. Its preview functions revert by design, so they are not asked.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [
    'redemption_queue_tokens',
    'redemption_claimable_tokens',
    'share_price_ratio',
    'redemption_wait_seconds',
    'unscanned_blocks_count',
  ],
  traps: [
    '`previewRedeem` and `previewWithdraw` must revert in such a vault: that says nothing.',
    'the queue of a controller that is not named is not seen, unless `requests_from` finds them all.',
    'the wait counts a controller’s requests as served in the order in which they were made.',
  ],
  upstream: 'chain',
  make: ({ controllers, request_id: id, requests_from: from }, context) => {
    if (controllers.length === 0 && from === undefined)
      throw new Error('Nobody’s requests are looked at. Name `controllers`, or give `requests_from`.');
    const vault = tokenOf(context);
    const holders = controllers.map((controller) => ({ holder: controller.toLowerCase(), unit: 'shares' }));
    return {
      yields: [
        { metric: 'share_price_ratio' },
        ...holders.flatMap((labels) => [
          { metric: 'redemption_queue_tokens' as const, labels },
          { metric: 'redemption_claimable_tokens' as const, labels },
        ]),
        ...(from === undefined ? [] : queueYields),
      ],
      collect: async (io) => {
        const decimals = await decimalsOf(io, vault);
        const queues = holders.map(async (labels, index): Promise<readonly RawSample[]> => {
          const args = [BigInt(id), controllers[index]!];
          const [pending, claimable] = await Promise.all([
            io.evm.read<bigint>(vault, PENDING, args),
            io.evm.read<bigint>(vault, CLAIMABLE, args),
          ]);
          return [
            { metric: 'redemption_queue_tokens', labels, value: toNumber(pending, decimals) },
            { metric: 'redemption_claimable_tokens', labels, value: toNumber(claimable, decimals) },
          ];
        });
        const [price, queue, ...waiting] = await Promise.all([
          sharePrice(io, vault, decimals),
          from === undefined ? [] : queueSamples(io, { vault, from, decimals }),
          ...queues,
        ]);
        return [{ metric: 'share_price_ratio', value: price }, ...queue, ...waiting.flat()];
      },
    };
  },
};

async function sharePrice(io: SourceIo, vault: Hex, decimals: number): Promise<number> {
  const [asset, worth] = await Promise.all([
    io.evm.fact<Hex>(vault, ASSET),
    io.evm.read<bigint>(vault, CONVERT_TO_ASSETS, [10n ** BigInt(decimals)]),
  ]);
  return toNumber(worth, await decimalsOf(io, asset));
}
