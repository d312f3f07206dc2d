import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER, startNode, type Contract, type Node } from '../../../demo/chain/node.ts';
import type { Artifact } from '../../../demo/chain/artifacts.ts';
import type { Source } from '../../../src/model/source.ts';
import {
  compound_v2_market,
  compound_v3_market,
  euler_vault,
  gearbox_pool,
  silo_v2_market,
} from '../../../src/sources/index.ts';
import { deployFeed } from './aaveWorld.ts';
import { assetAt, chainAt, collectFrom, seriesOf, sourceOf, type TestChain } from './chain.ts';
import { compile } from './compile.ts';

const MILLION = 1_000_000_000_000n;
const WAD = 10n ** 18n;

let node: Node;
let chain: TestChain;
let artifacts: Readonly<Record<string, Artifact>>;
let usdc: Contract;
let xusd: Contract;
let fixed: Contract;
let live: Contract;
let reference: Awaited<ReturnType<typeof deployFeed>>;

beforeAll(async () => {
  node = await startNode();
  artifacts = compile(['Lending.sol']);
  usdc = await node.deploy(artifacts['BookToken']!, ['USDC', 6]);
  xusd = await node.deploy(artifacts['BookToken']!, ['xUSD', 6]);
  fixed = await node.deploy(artifacts['FixedPrice']!);
  live = await node.deploy(artifacts['LivePrice']!, [(1265n * WAD) / 1000n]);
  reference = await deployFeed(node, 'xUSD / USD', 1.26);
  chain = chainAt(node.url);
}, 180_000);

afterAll(() => node.stop());

interface Protocol {
  readonly name: string;
  readonly contract: string;
  /** Whether accounts can be looked at one by one, and exits be switched off. */
  readonly accounts: boolean;
  readonly pauses: boolean;
  readonly lltv?: number;
  readonly source: (contract: Contract, accounts: object) => Source;
  /** Yearly borrow rate at this utilization; absent: the protocol is not asked. */
  readonly rate?: (utilization: number) => number;
}

const assets = () => {
  const [loan, collateral] = [assetAt('usdc', usdc.address, 'usd'), assetAt('xusd', xusd.address, 'nav')];
  return { asset: loan, assets: [loan, collateral] };
};

const protocols: readonly Protocol[] = [
  {
    name: 'compound_v3_market',
    contract: 'CometStandIn',
    accounts: true,
    pauses: true,
    lltv: 0.9,
    source: ({ address }, accounts) => sourceOf(compound_v3_market, { comet: address, ...accounts }, assets()),
    rate: (utilization) => utilization / 10,
  },
  {
    name: 'euler_vault',
    contract: 'EulerStandIn',
    accounts: true,
    pauses: true,
    lltv: 0.9,
    source: ({ address }, accounts) => sourceOf(euler_vault, { vault: address, ...accounts }, assets()),
    rate: () => 3.170979198e-9 * 31_556_952,
  },
  {
    name: 'silo_v2_market',
    contract: 'SiloStandIn',
    accounts: true,
    pauses: false,
    lltv: 0.9,
    source: ({ address }, accounts) =>
      sourceOf(silo_v2_market, { silo: address, lens: address, ...accounts }, assets()),
    rate: () => 0.1,
  },
  {
    name: 'compound_v2_market',
    contract: 'CTokenStandIn',
    accounts: true,
    pauses: true,
    source: ({ address }, accounts) =>
      sourceOf(compound_v2_market, { ctoken: address, pausable: true, ...accounts }, assets()),
    rate: () => 1e-8 * 2_628_000,
  },
  {
    name: 'gearbox_pool',
    contract: 'GearboxStandIn',
    accounts: true,
    pauses: true,
    source: ({ address }, accounts) => {
      const { reference: prices } = accounts as { reference?: object };
      return sourceOf(gearbox_pool, { pool: address, most_accounts: 10, reference: prices }, assets());
    },
    rate: () => 0.1,
  },
];

