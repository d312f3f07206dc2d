import { formatUnits } from 'viem';
import type { Hex, SourceContext, SourceIo } from '../../model/source.ts';

export const BALANCE_OF = 'function balanceOf(address) view returns (uint256)';
export const TOTAL_SUPPLY = 'function totalSupply() view returns (uint256)';
const DECIMALS = 'function decimals() view returns (uint8)';

/** Asks the token itself, once per process: the same asset has 6 decimals on one chain and 18 on another. */
export function decimalsOf(io: SourceIo, token: Hex): Promise<number> {
  return io.evm.fact<number>(token, DECIMALS);
}

/** Raw integer units as a number, rounded once. */
export function toNumber(units: bigint, decimals: number): number {
  return Number(formatUnits(units, decimals));
}

/** @throws {Error} when the asset has no EVM address on the chain. */
export function tokenOf({ asset, chain, address }: SourceContext): Hex {
  if (address !== undefined && /^0x[0-9a-fA-F]{40}$/.test(address)) return address as Hex;
  const found = address === undefined ? 'no address' : `"${address}"`;
  throw new Error(`Asset "${asset?.id}" has ${found} on "${chain}". Expected 0x and 40 hex digits under \`on\`.`);
}
