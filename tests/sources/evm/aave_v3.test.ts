import { maxUint256 } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../demo/chain/artifacts.ts';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import type { Asset } from '../../../src/model/rule.ts';
import { aave_v3_accounts, aave_v3_reserve } from '../../../src/sources/index.ts';
import { deployAave, deployFeed } from './aaveWorld.ts';
import { assetAt, chainAt, collectFrom, seriesOf, sourceOf, type TestChain } from './chain.ts';

const UNIT = 1_000_000n;
const LENDER = '0x00000000000000000000000000000000000000aa';
const MILLION = 1_000_000n * UNIT;

let node: Node;
let chain: TestChain;
let usdc: Contract;
let xusd: Contract;
let market: Awaited<ReturnType<typeof deployAave>>;
let oracle: Awaited<ReturnType<typeof deployFeed>>;
let reference: Awaited<ReturnType<typeof deployFeed>>;
let assets: { readonly usdc: Asset; readonly xusd: Asset };

beforeAll(async () => {
  node = await startNode();
  usdc = await node.deploy(compiled().Token, ['USD Coin', 'USDC', 6]);
  xusd = await node.deploy(compiled().Token, ['Stream', 'xUSD', 6]);
  const dollar = await deployFeed(node, 'USDC / USD', 1);
  oracle = await deployFeed(node, 'xUSD / USD', 1.265);
  reference = await deployFeed(node, 'xUSD / USD elsewhere', 1.26);
  market = await deployAave(node, [
    { token: usdc, feed: dollar.feed },
    { token: xusd, feed: oracle.feed },
  ]);
  for (const token of [usdc, xusd]) {
    await node.send(token, 'mint', [OWNER, 10n * MILLION]);
    await node.send(token, 'approve', [market.pool.address, maxUint256]);
  }
  assets = { usdc: assetAt('usdc', usdc.address, 'usd'), xusd: assetAt('xusd', xusd.address, 'nav') };
  chain = chainAt(node.url);
});

afterAll(() => node.stop());

const reserve = (asset: Asset) => sourceOf(aave_v3_reserve, { provider: market.provider.address }, { asset });
const accounts = () =>
  sourceOf(
    aave_v3_accounts,
    {
      provider: market.provider.address,
      accounts: [OWNER],
      reference: { [usdc.address]: reference.feed.address, [xusd.address]: reference.feed.address },
    },
    { assets: [assets.usdc, assets.xusd] },
  );
const read = async (source: ReturnType<typeof sourceOf>) => {
  const [reading] = await collectFrom(chain, [source]);
  expect(reading!.error).toBeUndefined();
  return seriesOf(reading!);
};
const borrow = (tokens: bigint) => node.send(market.pool, 'borrow', [usdc.address, tokens * UNIT, 2n, 0, OWNER]);
const owed = async () => Number(await node.read<bigint>(market.data, 'getTotalDebt', [usdc.address])) / 1e6;
const near = (value: number) => expect.closeTo(value, 2);

describe('aave_v3_reserve and aave_v3_accounts, through a collapse of the collateral', () => {
  it('tell no utilization of a reserve that nobody has supplied', async () => {
    const values = await read(reserve(assets.usdc));
    expect(values).toMatchObject({ supplied_usd: 0, borrowed_usd: 0, liquidity_usd: 0, oracle_price_usd: 1 });
    expect(values).not.toHaveProperty('utilization_ratio');
  });

  it('read what is supplied, lent and left at 95 % and at 100 %', async () => {
    await node.send(market.pool, 'supply', [usdc.address, MILLION, LENDER, 0]);
    await node.send(market.pool, 'supply', [xusd.address, MILLION, OWNER, 0]);
    await borrow(950_000n);
    expect(await read(reserve(assets.usdc))).toMatchObject({
      supplied_usd: near(1_000_000),
      borrowed_usd: near(950_000),
      liquidity_usd: near(50_000),
      utilization_ratio: expect.closeTo(0.95, 6),
      lltv_ratio: 0.9,
      'cap_usd supply': 5_000_000,
      redemption_paused_bool: 0,
      // Base 0, 6 % at the kink of 90 %, 60 % over the last tenth.
      borrow_apr_ratio: expect.closeTo(0.06 + 0.6 * 0.5, 4),
    });
    await borrow(50_000n);
    const full = await read(reserve(assets.usdc));
    expect(full).toMatchObject({ liquidity_usd: 0, utilization_ratio: 1 });
    expect(full['borrow_apr_ratio']).toBeCloseTo(0.66, 4);
    expect(full['supply_apr_ratio']).toBeCloseTo(0.66 * 0.9, 4);
    expect(full).not.toHaveProperty('cap_usd borrow');
  });

  it('count interest up to the block, and never more lent than supplied', async () => {
    const { timestamp } = await node.client.getBlock();
    await node.mineAt(Number(timestamp) + 30 * 86_400);
    const values = await read(reserve(assets.usdc));
    expect(values['borrowed_usd']).toBeCloseTo(await owed(), 2);
    expect(values['borrowed_usd']).toBeGreaterThan(1_050_000);
    expect(values['utilization_ratio']).toBe(1);
  });

  it('find bad debt at the market while a hard-coded oracle still knows none', async () => {
    await reference.set(0.43);
    expect(await read(accounts())).toMatchObject({
      'bad_debt_usd oracle': 0,
      'bad_debt_usd market': expect.closeTo((await owed()) - 430_000, 0),
      debt_usd: near(await owed()),
      collateral_usd: near(1_265_000),
      'top_holder_ratio borrow': 1,
      accounts_covered_ratio: 1,
    });
  });

  it('find it at the oracle too once that follows', async () => {
    await oracle.set(0.43);
    const values = await read(accounts());
    expect(values['bad_debt_usd oracle']).toBeCloseTo((await owed()) - 430_000, 0);
    expect(values['collateral_usd']).toBeCloseTo(430_000, 2);
    expect(await read(reserve(assets.xusd))).toMatchObject({ oracle_price_usd: 0.43, supplied_usd: near(430_000) });
  });

  it('see a paused reserve', async () => {
    await node.send(market.configurator, 'setReservePause', [usdc.address, true]);
    expect(await read(reserve(assets.usdc))).toMatchObject({ redemption_paused_bool: 1, utilization_ratio: 1 });
  });

  it('refuse an asset that is not listed', async () => {
    const other = await node.deploy(compiled().Token, ['Other', 'OTH', 6]);
    const [reading] = await collectFrom(chain, [reserve(assetAt('other', other.address))]);
    expect(seriesOf(reading!)).not.toHaveProperty('supplied_usd');
    expect(seriesOf(reading!)).toMatchObject({ call_reverted_bool: 1 });
  });
});