describe.each(protocols)('$name on a stand-in, through a collapse of the collateral', (protocol) => {
  let market: Contract;
  let source: Source;

  const read = async () => {
    const [reading] = await collectFrom(chain, [source]);
    expect(reading!.error).toBeUndefined();
    return seriesOf(reading!);
  };

  beforeAll(async () => {
    market = await node.deploy(artifacts[protocol.contract]!, [usdc.address, xusd.address, fixed.address]);
    if (protocol.contract === 'EulerStandIn') await node.send(market, 'open');
    if (protocol.contract === 'GearboxStandIn') {
      await node.send(market, 'open', [OWNER]);
      // A credit account holds its collateral itself.
      await node.send(xusd, 'mint', [OWNER, MILLION]);
    }
    await reference.set(1.26);
    await node.send(live, 'set', [(1265n * WAD) / 1000n]);
    source = protocol.source(market, { accounts: [OWNER], reference: { [xusd.address]: reference.feed.address } });
  });

  it('tells no utilization while nothing is supplied', async () => {
    const values = await read();
    expect(values).toMatchObject({ supplied_usd: 0, borrowed_usd: 0, liquidity_usd: 0 });
    expect(values).not.toHaveProperty('utilization_ratio');
  });

  it('reads 95 %, then 100 %', async () => {
    await node.send(usdc, 'mint', [market.address, MILLION]);
    await node.send(market, 'post', [OWNER, MILLION]);
    await node.send(market, 'take', [OWNER, (MILLION * 95n) / 100n]);
    const values = await read();
    expect(values).toMatchObject({
      supplied_usd: 1_000_000,
      borrowed_usd: 950_000,
      liquidity_usd: 50_000,
      utilization_ratio: 0.95,
      ...(protocol.lltv && { lltv_ratio: protocol.lltv, oracle_price_usd: 1.265 }),
      ...(protocol.accounts && { 'bad_debt_usd oracle': 0, 'bad_debt_usd market': 0, collateral_usd: 1_265_000 }),
      ...(protocol.pauses && { redemption_paused_bool: 0 }),
    });
    if (protocol.rate) expect(values['borrow_apr_ratio']).toBeCloseTo(protocol.rate(0.95), 5);
    await node.send(market, 'take', [OWNER, (MILLION * 5n) / 100n]);
    expect(await read()).toMatchObject({ liquidity_usd: 0, utilization_ratio: 1, borrowed_usd: 1_000_000 });
  });

  it('knows a hard-coded price from one that follows', async () => {
    await reference.set(0.43);
    await node.send(live, 'set', [(43n * WAD) / 100n]);
    const believed = await read();
    if (protocol.lltv) expect(believed['oracle_price_usd']).toBe(1.265);
    if (protocol.accounts) {
      expect(believed).toMatchObject({ 'bad_debt_usd oracle': 0, 'bad_debt_usd market': 570_000 });
    }
    await node.send(market, 'follow', [live.address]);
    const followed = await read();
    expect(followed['utilization_ratio']).toBe(1);
    if (protocol.lltv) expect(followed['oracle_price_usd']).toBe(0.43);
    if (protocol.accounts) {
      expect(followed).toMatchObject({ 'bad_debt_usd oracle': 570_000, collateral_usd: 430_000 });
    }
  });

  it.runIf(protocol.pauses)('sees that exits are switched off', async () => {
    await node.send(market, 'stop', [true]);
    expect(await read()).toMatchObject({ redemption_paused_bool: 1, utilization_ratio: 1 });
    await node.send(market, 'stop', [false]);
    expect(await read()).toMatchObject({ redemption_paused_bool: 0 });
  });

  it.runIf(!protocol.pauses)('claims nothing of a pause, since the protocol has none', async () => {
    expect(source.made.yields.map(({ metric }) => metric)).not.toContain('redemption_paused_bool');
    expect(await read()).not.toHaveProperty('redemption_paused_bool');
  });

  it.runIf(protocol.contract === 'EulerStandIn')('goes on without the price when its oracle reverts', async () => {
    await node.send(live, 'set', [0n]);
    const values = await read();
    expect(values).toMatchObject({ utilization_ratio: 1, call_reverted_bool: 0, 'cap_usd supply': 2_000_000 });
    expect(values).not.toHaveProperty('oracle_price_usd');
    expect(values).not.toHaveProperty('bad_debt_usd oracle');
  });

  it.runIf(protocol.contract === 'CometStandIn')(
    'takes a feed at 0 for a revert, and reserves below 0 for bad debt',
    async () => {
      await node.send(market, 'absorb', [-5_000_000n]);
      const [bare] = await collectFrom(chain, [protocol.source(market, {})]);
      expect(seriesOf(bare!)['bad_debt_usd oracle']).toBe(5);
      await node.send(live, 'set', [0n]);
      expect(await read()).toEqual({ call_reverted_bool: 1, tocsin_source_up: 1 });
    },
  );

  it.runIf(protocol.contract === 'SiloStandIn')('counts one for one where Silo has no oracle', async () => {
    await node.send(market, 'dropOracle', [true]);
    expect(await read()).toMatchObject({ oracle_price_usd: 1 });
  });
});

