import { maxUint256 } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import { compiled } from '../../../demo/chain/artifacts.ts';
import type { Asset } from '../../../src/model/rule.ts';
import { metamorpho_vault, morpho_market, morpho_vault_v2 } from '../../../src/sources/index.ts';
import { deployFeed } from './aaveWorld.ts';
import { assetAt, chainAt, collectFrom, seriesOf, sourceOf, type TestChain } from './chain.ts';
import { compile } from './compile.ts';
import { deployMorpho, type MorphoWorld } from './morphoWorld.ts';

const MILLION = 1_000_000_000_000n;
const LENDER = '0x00000000000000000000000000000000000000aa';

let node: Node;
let chain: TestChain;
let usdc: Contract;
let xusd: Contract;
let world: MorphoWorld;
let reference: Awaited<ReturnType<typeof deployFeed>>;
let assets: { readonly usdc: Asset; readonly xusd: Asset };

beforeAll(async () => {
  node = await startNode();
  usdc = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  xusd = await node.deploy(compiled().Token, ['Stream', 'xUSD', 6]);
  world = await deployMorpho(node, usdc, xusd);
  reference = await deployFeed(node, 'xUSD / USD', 1.26);
  for (const token of [usdc, xusd]) {
    await node.send(token, 'mint', [OWNER, 10n * MILLION]);
    await node.send(token, 'approve', [world.morpho.address, maxUint256]);
  }
  assets = { usdc: assetAt('usdc', usdc.address, 'usd'), xusd: assetAt('xusd', xusd.address, 'nav') };
  chain = chainAt(node.url);
}, 180_000);

afterAll(() => node.stop());

const market = (more: Record<string, unknown> = {}) =>
  sourceOf(
    morpho_market,
    {
      id: world.id,
      morpho: world.morpho.address,
      accounts: [OWNER, LENDER],
      reference: { [xusd.address]: reference.feed.address },
      ...more,
    },
    { asset: assets.usdc, assets: [assets.usdc, assets.xusd] },
  );
const read = async (source: ReturnType<typeof sourceOf>) => {
  const [reading] = await collectFrom(chain, [source]);
  expect(reading!.error).toBeUndefined();
  return seriesOf(reading!);
};
const borrow = (amount: bigint) => node.send(world.morpho, 'borrow', [world.params, amount, 0n, OWNER, OWNER]);

describe('morpho_market, through a collapse of the collateral', () => {
  it('tells no utilization of a market that nobody has supplied', async () => {
    const values = await read(market());
    expect(values).toMatchObject({ supplied_usd: 0, borrowed_usd: 0, liquidity_usd: 0, lltv_ratio: 0.915 });
    expect(values).not.toHaveProperty('utilization_ratio');
    expect(values).not.toHaveProperty('top_holder_ratio borrow');
  });

  it('reads what is supplied, lent and left at 95 % and at 100 %, and who lends', async () => {
    await node.send(world.morpho, 'supply', [world.params, MILLION, 0n, LENDER, '0x']);
    await node.send(world.morpho, 'supplyCollateral', [world.params, MILLION, OWNER, '0x']);
    await borrow((MILLION * 95n) / 100n);
    const values = await read(market());
    expect(values).toMatchObject({
      supplied_usd: expect.closeTo(1_000_000, 0),
      borrowed_usd: expect.closeTo(950_000, 0),
      liquidity_usd: 50_000,
      utilization_ratio: expect.closeTo(0.95, 6),
      oracle_price_usd: 1.265,
      collateral_usd: 1_265_000,
      'bad_debt_usd oracle': 0,
      'bad_debt_usd market': 0,
      'top_holder_ratio borrow': expect.closeTo(1, 6),
      accounts_covered_ratio: expect.closeTo(1, 6),
      [`exposure_usd ${LENDER}`]: expect.closeTo(1_000_000, 0),
    });
    // Morpho's own test model: the rate of a year is the utilization.
    expect(values['borrow_apr_ratio']).toBeCloseTo(0.95, 4);
    expect(values['supply_apr_ratio']).toBeCloseTo(0.95 * 0.95, 4);
    await borrow(MILLION - (MILLION * 95n) / 100n);
    const full = await read(market());
    expect(full['liquidity_usd']).toBe(0);
    expect(full['utilization_ratio']).toBeCloseTo(1, 6);
  });

  it('accrues to the block, as the contract itself does when it is touched', async () => {
    const { timestamp } = await node.client.getBlock();
    const later = Number(timestamp) + 30 * 86_400;
    await node.mineAt(later);
    const untouched = await read(market());
    const snapshot = await node.client.snapshot();
    await node.setTime(later + 1);
    await node.send(world.morpho, 'accrueInterest', [world.params]);
    const touched = await read(market());
    const [supplied, , borrowed] = await node.read<readonly bigint[]>(world.morpho, 'market', [world.id]);
    expect(touched['borrowed_usd']).toBeCloseTo(Number(borrowed) / 1e6, 6);
    expect(touched['supplied_usd']).toBeCloseTo(Number(supplied) / 1e6, 6);
    // A second more of interest.
    expect(touched['borrowed_usd']! / untouched['borrowed_usd']! - 1).toBeLessThan(1e-7);
    expect(untouched['borrowed_usd']).toBeGreaterThan(1_080_000);
    await node.client.revert({ id: snapshot });
  });

  it('finds bad debt at the market while a hard-coded oracle still knows none', async () => {
    await reference.set(0.43);
    const values = await read(market());
    expect(values['bad_debt_usd oracle']).toBe(0);
    expect(values['bad_debt_usd market']).toBeCloseTo(values['borrowed_usd']! - 430_000, 0);
  });

  it('finds it at the oracle too once that follows', async () => {
    await node.send(world.oracle, 'setPrice', [43n * 10n ** 34n]);
    const values = await read(market());
    expect(values['oracle_price_usd']).toBeCloseTo(0.43, 9);
    expect(values['bad_debt_usd oracle']).toBeCloseTo(values['borrowed_usd']! - 430_000, 0);
  });

  it('finds the borrowers in the logs', async () => {
    const named = await read(market());
    const found = await read(market({ accounts: [], borrowers_from: 0 }));
    for (const name of ['bad_debt_usd oracle', 'bad_debt_usd market', 'collateral_usd', 'accounts_covered_ratio'])
      expect(found[name]).toBe(named[name]);
    expect(found['top_holder_ratio borrow']).toBeCloseTo(1, 6);
  });

  it('keeps telling the rest when the oracle reverts or its prices are unknown', async () => {
    const snapshot = await node.client.snapshot();
    await node.client.setCode({ address: world.oracle.address, bytecode: '0x60006000fd' });
    const values = await read(market({ reference: { [usdc.address]: reference.feed.address } }));
    expect(values).toMatchObject({ liquidity_usd: 0, call_reverted_bool: 0 });
    for (const name of ['oracle_price_usd', 'collateral_usd', 'bad_debt_usd oracle', 'bad_debt_usd market']) {
      expect(values).not.toHaveProperty(name);
    }
    await node.client.revert({ id: snapshot });
  });

  it('refuses an id that Morpho answers with zeros, and an asset that the market does not lend', async () => {
    const [unknown] = await collectFrom(chain, [market({ id: `0x${'11'.repeat(32)}` })]);
    expect(unknown!.error).toMatch(/has no market "0x1+" on ethereum\. Check the id and the chain\./);
    const wrong = sourceOf(
      morpho_market,
      { id: world.id, morpho: world.morpho.address, price_feed: reference.feed.address },
      { asset: assets.xusd },
    );
    const [other] = await collectFrom(chain, [wrong]);
    expect(other!.error).toMatch(/lends 0x\w+, but asset "xusd" is 0x\w+\./);
  });

  it('asks how the loan is valued', () => {
    const options = { id: world.id };
    expect(() => sourceOf(morpho_market, options, { asset: assets.xusd })).toThrow(
      /The peg of asset "xusd" is not usd/,
    );
    expect(() => sourceOf(morpho_market, options)).toThrow(/There is no `asset`/);
  });
});

