import { isAddressEqual } from 'viem';
import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import {
  CallReverted,
  SourceError,
  type Hex,
  type RawSample,
  type SourceContext,
  type SourceIo,
  type SourceKind,
} from '../../model/source.ts';
import { BALANCE_OF, decimalsOf, tokenOf, toNumber } from './erc20.ts';

const ASSET = 'function asset() view returns (address)';
const TOTAL_ASSETS = 'function totalAssets() view returns (uint256)';
const CONVERT_TO_ASSETS = 'function convertToAssets(uint256) view returns (uint256)';
const MAX_WITHDRAW = 'function maxWithdraw(address) view returns (uint256)';
const PAUSED = 'function paused() view returns (bool)';

const options = z.strictObject({
  underlying: z
    .string()
    .optional()
    .describe("the asset that the vault holds, by id; when its peg is usd, a share's worth is also its NAV in USD"),
  holder: evmAddress().optional().describe('a large holder: also read what it could withdraw now'),
});

/** A vault, and the token it pays out. */
interface Vault {
  readonly vault: Hex;
  readonly decimals: number;
  readonly assetDecimals: number;
}

export const erc4626: SourceKind<z.infer<typeof options>> = {
  kind: 'erc4626',
  about:
    "An ERC-4626 vault: worth of a share, total assets and, for a holder, whether it can leave. A share's worth says nothing of liquidity.",
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['share_price_ratio', 'assets_tokens', 'nav_per_share_usd', 'withdrawable_tokens', 'redemption_paused_bool'],
  upstream: 'chain',
  make: ({ underlying, holder }, context) => {
    const address = tokenOf(context);
    const asset = underlyingOf(context, underlying);
    const holderLabels = holder === undefined ? [] : [{ holder: holder.toLowerCase() }];
    return {
      yields: [
        { metric: 'share_price_ratio' },
        { metric: 'assets_tokens' },
        ...(asset?.peg === 'usd' ? [{ metric: 'nav_per_share_usd' as const }] : []),
        ...holderLabels.map((labels) => ({ metric: 'withdrawable_tokens' as const, labels })),
        ...holderLabels.map(() => ({ metric: 'redemption_paused_bool' as const })),
      ],
      collect: async (io) => {
        const vault = await open(io, address, asset?.on[io.evm.chain]);
        const [worth, exit] = await Promise.all([
          worthOf(io, vault, asset?.peg === 'usd'),
          holder === undefined ? [] : exitOf(io, vault, holder),
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
  return { vault, decimals, assetDecimals: await decimalsOf(io, asset) };
}

/** Worth of one whole share, `convertToAssets(10^decimals)`: without fees and without regard to liquidity (EIP-4626). */
async function worthOf(io: SourceIo, { vault, decimals, assetDecimals }: Vault, usd: boolean): Promise<RawSample[]> {
  const [one, total] = await Promise.all([
    io.evm.read<bigint>(vault, CONVERT_TO_ASSETS, [10n ** BigInt(decimals)]),
    io.evm.read<bigint>(vault, TOTAL_ASSETS),
  ]);
  const price = toNumber(one, assetDecimals);
  return [
    { metric: 'share_price_ratio', value: price },
    { metric: 'assets_tokens', value: toNumber(total, assetDecimals) },
    ...(usd ? [{ metric: 'nav_per_share_usd' as const, value: price }] : []),
  ];
}

async function exitOf(io: SourceIo, vault: Vault, holder: Hex): Promise<RawSample[]> {
  const [most, shares, flag] = await Promise.all([
    io.evm.read<bigint>(vault.vault, MAX_WITHDRAW, [holder]),
    io.evm.read<bigint>(vault.vault, BALANCE_OF, [holder]),
    pauseFlag(io, vault.vault),
  ]);
  const paused = flag ?? (await looksPaused(io, vault.vault, { most, shares }));
  const labels = { holder: holder.toLowerCase() };
  return [
    { metric: 'withdrawable_tokens', labels, value: toNumber(most, vault.assetDecimals) },
    ...(paused === undefined ? [] : [{ metric: 'redemption_paused_bool' as const, value: Number(paused) }]),
  ];
}

/** A vault without `paused()` reverts, or answers something else: neither says that it is open. */
async function pauseFlag(io: SourceIo, vault: Hex): Promise<boolean | undefined> {
  try {
    return await io.evm.read<boolean>(vault, PAUSED);
  } catch (error) {
    if (error instanceof CallReverted || (error instanceof SourceError && !error.retryable)) return undefined;
    throw error;
  }
}

/** Without a flag: whoever has something and may take nothing is locked in. Unknown for a holder without shares. */
async function looksPaused(
  io: SourceIo,
  vault: Hex,
  { most, shares }: { most: bigint; shares: bigint },
): Promise<boolean | undefined> {
  if (most > 0n) return false;
  const worth = shares === 0n ? 0n : await io.evm.read<bigint>(vault, CONVERT_TO_ASSETS, [shares]);
  return worth > 0n ? true : undefined;
}
