import { encodeAbiParameters, keccak256 } from 'viem';
import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import {
  CallReverted,
  SourceError,
  type Hex,
  type RawSample,
  type SourceIo,
  type SourceKind,
} from '../../model/source.ts';
import { addressNumber } from './addressNumber.ts';
import { dollarsOf } from './dollars.ts';
import { BALANCE_OF, decimalsOf, toNumber } from './erc20.ts';
import { lower, plain, priceFeed, some } from './lending.ts';

const ASSET = 'function asset() view returns (address)';
const TOTAL_ASSETS = 'function totalAssets() view returns (uint256)';
const LENGTH = 'function adaptersLength() view returns (uint256)';
const ADAPTER = 'function adapters(uint256) view returns (address)';
const ALLOCATION = 'function allocation(bytes32) view returns (uint256)';
const CAP = 'function absoluteCap(bytes32) view returns (uint256)';
const LIQUIDITY_ADAPTER = 'function liquidityAdapter() view returns (address)';
const PENALTY = 'function forceDeallocatePenalty(address) view returns (uint256)';
const INNER_VAULT = 'function morphoVaultV1() view returns (address)';
const MAX_WITHDRAW = 'function maxWithdraw(address) view returns (uint256)';
const ROLES = ['curator', 'owner'] as const;
const NOBODY = '0x0000000000000000000000000000000000000000';
const NO_CAP = 2n ** 128n - 1n;

const options = z.strictObject({ vault: evmAddress().describe('the Morpho Vault V2'), price_feed: priceFeed });

export const morpho_vault_v2: SourceKind<z.infer<typeof options>> = {
  kind: 'morpho_vault_v2',
  about:
    'A Morpho Vault V2: what its adapters hold, their caps and exit penalties, what could leave now, and who may change that.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: ['supplied_usd', 'liquidity_usd', 'utilization_ratio', 'exposure_usd', 'cap_usd', 'parameter_value'],
  traps: [
    'maxWithdraw answers 0 always by design and is no sign of a stop: `liquidity_usd` is idle assets and what the liquidity adapter’s vault would pay out.',
    'with a liquidity adapter of an unknown sort nobody knows what could leave, and `liquidity_usd` is not told.',
  ],
  upstream: 'chain',
  make: ({ vault, price_feed: feed }, context) => {
    const dollars = dollarsOf(context, feed);
    return {
      yields: [
        ...plain(['supplied_usd', 'liquidity_usd', 'utilization_ratio']),
        ...(['exposure_usd', 'cap_usd'] as const).map((metric) => ({ metric, open: true as const })),
        ...[...ROLES, 'liquidity_adapter', 'adapters'].map((parameter) => ({
          metric: 'parameter_value' as const,
          labels: { parameter },
        })),
        { metric: 'parameter_value', labels: { parameter: 'exit_penalty' }, open: true },
      ],
      labels: { protocol: 'morpho-vault-v2', vault: lower(vault), venue: `morpho-vault-v2:${lower(vault)}` },
      collect: async (io) => {
        const asset = await io.evm.fact<Hex>(vault, ASSET);
        const decimals = await decimalsOf(io, asset);
        const [price, total, free, adapters] = await Promise.all([
          dollars(io),
          io.evm.read<bigint>(vault, TOTAL_ASSETS),
          freeAssets(io, vault, asset),
          adaptersOf(io, vault),
        ]);
        const usd = (units: bigint) => toNumber(units, decimals) * price;
        const liquidity = free === undefined ? undefined : usd(free < total ? free : total);
        return [
          { metric: 'supplied_usd', value: usd(total) },
          ...some('liquidity_usd', liquidity),
          ...some(
            'utilization_ratio',
            total > 0n && liquidity !== undefined ? Math.max(0, 1 - liquidity / usd(total)) : undefined,
          ),
          ...adapters.flatMap((each) => adapterSamples(each, vault, usd)),
          ...(await settingsOf(io, vault, adapters)),
        ];
      },
    };
  },
};

/** Idle assets, and what the vault behind the liquidity adapter would pay out; `undefined` when that is of another sort. */
async function freeAssets(io: SourceIo, vault: Hex, asset: Hex): Promise<bigint | undefined> {
  const [idle, adapter] = await Promise.all([
    io.evm.read<bigint>(asset, BALANCE_OF, [vault]),
    io.evm.read<Hex>(vault, LIQUIDITY_ADAPTER),
  ]);
  if (adapter === NOBODY) return idle;
  try {
    const inner = await io.evm.fact<Hex>(adapter, INNER_VAULT);
    return idle + (await io.evm.read<bigint>(inner, MAX_WITHDRAW, [adapter]));
  } catch (error) {
    if (error instanceof CallReverted || (error instanceof SourceError && !error.retryable)) return undefined;
    throw error;
  }
}

interface Adapter {
  readonly address: Hex;
  readonly allocation: bigint;
  readonly cap: bigint;
  /** Share of what is pulled out by force. */
  readonly penalty: number;
}

async function adaptersOf(io: SourceIo, vault: Hex): Promise<readonly Adapter[]> {
  const length = await io.evm.read<bigint>(vault, LENGTH);
  return Promise.all(
    Array.from({ length: Number(length) }, async (_, index) => {
      const address = await io.evm.read<Hex>(vault, ADAPTER, [BigInt(index)]);
      const id = adapterId(address);
      const [allocation, cap, penalty] = await Promise.all([
        io.evm.read<bigint>(vault, ALLOCATION, [id]),
        io.evm.read<bigint>(vault, CAP, [id]),
        io.evm.read<bigint>(vault, PENALTY, [address]),
      ]);
      return { address, allocation, cap, penalty: Number(penalty) / 1e18 };
    }),
  );
}

/** An adapter's own id: `keccak256(abi.encode("this", adapter))`. */
function adapterId(adapter: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: 'string' }, { type: 'address' }], ['this', adapter]));
}

function adapterSamples(
  { address, allocation, cap, penalty }: Adapter,
  vault: Hex,
  usd: (units: bigint) => number,
): readonly RawSample[] {
  const venue = `adapter:${lower(address)}`;
  return [
    { metric: 'exposure_usd', labels: { holder: lower(vault), venue }, value: usd(allocation) },
    ...some('cap_usd', cap >= NO_CAP ? undefined : usd(cap), { side: 'supply', venue }),
    { metric: 'parameter_value', labels: { parameter: 'exit_penalty', venue }, value: penalty },
  ];
}

async function settingsOf(io: SourceIo, vault: Hex, adapters: readonly Adapter[]): Promise<readonly RawSample[]> {
  const addresses = await Promise.all([
    ...ROLES.map(async (role) => io.evm.read<Hex>(vault, `function ${role}() view returns (address)`)),
    io.evm.read<Hex>(vault, LIQUIDITY_ADAPTER),
  ]);
  const names = [...ROLES, 'liquidity_adapter'];
  const all = `0x${adapters.map(({ address }) => address.slice(2)).join('') || '0'}`;
  return [
    ...names.map((parameter, index): RawSample => {
      return { metric: 'parameter_value', labels: { parameter }, value: addressNumber(addresses[index]!) };
    }),
    { metric: 'parameter_value', labels: { parameter: 'adapters' }, value: addressNumber(all) },
  ];
}
