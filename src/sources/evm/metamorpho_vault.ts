import { z } from 'zod';
import { evmAddress } from '../../model/schema.ts';
import type { Hex, RawSample, SourceIo, SourceKind } from '../../model/source.ts';
import { addressNumber } from './addressNumber.ts';
import { dollarsOf, type Dollars } from './dollars.ts';
import { BALANCE_OF, decimalsOf, toNumber } from './erc20.ts';
import { assetNames, lower, plain, priceFeed, some } from './lending.ts';
import { readMorphoMarket, readMorphoPosition, type MorphoMarket } from './morpho.ts';

const ASSET = 'function asset() view returns (address)';
const TOTAL_ASSETS = 'function totalAssets() view returns (uint256)';
const MORPHO = 'function MORPHO() view returns (address)';
const QUEUE_LENGTH = 'function withdrawQueueLength() view returns (uint256)';
const QUEUE = 'function withdrawQueue(uint256) view returns (bytes32)';
const CONFIG = 'function config(bytes32) view returns (uint184, bool, uint64)';
const ROLES = { curator: 'curator', owner: 'owner', guardian: 'guardian' } as const;
const TIMELOCK = 'function timelock() view returns (uint256)';
const FEE = 'function fee() view returns (uint96)';
const NO_CAP = 2n ** 184n - 1n;

const options = z.strictObject({
  vault: evmAddress().describe('the MetaMorpho vault (Morpho Vault V1)'),
  price_feed: priceFeed,
});

export const metamorpho_vault: SourceKind<z.infer<typeof options>> = {
  kind: 'metamorpho_vault',
  about:
    'A MetaMorpho vault: where its deposits are lent and against which collateral, what could leave now, caps, and who may change that.',
  reads: 'evm',
  options,
  needs: ['chain'],
  metrics: ['supplied_usd', 'liquidity_usd', 'utilization_ratio', 'exposure_usd', 'cap_usd', 'parameter_value'],
  traps: [
    'exits cannot be paused: a guardian revokes what is pending, and a cap of 0 (`cap_usd`) stops new deposits only.',
    'share price and total assets keep growing while nobody can leave: `liquidity_usd` is what the markets would pay out.',
    '`exposure_usd` is by market: `asset` is its collateral, `venue` the market, `holder` the vault.',
    'roles are told as numbers that change with the address (parameter_value); a number is no balance.',
  ],
  upstream: 'chain',
  make: ({ vault, price_feed: feed }, context) => {
    const dollars = dollarsOf(context, feed);
    const nameOf = assetNames(context);
    const parameters = [...Object.keys(ROLES), 'timelock', 'fee', 'withdraw_queue'];
    return {
      yields: [
        ...plain(['supplied_usd', 'liquidity_usd', 'utilization_ratio']),
        { metric: 'exposure_usd', open: true },
        { metric: 'cap_usd', open: true },
        ...parameters.map((parameter) => ({ metric: 'parameter_value' as const, labels: { parameter } })),
      ],
      labels: { protocol: 'metamorpho', vault: lower(vault), venue: `metamorpho:${lower(vault)}` },
      collect: async (io) => {
        const [state, settings] = await Promise.all([stateOf(io, vault, dollars), settingsOf(io, vault)]);
        const { allocations, idle, total, price } = state;
        const free = allocations.reduce((sum, { free: each }) => sum + each, idle);
        return [
          { metric: 'supplied_usd', value: total * price },
          { metric: 'liquidity_usd', value: free * price },
          ...some('utilization_ratio', total > 0 ? Math.max(0, 1 - free / total) : undefined),
          ...allocations.flatMap((each) => allocationSamples(each, { vault, price, nameOf })),
          ...settings,
          { metric: 'parameter_value', labels: { parameter: 'withdraw_queue' }, value: queueNumber(allocations) },
        ];
      },
    };
  },
};

