import { SourceError, type Hex, type SourceIo } from '../../model/source.ts';
import { decimalsOf } from './erc20.ts';

const DATA_PROVIDER = 'function getPoolDataProvider() view returns (address)';
const ORACLE = 'function getPriceOracle() view returns (address)';
const POOL = 'function getPool() view returns (address)';
const PRICE = 'function getAssetPrice(address) view returns (uint256)';
const UNIT = 'function BASE_CURRENCY_UNIT() view returns (uint256)';
const BASE = 'function BASE_CURRENCY() view returns (address)';
const NOBODY = '0x0000000000000000000000000000000000000000';

export interface AaveContracts {
  readonly pool: Hex;
  readonly data: Hex;
  readonly oracle: Hex;
}

/** Asks at each run: governance may exchange any of them. */
export async function aaveContracts(io: SourceIo, provider: Hex): Promise<AaveContracts> {
  const [pool, data, oracle] = await Promise.all([
    io.evm.read<Hex>(provider, POOL),
    io.evm.read<Hex>(provider, DATA_PROVIDER),
    io.evm.read<Hex>(provider, ORACLE),
  ]);
  return { pool, data, oracle };
}

export const aaveDecimals = decimalsOf;

/** USD of one token as Aave sees it. @throws {SourceError} when it is 0, or the market counts in something else than USD. */
export async function aavePrice(io: SourceIo, oracle: Hex, token: Hex): Promise<number> {
  const unit = await aaveUnit(io, oracle);
  const price = await io.evm.read<bigint>(oracle, PRICE, [token]);
  if (price > 0n) return Number(price) / unit;
  throw new SourceError(`Aave's oracle ${oracle} answered 0 for ${token}; a price must be positive.`, {
    retryable: false,
  });
}

/** How many units make a dollar. */
async function aaveUnit(io: SourceIo, oracle: Hex): Promise<number> {
  const [unit, base] = await Promise.all([io.evm.fact<bigint>(oracle, UNIT), io.evm.fact<Hex>(oracle, BASE)]);
  if (base === NOBODY) return Number(unit);
  throw new SourceError(`Aave's oracle ${oracle} counts in ${base}, not in USD. Read this market by evm_call.`, {
    retryable: false,
  });
}
