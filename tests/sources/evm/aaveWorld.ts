import { createRequire } from 'node:module';
import type { Address, Hex } from 'viem';
import { published, type Artifact } from '../../../demo/chain/artifacts.ts';
import { OWNER, type Contract, type Node } from '../../../demo/chain/node.ts';

const require = createRequire(import.meta.url);
const NOBODY = '0x0000000000000000000000000000000000000000';
const RAY = 10n ** 27n;
const CHAINLINK = '@chainlink/contracts/abi/v0.6';

/** A real Chainlink FluxAggregator behind its real proxy, with 8 decimals. */
export async function deployFeed(node: Node, what: string, price: number) {
  const aggregator = await deployAggregator(node, what);
  const feed = await node.deploy(published(`${CHAINLINK}/EACAggregatorProxy.json`), [aggregator.address, NOBODY]);
  let round = 0n;
  const set = async (value: number) => {
    round += 1n;
    await node.send(aggregator, 'submit', [round, BigInt(Math.round(value * 1e8))]);
  };
  await set(price);
  return { feed, aggregator, set };
}

/** An aggregator without any round, which the owner of the node may write. */
export async function deployAggregator(node: Node, what: string): Promise<Contract> {
  const terms = [NOBODY, 0n, 300, NOBODY, 1n, 10n ** 30n, 8, what];
  const aggregator = await node.deploy(published(`${CHAINLINK}/FluxAggregator.json`), terms);
  await node.send(aggregator, 'changeOracles', [[], [OWNER], [OWNER], 1, 1, 0]);
  return aggregator;
}

interface Linked extends Artifact {
  readonly linkReferences?: Readonly<
    Record<string, Readonly<Record<string, readonly { start: number; length: number }[]>>>
  >;
}

function aave(path: string): Linked {
  const name = path.split('/').at(-1);
  return require(`@aave/core-v3/artifacts/contracts/${path}.sol/${name}.json`) as Linked;
}

function link(artifact: Linked, libraries: Readonly<Record<string, Address>>): Artifact {
  let code: string = artifact.bytecode;
  for (const file of Object.values(artifact.linkReferences ?? {})) {
    for (const [name, places] of Object.entries(file)) {
      for (const { start, length } of places) {
        code =
          code.slice(0, 2 + start * 2) + libraries[name]!.slice(2).toLowerCase() + code.slice(2 + (start + length) * 2);
      }
    }
  }
  return { abi: artifact.abi, bytecode: code as Hex };
}

/** Deploys Aave's own v3 contracts as one market of these tokens, each priced by a Chainlink feed. */
export async function deployAave(node: Node, listed: readonly { readonly token: Contract; readonly feed: Contract }[]) {
  const libraries: Record<string, Address> = {};
  const logic = (name: string) => aave(`protocol/libraries/logic/${name}`);
  for (const name of [
    'BorrowLogic',
    'SupplyLogic',
    'BridgeLogic',
    'EModeLogic',
    'LiquidationLogic',
    'PoolLogic',
    'ConfiguratorLogic',
  ]) {
    libraries[name] = (await node.deploy(logic(name))).address;
  }
  libraries['FlashLoanLogic'] = (await node.deploy(link(logic('FlashLoanLogic'), libraries))).address;
  const provider = await node.deploy(aave('protocol/configuration/PoolAddressesProvider'), ['test', OWNER]);
  await node.send(provider, 'setACLAdmin', [OWNER]);
  const acl = await node.deploy(aave('protocol/configuration/ACLManager'), [provider.address]);
  await node.send(provider, 'setACLManager', [acl.address]);
  for (const role of ['addPoolAdmin', 'addAssetListingAdmin', 'addEmergencyAdmin', 'addRiskAdmin']) {
    await node.send(acl, role, [OWNER]);
  }
  const { pool, configurator } = await deployPool(node, provider, libraries);
  const data = await node.deploy(aave('misc/AaveProtocolDataProvider'), [provider.address]);
  await node.send(provider, 'setPoolDataProvider', [data.address]);
  const tokens = listed.map(({ token }) => token.address);
  const feeds = listed.map(({ feed }) => feed.address);
  const oracle = await node.deploy(aave('misc/AaveOracle'), [
    provider.address,
    tokens,
    feeds,
    NOBODY,
    NOBODY,
    10n ** 8n,
  ]);
  await node.send(provider, 'setPriceOracle', [oracle.address]);
  await listReserves(node, { provider, pool, configurator, tokens });
  return { provider, pool, configurator, data, oracle };
}

async function deployPool(node: Node, provider: Contract, libraries: Readonly<Record<string, Address>>) {
  const behind = async (path: string, getter: string, setter: string, args: readonly unknown[]) => {
    const code = await node.deploy(link(aave(path), libraries), args);
    await node.send(code, 'initialize', [provider.address]);
    await node.send(provider, setter, [code.address]);
    return { address: await node.read<Address>(provider, getter), abi: code.abi };
  };
  const pool = await behind('protocol/pool/Pool', 'getPool', 'setPoolImpl', [provider.address]);
  const configurator = await behind(
    'protocol/pool/PoolConfigurator',
    'getPoolConfigurator',
    'setPoolConfiguratorImpl',
    [],
  );
  return { pool, configurator };
}

function percent(value: number): bigint {
  return (RAY * BigInt(value)) / 100n;
}

async function listReserves(
  node: Node,
  {
    provider,
    pool,
    configurator,
    tokens,
  }: { provider: Contract; pool: Contract; configurator: Contract; tokens: readonly Address[] },
): Promise<void> {
  const terms = [
    percent(90),
    0n,
    percent(6),
    percent(60),
    percent(2),
    percent(60),
    percent(1),
    percent(8),
    percent(20),
  ];
  const rates = await node.deploy(aave('protocol/pool/DefaultReserveInterestRateStrategy'), [
    provider.address,
    ...terms,
  ]);
  const code: Contract[] = [];
  for (const name of ['AToken', 'StableDebtToken', 'VariableDebtToken']) {
    code.push(await node.deploy(aave(`protocol/tokenization/${name}`), [pool.address]));
  }
  const named = (token: Address) => ({
    aTokenImpl: code[0]!.address,
    stableDebtTokenImpl: code[1]!.address,
    variableDebtTokenImpl: code[2]!.address,
    underlyingAssetDecimals: 6,
    interestRateStrategyAddress: rates.address,
    underlyingAsset: token,
    treasury: OWNER,
    incentivesController: NOBODY,
    aTokenName: 'a',
    aTokenSymbol: 'a',
    variableDebtTokenName: 'v',
    variableDebtTokenSymbol: 'v',
    stableDebtTokenName: 's',
    stableDebtTokenSymbol: 's',
    params: '0x',
  });
  await node.send(configurator, 'initReserves', [tokens.map(named)]);
  for (const token of tokens) {
    await node.send(configurator, 'configureReserveAsCollateral', [token, 8500n, 9000n, 10_500n]);
    await node.send(configurator, 'setReserveBorrowing', [token, true]);
    await node.send(configurator, 'setReserveFactor', [token, 1000n]);
    await node.send(configurator, 'setSupplyCap', [token, 5_000_000n]);
  }
}
