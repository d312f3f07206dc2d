import { CallReverted, SourceError, type Hex, type RawSample, type SourceIo } from '../../model/source.ts';
import { BALANCE_OF, toNumber } from './erc20.ts';

export const CONVERT_TO_ASSETS = 'function convertToAssets(uint256) view returns (uint256)';
const MAX_WITHDRAW = 'function maxWithdraw(address) view returns (uint256)';
const PAUSED = 'function paused() view returns (bool)';
const REDEEM = 'function redeem(uint256 shares, address receiver, address owner) returns (uint256)';
const SUPPORTS = 'function supportsInterface(bytes4) view returns (bool)';
/** ERC-165 id of a vault whose redemptions are asked for first and taken later (ERC-7540). */
const ASYNC_REDEEM = '0x620ee8e4';

/** A vault, and the token it pays out. */
export interface Vault {
  readonly vault: Hex;
  readonly decimals: number;
  readonly asset: Hex;
  readonly assetDecimals: number;
}

export interface Exit {
  readonly holder: Hex;
  /** Always run a redemption as the holder, not only when the limits say that it can take nothing. */
  readonly simulate: boolean;
  readonly usd: boolean;
}

/** Whether a holder can leave now, and with how much. */
export async function exitOf(io: SourceIo, vault: Vault, exit: Exit): Promise<readonly RawSample[]> {
  const { holder, simulate } = exit;
  const [most, shares, flag] = await Promise.all([
    io.evm.read<bigint>(vault.vault, MAX_WITHDRAW, [holder]),
    io.evm.read<bigint>(vault.vault, BALANCE_OF, [holder]),
    pauseFlag(io, vault.vault),
  ]);
  const isDoubtful = most === 0n && flag !== true;
  const tried = simulate || isDoubtful ? await tryRedeem(io, vault, { holder, shares }) : undefined;
  const said = most > 0n ? false : undefined;
  const paused = tried ?? asPause(flag ?? said);
  // Morpho's second vaults answer 0 whatever can be taken: a limit that a redemption has just passed is none.
  if (most === 0n && tried?.paused === false) return pausedSample(paused);
  return [...withdrawable(toNumber(most, vault.assetDecimals), exit), ...pausedSample(paused)];
}

function withdrawable(value: number, { holder, usd }: Exit): readonly RawSample[] {
  const labels = { holder: holder.toLowerCase() };
  return [
    { metric: 'withdrawable_tokens', labels, value },
    ...(usd ? [{ metric: 'withdrawable_usd' as const, labels, value }] : []),
  ];
}

function asPause(paused: boolean | undefined): Tried | undefined {
  return paused === undefined ? undefined : { paused };
}

function pausedSample(said: Tried | undefined): readonly RawSample[] {
  if (said === undefined) return [];
  const { paused, reverted } = said;
  return [{ metric: 'redemption_paused_bool', value: Number(paused), ...(reverted !== undefined && { reverted }) }];
}

interface Tried {
  readonly paused: boolean;
  readonly reverted?: string;
}

/**
 * Redeems one share, or what there is, as the holder; nothing is sent. `undefined` where a revert would say nothing: an
 * asynchronous vault reverts until a request was served, and shares worth nothing cannot be redeemed anywhere.
 */
async function tryRedeem(
  io: SourceIo,
  { vault, decimals }: Vault,
  { holder, shares }: { readonly holder: Hex; readonly shares: bigint },
): Promise<Tried | undefined> {
  if (shares === 0n) return undefined;
  const one = 10n ** BigInt(decimals);
  const some = shares < one ? shares : one;
  const [isAsync, worth] = await Promise.all([
    isAsyncVault(io, vault),
    io.evm.read<bigint>(vault, CONVERT_TO_ASSETS, [some]),
  ]);
  if (isAsync || worth === 0n) return undefined;
  try {
    await io.evm.simulate<bigint>(holder, vault, REDEEM, [some, holder, holder]);
    return { paused: false };
  } catch (error) {
    if (error instanceof CallReverted) return { paused: true, reverted: error.message };
    throw error;
  }
}

async function isAsyncVault(io: SourceIo, vault: Hex): Promise<boolean> {
  return orAbsent(io.evm.read<boolean>(vault, SUPPORTS, [ASYNC_REDEEM])).then((answer) => answer ?? false);
}

function pauseFlag(io: SourceIo, vault: Hex): Promise<boolean | undefined> {
  return orAbsent(io.evm.read<boolean>(vault, PAUSED));
}

/** A contract without the view reverts, or answers something else: neither is an answer. An outage still throws. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CallReverted || (error instanceof SourceError && !error.retryable)) return undefined;
    throw error;
  }
}
