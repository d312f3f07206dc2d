import type { Hex, SourceIo } from '../../model/source.ts';
import { feedLeaf, orNone, probedLeaf, type OracleGraph, type OracleLeaf, type PriceCall } from './oracleLeaves.ts';

const ORACLE = 'function oracle() view returns (address)';
const UNIT = 'function unitOfAccount() view returns (address)';
const QUOTE = 'function getQuote(uint256, address, address) view returns (uint256)';
const RESOLVE = 'function resolveOracle(uint256, address, address) view returns (uint256, address, address, address)';
const RESOLVED_VAULT = 'function resolvedVaults(address) view returns (address)';
const NAME = 'function name() view returns (string)';
const FEED = 'function feed() view returns (address)';
const CROSS = ['oracleBaseCross', 'oracleCrossQuote'];
const NOBODY = '0x0000000000000000000000000000000000000000';
/** Adapters of adapters end. */
const MOST_DEPTH = 4;

const RATES = /RateProvider|Lido|FixedYield|Pendle|ERC4626/i;
const OFF_CHAIN = /Pyth|Redstone|Chronicle|API3/i;

/** How an Euler vault prices a collateral: its router, the vaults that are unwrapped on the way, the adapter at the end. */
export async function eulerOracle(io: SourceIo, vault: Hex, collateral: Hex): Promise<OracleGraph> {
  const [router, unit] = await Promise.all([io.evm.read<Hex>(vault, ORACLE), io.evm.read<Hex>(vault, UNIT)]);
  const call = { address: router, signature: QUOTE, args: [10n ** 6n, collateral, unit] };
  const resolved = await orNone(
    io.evm.read<readonly [bigint, Hex, Hex, Hex]>(router, RESOLVE, [10n ** 6n, collateral, unit]),
  );
  if (resolved === undefined) return { call, leaves: [await probedLeaf(io, call)] };
  const [, base, , adapter] = resolved;
  const unwrapped = await orNone(io.evm.read<Hex>(router, RESOLVED_VAULT, [collateral]));
  const isRate = unwrapped !== undefined && unwrapped !== NOBODY;
  const leaves = await adapterLeaves(
    io,
    adapter,
    { address: adapter, signature: QUOTE, args: [10n ** 6n, base, unit] },
    0,
  );
  return { call, leaves: [...leaves, ...(isRate ? [{ sort: 'rate' as const, address: collateral }] : [])] };
}

async function adapterLeaves(
  io: SourceIo,
  adapter: Hex,
  call: PriceCall,
  depth: number,
): Promise<readonly OracleLeaf[]> {
  const name = (await orNone(io.evm.read<string>(adapter, NAME))) ?? '';
  const leaf = (sort: OracleLeaf['sort']): readonly OracleLeaf[] => [{ sort, address: adapter }];
  if (name.startsWith('FixedRate')) return leaf('constant');
  if (name.startsWith('Chainlink')) return [await feedLeaf(io, await io.evm.read<Hex>(adapter, FEED))];
  if (name.startsWith('Uniswap')) return leaf('twap');
  if (RATES.test(name)) return leaf('rate');
  if (OFF_CHAIN.test(name)) return leaf('feed');
  if (name.startsWith('Cross') && depth < MOST_DEPTH) {
    const parts = await Promise.all(
      CROSS.map(async (part) => io.evm.read<Hex>(adapter, `function ${part}() view returns (address)`)),
    );
    const found = await Promise.all(
      parts.map(async (part) => adapterLeaves(io, part, { ...call, address: part }, depth + 1)),
    );
    return found.flat();
  }
  return [await probedLeaf(io, call)];
}
