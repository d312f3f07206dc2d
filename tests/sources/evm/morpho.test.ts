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

  it('claims nothing of a pause, since Morpho Blue has none', async () => {
    expect(market().made.yields.map(({ metric }) => metric)).not.toContain('redemption_paused_bool');
    expect(await read(market())).not.toHaveProperty('redemption_paused_bool');
  });

  it('asks how the loan is valued', () => {
    const options = { id: world.id };
    expect(() => sourceOf(morpho_market, options, { asset: assets.xusd })).toThrow(
      /The peg of asset "xusd" is not usd/,
    );
    expect(() => sourceOf(morpho_market, options)).toThrow(/There is no `asset`/);
  });
});

describe('metamorpho_vault, a stand-in that lends into the real Morpho, through a collapse of the collateral', () => {
  let own: MorphoWorld;
  let vault: Contract;
  let exposure: string;

  const inVault = () => {
    const known = { asset: assets.usdc, assets: [assets.usdc, assets.xusd] };
    return read(sourceOf(metamorpho_vault, { vault: vault.address }, known));
  };
  const lend = (amount: bigint) => node.send(own.morpho, 'borrow', [own.params, amount, 0n, OWNER, OWNER]);
  /** What the vault's shares of the market are worth, as Morpho itself counts. */
  const worth = async () => {
    const [supplied, shares] = await node.read<readonly bigint[]>(own.morpho, 'market', [own.id]);
    const [held] = await node.read<readonly bigint[]>(own.morpho, 'position', [own.id, vault.address]);
    return Number((held! * (supplied! + 1n)) / (shares! + 1_000_000n)) / 1e6;
  };

  beforeAll(async () => {
    own = await deployMorpho(node, usdc, xusd);
    vault = await node.deploy(compile(['Lending.sol'])['MetaMorphoStandIn']!, [own.morpho.address, usdc.address]);
    exposure = `exposure_usd ${vault.address.toLowerCase()}`;
    for (const token of [usdc, xusd]) await node.send(token, 'approve', [own.morpho.address, maxUint256]);
    await node.send(usdc, 'mint', [vault.address, (MILLION * 11n) / 10n]);
    await node.send(vault, 'allocate', [own.id, MILLION]);
    await node.send(own.morpho, 'supplyCollateral', [own.params, MILLION, OWNER, '0x']);
  });

  it('reads what is lent where, and who may change it', async () => {
    expect(await inVault()).toMatchObject({
      supplied_usd: expect.closeTo(1_100_000, 0),
      liquidity_usd: expect.closeTo(1_100_000, 0),
      utilization_ratio: expect.closeTo(0, 6),
      [exposure]: expect.closeTo(1_000_000, 0),
      'cap_usd supply': 2_000_000,
      'parameter_value timelock': 86_400,
      'parameter_value fee': 0.1,
      'parameter_value curator': 0xc0,
    });
  });

  it('reads what could leave at 95 % and at 100 % of its market', async () => {
    await lend((MILLION * 95n) / 100n);
    const most = await inVault();
    expect(most['liquidity_usd']).toBeCloseTo(150_000, 0);
    expect(most['utilization_ratio']).toBeCloseTo(1 - 150_000 / 1_100_000, 5);
    await lend((MILLION * 5n) / 100n);
    expect((await inVault())['liquidity_usd']).toBeCloseTo(100_000, 0);
  });

  it('tells that nobody more can leave while total assets grow', async () => {
    const { timestamp } = await node.client.getBlock();
    await node.setTime(Number(timestamp) + 30 * 86_400);
    await node.send(own.morpho, 'accrueInterest', [own.params]);
    const later = await inVault();
    expect(later['supplied_usd']).toBeCloseTo(100_000 + (await worth()), 4);
    expect(later['supplied_usd']).toBeGreaterThan(1_180_000);
    expect(later['liquidity_usd']).toBeCloseTo(100_000, 0);
    expect(later['utilization_ratio']).toBeCloseTo(1 - 100_000 / later['supplied_usd']!, 5);
  });

  it('says nothing of a collapse that a hard-coded oracle does not know, and names the collateral it stands in', async () => {
    const before = await inVault();
    await reference.set(0.43);
    const hidden = await inVault();
    expect(hidden['supplied_usd']! / before['supplied_usd']!).toBeCloseTo(1, 6);
    expect(hidden[exposure]! / before[exposure]!).toBeCloseTo(1, 6);
  });

  it('loses what a liquidation at the true price leaves unpaid', async () => {
    await node.send(own.oracle, 'setPrice', [43n * 10n ** 34n]);
    const [, , owed] = await node.read<readonly bigint[]>(own.morpho, 'market', [own.id]);
    const before = await node.read<bigint>(usdc, 'balanceOf', [OWNER]);
    await node.send(own.morpho, 'liquidate', [own.params, OWNER, MILLION, 0n, '0x']);
    const paid = Number(before - (await node.read<bigint>(usdc, 'balanceOf', [OWNER]))) / 1e6;
    const left = await inVault();
    expect(paid).toBeGreaterThan(400_000);
    expect(left['supplied_usd']).toBeCloseTo(100_000 + (await worth()), 4);
    expect(left[exposure]).toBeCloseTo(paid, 0);
    expect(Number(owed) / 1e6 - paid).toBeGreaterThan(600_000);
    expect(left['utilization_ratio']).toBeCloseTo(0, 5);
  });

  it('tells of a cap of 0 and a timelock that is gone, and claims no pause, since exits cannot be stopped', async () => {
    await node.send(vault, 'setCap', [0n]);
    await node.send(vault, 'setTimelock', [0n]);
    const closed = await inVault();
    expect(closed).toMatchObject({ 'cap_usd supply': 0, 'parameter_value timelock': 0 });
    expect(closed).not.toHaveProperty('redemption_paused_bool');
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
