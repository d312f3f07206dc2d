import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import { CallReverted, SourceError, type Hex, type SourceIo, type SourceKind } from '../../model/source.ts';
import { aaveContracts, aaveDecimals, aavePrice } from './aave.ts';
import { BALANCE_OF, tokenOf, toNumber } from './erc20.ts';
import { capYields, LENDING, lendingSamples, lower, plain, RATES, some } from './lending.ts';

const DATA =
  'function getReserveData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint40)';
const CONFIG =
  'function getReserveConfigurationData(address) view returns (uint256, uint256, uint256, uint256, uint256, bool, bool, bool, bool, bool)';
const TOKENS = 'function getReserveTokensAddresses(address) view returns (address, address, address)';
const CAPS = 'function getReserveCaps(address) view returns (uint256, uint256)';
const PAUSED = 'function getPaused(address) view returns (bool)';
const VIRTUAL = 'function getVirtualUnderlyingBalance(address) view returns (uint256)';
const DEFICIT = 'function getReserveDeficit(address) view returns (uint256)';
const RAY = 1e27;

const options = z.strictObject({
  provider: evmAddress().describe("the market's PoolAddressesProvider, which names its pool, oracle and data provider"),
});

export const aave_v3_reserve: SourceKind<z.infer<typeof options>> = {
  kind: 'aave_v3_reserve',
  about:
    'One asset of an Aave v3 market: supplied, borrowed, what can leave, rates, caps, threshold, oracle price, realised deficit.',
  reads: 'evm',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: [
    ...LENDING,
    ...RATES,
    'cap_usd',
    'lltv_ratio',
    'oracle_price_usd',
    'redemption_paused_bool',
    'bad_debt_usd',
  ],
  traps: [
    'values are in USD at Aave’s own oracle; a market with another base currency is refused.',
    'utilization is debt ÷ (debt + available): debt ÷ aTokens goes above 1, since the reserve factor is not yet in aTokens.',
    '`bad_debt_usd{at="oracle"}` is the deficit that Aave has written down (3.3 and later); accounts under water before that are in aave_v3_accounts.',
  ],
  upstream: 'chain',
  make: ({ provider }, context) => {
    const token = tokenOf(context);
    return {
      yields: [
        ...plain([...LENDING, ...RATES, 'lltv_ratio', 'oracle_price_usd', 'redemption_paused_bool']),
        ...capYields('supply', 'borrow').map((each) => ({ ...each, open: true as const })),
        { metric: 'bad_debt_usd', labels: { at: 'oracle' }, open: true },
      ],
      labels: { protocol: 'aave-v3', market: lower(provider), venue: `aave-v3:${lower(provider)}` },
      collect: async (io) => collect(io, provider, token),
    };
  },
};

async function collect(io: SourceIo, provider: Hex, token: Hex) {
  const { data, oracle } = await aaveContracts(io, provider);
  const [reserve, config, [aToken], [borrowCap, supplyCap], paused, price, decimals, virtual, deficit] =
    await Promise.all([
      io.evm.read<readonly bigint[]>(data, DATA, [token]),
      io.evm.read<readonly [bigint, bigint, bigint, bigint, bigint]>(data, CONFIG, [token]),
      io.evm.fact<readonly [Hex, Hex, Hex]>(data, TOKENS, [token]),
      io.evm.read<readonly [bigint, bigint]>(data, CAPS, [token]),
      io.evm.read<boolean>(data, PAUSED, [token]),
      aavePrice(io, oracle, token),
      aaveDecimals(io, token),
      unless(io.evm.read<bigint>(data, VIRTUAL, [token])),
      unless(io.evm.read<bigint>(data, DEFICIT, [token])),
    ]);
  // Before 3.1 there is no virtual balance, and a donation counts as available.
  const held = virtual ?? (await io.evm.read<bigint>(token, BALANCE_OF, [aToken]));
  const debt = (reserve[3] ?? 0n) + (reserve[4] ?? 0n);
  if (config[0] === 0n) throw notListed(token, provider);
  const tokens = (units: bigint) => toNumber(units, decimals);
  return [
    ...lendingSamples({
      supplied: tokens(debt + held),
      borrowed: tokens(debt),
      liquidity: tokens(held),
      price,
      borrowApr: Number(reserve[6]) / RAY,
      supplyApr: Number(reserve[5]) / RAY,
      ...(supplyCap > 0n && { supplyCap: Number(supplyCap) }),
      ...(borrowCap > 0n && { borrowCap: Number(borrowCap) }),
      paused,
    }),
    { metric: 'lltv_ratio' as const, value: Number(config[2]) / 10_000 },
    { metric: 'oracle_price_usd' as const, value: price },
    ...some('bad_debt_usd', deficit === undefined ? undefined : tokens(deficit) * price, { at: 'oracle' }),
  ];
}

/** What only later versions answer. */
async function unless<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof CallReverted || (error instanceof SourceError && !error.retryable)) return undefined;
    throw error;
  }
}

function notListed(token: Hex, provider: Hex): SourceError {
  return new SourceError(`Aave market ${provider} does not list ${token}. Check \`provider\` and \`asset\`.`, {
    retryable: false,
  });
}