describe('metamorpho_vault, a stand-in that lends into the real Morpho', () => {
  it('tells that nobody can leave while total assets grow', async () => {
    const { MetaMorphoStandIn } = compile(['Lending.sol']);
    const vault = await node.deploy(MetaMorphoStandIn!, [world.morpho.address, usdc.address]);
    const source = sourceOf(
      metamorpho_vault,
      { vault: vault.address },
      { asset: assets.usdc, assets: [assets.usdc, assets.xusd] },
    );
    await node.send(usdc, 'mint', [vault.address, 600_000_000_000n]);
    await node.send(vault, 'report', [600_000_000_000n]);
    await node.send(vault, 'allocate', [world.id, 500_000_000_000n]);
    const open = await read(source);
    expect(open).toMatchObject({
      supplied_usd: 600_000,
      liquidity_usd: expect.closeTo(600_000, 0),
      utilization_ratio: expect.closeTo(0, 6),
      'cap_usd supply': 2_000_000,
      'parameter_value timelock': 86_400,
      'parameter_value fee': 0.1,
      'parameter_value curator': 0xc0,
    });
    expect(open[`exposure_usd ${vault.address.toLowerCase()}`]).toBeCloseTo(500_000, 0);
    await node.send(world.oracle, 'setPrice', [10n ** 37n]);
    await borrow(500_000_000_000n);
    await node.send(vault, 'report', [605_000_000_000n]);
    await node.send(vault, 'setTimelock', [0n]);
    const stuck = await read(source);
    expect(stuck).toMatchObject({ supplied_usd: 605_000, 'parameter_value timelock': 0 });
    expect(stuck['liquidity_usd']).toBeCloseTo(100_000, 0);
    expect(stuck['utilization_ratio']).toBeCloseTo(1 - 100_000 / 605_000, 5);
    expect(stuck['parameter_value withdraw_queue']).toBe(open['parameter_value withdraw_queue']);
  });
});

describe('morpho_vault_v2, a stand-in', () => {
  it('reads what could leave from its adapter, not from maxWithdraw', async () => {
    const { VaultV2StandIn } = compile(['Lending.sol']);
    const vault = await node.deploy(VaultV2StandIn!, [usdc.address]);
    const source = sourceOf(morpho_vault_v2, { vault: vault.address }, { asset: assets.usdc });
    await node.send(usdc, 'mint', [vault.address, 100_000_000_000n]);
    await node.send(vault, 'set', [400_000_000_000n, 300_000_000_000n]);
    expect(await read(source)).toMatchObject({
      supplied_usd: 500_000,
      liquidity_usd: 400_000,
      utilization_ratio: expect.closeTo(0.2, 9),
      [`exposure_usd ${vault.address.toLowerCase()}`]: 400_000,
      'cap_usd supply': 5_000_000,
      'parameter_value exit_penalty': 0.02,
      'parameter_value curator': 0xc0,
    });
    await node.send(vault, 'set', [400_000_000_000n, 0n]);
    await node.send(vault, 'appoint', [LENDER, usdc.address]);
    const changed = await read(source);
    expect(changed['parameter_value curator']).toBe(0xaa);
    expect(changed).not.toHaveProperty('liquidity_usd');
  });
});
