import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { decimalsOf, tokenOf, toNumber } from './erc20.ts';
import { CONVERT_TO_ASSETS } from './erc4626_exit.ts';

const PENDING = 'function pendingRedeemRequest(uint256 requestId, address controller) view returns (uint256)';
const CLAIMABLE = 'function claimableRedeemRequest(uint256 requestId, address controller) view returns (uint256)';
const ASSET = 'function asset() view returns (address)';

const options = z.strictObject({
  controllers: z
    .array(evmAddress())
    .min(1)
    .describe('whose requests: large holders, or the address that a pooled vault queues for'),
  request_id: z.number().int().min(0).default(0).describe('0 where the vault pools the requests of a controller'),
});

export const erc7540_vault: SourceKind<z.infer<typeof options>> = {
  kind: 'erc7540_vault',
  about:
    'Redemption requests of an asynchronous vault (ERC-7540): shares that wait and shares that can be taken, by controller, and what a share would pay. Its preview functions revert by design, so they are not asked.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['redemption_queue_tokens', 'redemption_claimable_tokens', 'share_price_ratio'],
  traps: [
    '`previewRedeem` and `previewWithdraw` must revert in such a vault: that says nothing.',
    'the queue of a controller that is not named is not seen.',
  ],
  upstream: 'chain',
  make: ({ controllers, request_id: id }, context) => {
    const vault = tokenOf(context);
    const holders = controllers.map((controller) => ({ holder: controller.toLowerCase(), unit: 'shares' }));
    return {
      yields: [
        { metric: 'share_price_ratio' },
        ...holders.flatMap((labels) => [
          { metric: 'redemption_queue_tokens' as const, labels },
          { metric: 'redemption_claimable_tokens' as const, labels },
        ]),
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
        const [price, ...waiting] = await Promise.all([sharePrice(io, vault, decimals), ...queues]);
        return [{ metric: 'share_price_ratio', value: price }, ...waiting.flat()];
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