describe('compound_v2_market on a stand-in', () => {
  let market: Contract;
  const source = (options: object = {}) =>
    sourceOf(compound_v2_market, { ctoken: market.address, protocol: 'venus', ...options }, assets());

  beforeAll(async () => {
    market = await node.deploy(artifacts['CTokenStandIn']!, [usdc.address, xusd.address, fixed.address]);
    await node.send(usdc, 'mint', [market.address, MILLION]);
    await node.send(market, 'take', [OWNER, (MILLION * 95n) / 100n]);
    await node.send(market, 'post', [OWNER, MILLION]);
  });

  it('counts an account that owes elsewhere by this market’s share of its debt', async () => {
    await node.send(market, 'oweElsewhere', [(MILLION * 950n) / 1265n]);
    await node.send(market, 'follow', [live.address]);
    await node.send(live, 'set', [(1265n * WAD) / 1000n]);
    const even = seriesOf((await collectFrom(chain, [source({ accounts: [OWNER] })]))[0]!);
    expect(even).toMatchObject({ collateral_usd: expect.closeTo(632_500, 3) });
    expect(even['bad_debt_usd oracle']).toBeCloseTo(950_000 - 632_500, 3);
    await node.send(market, 'oweElsewhere', [0n]);
  });

  it('does not know bad debt while the collateral has no price', async () => {
    await node.send(live, 'set', [0n]);
    const values = seriesOf((await collectFrom(chain, [source({ accounts: [OWNER] })]))[0]!);
    expect(values).toMatchObject({ borrowed_usd: 950_000 });
    expect(values).not.toHaveProperty('bad_debt_usd oracle');
    expect(values).not.toHaveProperty('collateral_usd');
  });

  it('claims no pause of a comptroller that has no such switch', () => {
    expect(source().made.yields.map(({ metric }) => metric)).not.toContain('redemption_paused_bool');
  });

  it('accrues to the block and reads the comptroller’s price', async () => {
    await node.send(market, 'lag', [1_000_000_000n]);
    const from = await node.client.getBlockNumber();
    await node.client.mine({ blocks: 100 });
    const blocks = Number((await node.client.getBlockNumber()) - from);
    const borrowed = 950_000 * (1 + blocks * 1e-8);
    const [reading] = await collectFrom(chain, [source({ accounts: [OWNER] })]);
    const values = seriesOf(reading!);
    expect(values).toMatchObject({ liquidity_usd: 50_000, oracle_price_usd: 1, lltv_ratio: 0.8 });
    expect(values['borrowed_usd']).toBeCloseTo(borrowed, 3);
    expect(values['supplied_usd']).toBeCloseTo(borrowed + 50_000 - 1000, 3);
    expect(values['accounts_covered_ratio']).toBeCloseTo(1, 9);
    expect(values['borrow_apr_ratio']).toBeCloseTo(1e-8 * 2_628_000, 9);
    expect(reading!.samples[0]!.labels['protocol']).toBe('venus');
  });

  it('tells nothing in USD while the loan has no price', async () => {
    await node.send(market, 'priceLoan', [0n]);
    const [priceless] = await collectFrom(chain, [source()]);
    expect(seriesOf(priceless!)).toEqual({ tocsin_source_up: 0 });
    expect(priceless!.error).toMatch(/answered 0 for 0x\w+, its word for no price\./);
  });
});