interface Allocation {
  readonly id: Hex;
  readonly collateral: Hex;
  /** Whole tokens. */
  readonly amount: number;
  /** What the market could pay out of it now. */
  readonly free: number;
  readonly cap: number | undefined;
}

async function stateOf(io: SourceIo, vault: Hex, dollars: Dollars) {
  const [morpho, asset, length] = await Promise.all([
    io.evm.fact<Hex>(vault, MORPHO),
    io.evm.fact<Hex>(vault, ASSET),
    io.evm.read<bigint>(vault, QUEUE_LENGTH),
  ]);
  const ids = Array.from({ length: Number(length) }, async (_, index) =>
    io.evm.read<Hex>(vault, QUEUE, [BigInt(index)]),
  );
  const [decimals, total, idle, price, queue] = await Promise.all([
    decimalsOf(io, asset),
    io.evm.read<bigint>(vault, TOTAL_ASSETS),
    io.evm.read<bigint>(asset, BALANCE_OF, [vault]),
    dollars(io),
    Promise.all(ids),
  ]);
  const allocations = await Promise.all(queue.map(async (id) => allocationOf(io, { vault, morpho, id, decimals })));
  return { allocations, idle: toNumber(idle, decimals), total: toNumber(total, decimals), price };
}

interface Slot {
  readonly vault: Hex;
  readonly morpho: Hex;
  readonly id: Hex;
  readonly decimals: number;
}

async function allocationOf(io: SourceIo, { vault, morpho, id, decimals }: Slot): Promise<Allocation> {
  const [market, [cap]] = await Promise.all([
    readMorphoMarket(io, morpho, id),
    io.evm.read<readonly [bigint, boolean, bigint]>(vault, CONFIG, [id]),
  ]);
  const { supplied } = await readMorphoPosition(io, { morpho, id, account: vault }, market);
  const idle = idleOf(market);
  return {
    id,
    collateral: market.params.collateralToken,
    amount: toNumber(supplied, decimals),
    free: toNumber(supplied < idle ? supplied : idle, decimals),
    cap: cap === NO_CAP ? undefined : toNumber(cap, decimals),
  };
}

function idleOf({ supplyAssets, borrowAssets }: MorphoMarket): bigint {
  return supplyAssets > borrowAssets ? supplyAssets - borrowAssets : 0n;
}

function allocationSamples(
  { id, collateral, amount, cap }: Allocation,
  { vault, price, nameOf }: { readonly vault: Hex; readonly price: number; readonly nameOf: (token: Hex) => string },
): readonly RawSample[] {
  const labels = { holder: lower(vault), asset: nameOf(collateral), venue: `morpho:${id}` };
  return [
    { metric: 'exposure_usd', labels, value: amount * price },
    ...some('cap_usd', cap === undefined ? undefined : cap * price, { side: 'supply', market: id }),
  ];
}

async function settingsOf(io: SourceIo, vault: Hex): Promise<readonly RawSample[]> {
  const role = async (name: string) =>
    addressNumber(await io.evm.read<Hex>(vault, `function ${name}() view returns (address)`));
  const [curator, owner, guardian, timelock, fee] = await Promise.all([
    role(ROLES.curator),
    role(ROLES.owner),
    role(ROLES.guardian),
    io.evm.read<bigint>(vault, TIMELOCK),
    io.evm.read<bigint>(vault, FEE),
  ]);
  const values = { curator, owner, guardian, timelock: Number(timelock), fee: Number(fee) / 1e18 };
  return Object.entries(values).map(([parameter, value]) => ({
    metric: 'parameter_value',
    labels: { parameter },
    value,
  }));
}

/** Changes with any market that joins, leaves or moves. */
function queueNumber(allocations: readonly Allocation[]): number {
  return addressNumber(
    `0x${allocations.map(({ id }, index) => (BigInt(id) * BigInt(index + 1)).toString(16)).join('')}`,
  );
}
