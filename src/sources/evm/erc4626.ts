import { isAddressEqual } from 'viem';
import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import {
  SourceError,
  type Hex,
  type RawSample,
  type SourceContext,
  type SourceIo,
  type SourceKind,
} from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, tokenOf, toNumber } from './erc20.ts';
import { CONVERT_TO_ASSETS, exitOf, type Vault } from './erc4626_exit.ts';

const ASSET = 'function asset() view returns (address)';
const TOTAL_ASSETS = 'function totalAssets() view returns (uint256)';

const options = z.strictObject({
  underlying: z
    .string()
    .optional()
    .describe("the asset that the vault holds, by id; when its peg is usd, a share's worth is also its NAV in USD"),
  holder: evmAddress().optional().describe('a large holder: also read what it could withdraw now'),
  simulate: z
    .boolean()
    .default(false)
    .describe('redeem a share as `holder` at every poll; without it only when the vault says that it can take nothing'),
});

export const erc4626: SourceKind<z.infer<typeof options>> = {
  kind: 'erc4626',
  about:
    "An ERC-4626 vault: worth of a share, total and idle assets and, for a holder, whether it can leave: a redemption run as the holder decides where the limits are in doubt. A share's worth says nothing of liquidity: it keeps rising in a vault that nobody can leave.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [
    'share_price_ratio',
    'assets_tokens',
    'liquidity_tokens',
    'nav_per_share_usd',
    'withdrawable_tokens',
    'withdrawable_usd',
    'redemption_paused_bool',
  ],
  traps: [
    '`convertToAssets` counts neither fees nor liquidity: compare `withdrawable_tokens` with what the holder has.',
    '`maxWithdraw` is 0 for ever in some vaults (Morpho Vault V2), so 0 alone is no stop: a redemption of one share is run as the holder first.',
    'a redemption that cannot be run because the node failed is no sample, never a pause.',
  ],
  upstream: 'chain',
  make: ({ underlying, holder, simulate }, context) => {
    const address = tokenOf(context);
    const asset = underlyingOf(context, underlying);
    const usd = asset?.peg === 'usd';
    const holderLabels = holder === undefined ? [] : [{ holder: holder.toLowerCase() }];
    return {
      yields: [
        { metric: 'share_price_ratio' },
        { metric: 'assets_tokens' },
        { metric: 'liquidity_tokens' },
        ...(usd ? [{ metric: 'nav_per_share_usd' as const }] : []),
        ...holderLabels.map((labels) => ({ metric: 'withdrawable_tokens' as const, labels, open: true as const })),
        ...(usd
          ? holderLabels.map((labels) => ({ metric: 'withdrawable_usd' as const, labels, open: true as const }))
          : []),
        ...holderLabels.map(() => ({ metric: 'redemption_paused_bool' as const, open: true as const })),
      ],
      collect: async (io) => {
        const vault = await open(io, address, asset?.on[io.evm.chain]);
        const [worth, exit] = await Promise.all([
          worthOf(io, vault, usd),
          holder === undefined ? [] : exitOf(io, vault, { holder, simulate, usd }),
        ]);
        return [...worth, ...exit];
      },
    };
  },
};

function underlyingOf({ assets }: SourceContext, id: string | undefined) {
  const asset = id === undefined ? undefined : assets[id];
  if (id === undefined || asset !== undefined) return asset;
  throw new Error(`\`underlying\` is "${id}", which is no asset. Add it under \`assets\`.`);
}

async function open(io: SourceIo, vault: Hex, expected: string | undefined): Promise<Vault> {
  const [decimals, asset] = await Promise.all([decimalsOf(io, vault), io.evm.fact<Hex>(vault, ASSET)]);
  if (expected !== undefined && !isAddressEqual(asset, expected as Hex)) {
    const what = `Vault ${vault} holds ${asset} on ${io.evm.chain}, but \`underlying\` is ${expected} there.`;
    throw new SourceError(`${what} Check both addresses.`, { retryable: false });
  }
  return { vault, decimals, asset, assetDecimals: await decimalsOf(io, asset) };
}

/** Worth of one whole share, `convertToAssets(10^decimals)`: without fees and without regard to liquidity (EIP-4626). */
async function worthOf(
  io: SourceIo,
  { vault, decimals, asset, assetDecimals }: Vault,
  usd: boolean,
): Promise<RawSample[]> {
  const [one, total, idle] = await Promise.all([
    io.evm.read<bigint>(vault, CONVERT_TO_ASSETS, [10n ** BigInt(decimals)]),
    io.evm.read<bigint>(vault, TOTAL_ASSETS),
    io.evm.read<bigint>(asset, BALANCE_OF, [vault]),
  ]);
  const price = toNumber(one, assetDecimals);
  return [
    { metric: 'share_price_ratio', value: price },
    { metric: 'assets_tokens', value: toNumber(total, assetDecimals) },
    { metric: 'liquidity_tokens', value: toNumber(idle, assetDecimals) },
    ...(usd ? [{ metric: 'nav_per_share_usd' as const, value: price }] : []),
  ];
}
