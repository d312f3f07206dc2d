import { afterEach, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/model/rule.ts';
import type { SourceKind } from '../../../src/model/source.ts';
import {
  balancer_v3_pool,
  compound_v2_market,
  compound_v3_market,
  curve_pool,
  evm_call,
  lst_rate,
} from '../../../src/sources/index.ts';
import { assetAt, chainAt, collectFrom, sourceOf } from './chain.ts';
import { call, recorded, revert, startReplay, type Recording } from './replay.ts';
import { curveQuote, surgeQuote, type CurvePool, type SurgePool } from './stableswap.ts';

const YEAR_SECONDS = 31_536_000;
const NOBODY = '0x0000000000000000000000000000000000000000';
const ASSET_AT = '0x00000000000000000000000000000000000000aa';

let node: Awaited<ReturnType<typeof startReplay>> | undefined;

afterEach(() => node?.close());

interface Read {
  readonly options: object;
  readonly asset?: Asset;
  readonly assets?: readonly Asset[];
}

/** What a source reads out of a recording: the value of each metric, the first where it has several series. */
async function read<Options>(kind: SourceKind<Options>, recording: Recording, { options, ...assets }: Read) {
  node = await startReplay(recording);
  const source = sourceOf(kind, options as Record<string, unknown>, assets);
  const [reading] = await collectFrom(chainAt(node.url), [source]);
  expect(reading!.error).toBeUndefined();
  const values: Record<string, number> = {};
  for (const { metric, value } of reading!.samples) values[metric] ??= value;
  return values;
}

const bigs = (values: readonly string[]) => values.map(BigInt);

describe('raw answers of mainnet nodes', () => {
  it('are what the MetaMorpho vault of Usual was worth, as rotki priced a share at 1.02611 USD', async () => {
    const options = {
      address: '0xd63070114470f685b75B74D60EEc7c1113d33a3D',
      function: 'function convertToAssets(uint256) view returns (uint256)',
      args: ['1000000000000000000'],
      decimals: 6,
      metric: 'share_price_ratio',
    };
    const values = await read(evm_call, recorded('metamorpho-usual-usdc') as Recording, { options });
    expect(values['share_price_ratio']).toBe(1.027736);
    const usdcThen = 0.998427;
    expect(values['share_price_ratio']! * usdcThen).toBeCloseTo(1.02611, 4);
  });

  it('are what a share of Gearbox’s WETH pool on Arbitrum was worth', async () => {
    const options = {
      address: '0x04419d3509f13054f60d253E0c79491d9E683399',
      function: 'function convertToAssets(uint256) view returns (uint256)',
      args: ['1000000000000000000'],
      decimals: 18,
      metric: 'share_price_ratio',
    };
    const values = await read(evm_call, recorded('gearbox-dweth') as Recording, { options });
    expect(values['share_price_ratio']).toBeCloseTo(Number(0x0e7f_5fb5_47f9_114cn) / 1e18, 12);
  });

  it('are the rates of Compound v3 at 91.8 % utilization; the balances around them are made up', async () => {
    const { calls, ...about } = recorded('comet-usdc') as Recording;
    const [comet, usdc, feed] = [calls[0]!.to, ASSET_AT, '0x00000000000000000000000000000000000000fe'];
    const made = [
      call(comet, 'function baseToken() view returns (address)', [], usdc),
      call(comet, 'function baseTokenPriceFeed() view returns (address)', [], feed),
      call(comet, 'function totalSupply() view returns (uint256)', [], 1_000_000_000_000n),
      call(comet, 'function totalBorrow() view returns (uint256)', [], 917_700_000_000n),
      call(comet, 'function getPrice(address) view returns (uint256)', [feed], 100_000_000n),
      call(comet, 'function getReserves() view returns (int256)', [], 0n),
      call(comet, 'function isWithdrawPaused() view returns (bool)', [], false),
      call(comet, 'function numAssets() view returns (uint8)', [], 0),
      call(usdc, 'function decimals() view returns (uint8)', [], 6),
      call(usdc, 'function balanceOf(address) view returns (uint256)', [comet], 82_300_000_000n),
    ];
    const values = await read(compound_v3_market, { ...about, calls: [...calls, ...made] }, { options: { comet } });
    expect(values['borrow_apr_ratio']).toBeCloseTo((3_667_359_351 / 1e18) * YEAR_SECONDS, 12);
    expect(values['borrow_apr_ratio']).toBeCloseTo(0.1157, 4);
    expect(values['supply_apr_ratio']).toBeCloseTo(0.099, 4);
  });
});

describe('recorded numbers', () => {
  it('are the rate of wstETH, which its contract tells in both directions', async () => {
    const { contract, ...told } = recorded('wsteth') as Record<string, string>;
    const calls = [
      call(contract!, 'function stEthPerToken() view returns (uint256)', [], BigInt(told['stEthPerToken']!)),
    ];
    const asset = assetAt('wsteth', contract!);
    const values = await read(lst_rate, { chainId: 1, calls }, { options: { protocol: 'wsteth' }, asset });
    expect(values['redemption_rate_ratio']).toBeCloseTo(1e18 / Number(told['tokensPerStEth']), 14);
  });

  it('are a market of Venus: supplied is its exchange rate times its supply, and lenders get what is said; price and block are made up', async () => {
    const venus = recorded('venus-stablecoins') as Record<string, string>;
    const { vToken = '', comptroller = '', priceOracle = '', underlying = '' } = venus;
    const number = (name: string) => BigInt(venus[name]!);
    const [price, block] = [10n ** 18n, 31_000_000];
    const view = (name: string, value: bigint) => call(vToken, `function ${name}() view returns (uint256)`, [], value);
    const calls = [
      call(vToken, 'function underlying() view returns (address)', [], underlying),
      call(vToken, 'function comptroller() view returns (address)', [], comptroller),
      call(comptroller, 'function oracle() view returns (address)', [], priceOracle),
      call(
        comptroller,
        'function markets(address) view returns (bool, uint256)',
        [vToken],
        [true, number('collateralFactor')],
      ),
      call(priceOracle, 'function getUnderlyingPrice(address) view returns (uint256)', [vToken], price),
      call(underlying, 'function decimals() view returns (uint8)', [], 18),
      view('getCash', number('totalCash')),
      view('totalBorrows', number('totalBorrows')),
      view('totalReserves', number('totalReserves')),
      view('accrualBlockNumber', BigInt(block)),
      view('borrowRatePerBlock', number('borrowRatePerBlock')),
      view('supplyRatePerBlock', number('supplyRatePerBlock')),
    ];
    const options = { ctoken: vToken, protocol: 'venus', blocks_per_year: 10_512_000 };
    const values = await read(compound_v2_market, { chainId: 97, block, calls }, { options });
    const supplied = Number((number('totalSupply') * number('exchangeRateCurrent')) / 10n ** 18n) / 1e18;
    expect(values['supplied_usd']).toBeCloseTo(supplied, 6);
    const lenders = (values['borrow_apr_ratio']! * values['borrowed_usd']! * 0.8) / values['supplied_usd']!;
    expect(values['supply_apr_ratio']! / lenders).toBeCloseTo(1, 6);
    expect(values['lltv_ratio']).toBe(0.65);
  });
});

interface CurveRecording {
  readonly chainId: number;
  readonly pool: string;
  readonly coins: readonly string[];
  readonly decimals: readonly number[];
  readonly balances: readonly string[];
  readonly rates: readonly string[];
  readonly amplification: string;
  readonly fee: string;
  readonly offpegFeeMultiplier: string;
  readonly quotes: readonly { readonly i: number; readonly j: number; readonly dx: string; readonly dy: string }[];
}

const curveOf = (kept: CurveRecording): CurvePool => ({
  balances: bigs(kept.balances),
  rates: bigs(kept.rates),
  amplification: BigInt(kept.amplification),
  fee: BigInt(kept.fee),
  offpegFeeMultiplier: BigInt(kept.offpegFeeMultiplier),
});

describe('a Curve pool that was recorded', () => {
  it.each(['curve-crvusd-usdce', 'curve-crvusd-sdai'])(
    '%s paid what the published arithmetic says, to the unit',
    (name) => {
      const kept = recorded(name) as CurveRecording;
      const told = kept.quotes.map(({ i, j, dx }) => curveQuote(curveOf(kept), { from: i, to: j, paid: BigInt(dx) }));
      expect(told.map(String)).toEqual(kept.quotes.map(({ dy }) => dy));
    },
  );

  it('is priced and weighed as it stood at its block', async () => {
    const kept = recorded('curve-crvusd-usdce') as CurveRecording;
    const { pool, coins, decimals } = kept;
    const [crvusd, usdc] = [assetAt('crvusd', coins[0]!), assetAt('usdc', coins[1]!, 'usd')];
    const calls = [
      ...coins.map((coin, i) => call(pool, 'function coins(uint256) view returns (address)', [BigInt(i)], coin)),
      ...[2, 3, 4, 5, 6, 7].map((i) => revert(pool, 'function coins(uint256) view returns (address)', [BigInt(i)])),
      ...kept.balances.map((held, i) =>
        call(pool, 'function balances(uint256) view returns (uint256)', [BigInt(i)], BigInt(held)),
      ),
      call(pool, 'function stored_rates() view returns (uint256[])', [], bigs(kept.rates)),
      ...coins.map((coin, i) => call(coin, 'function decimals() view returns (uint8)', [], decimals[i])),
    ];
    const getDy = {
      to: pool,
      function: 'function get_dy(int128, int128, uint256) view returns (uint256)',
      answer: ([i, j, dx]: readonly unknown[]) =>
        curveQuote(curveOf(kept), { from: Number(i), to: Number(j), paid: dx as bigint }),
    };
    const options = { pool, math: 'stable-ng', quote: 'usdc', sizes: [0.05] };
    const recording = { chainId: kept.chainId, calls, answered: [getDy] };
    const values = await read(curve_pool, recording, { options, asset: crvusd, assets: [crvusd, usdc] });
    expect(values['executable_price_usd']).toBeCloseTo(0.049719 / 0.05, 12);
    expect(values['price_usd']).toBeCloseTo(4.971903 / 5, 3);
    expect(values['pool_share_ratio']).toBeCloseTo(8_994_725.349517 / (8_994_725.349517 + 1_568_153.728639), 9);
  });
});

interface BalancerRecording {
  readonly chainId: number;
  readonly pool: string;
  readonly tokens: readonly string[];
  readonly balancesLiveScaled18: readonly string[];
  readonly tokenRates: readonly string[];
  readonly swapFee: string;
  readonly amplification: string;
  readonly surgeThreshold: string;
  readonly maxSurgeFee: string;
  readonly swaps: readonly {
    readonly from: number;
    readonly to: number;
    readonly paid: string;
    readonly got: string;
  }[];
}

const surgeOf = (kept: BalancerRecording): SurgePool => ({
  live: bigs(kept.balancesLiveScaled18),
  rates: bigs(kept.tokenRates),
  amplification: BigInt(kept.amplification),
  swapFee: BigInt(kept.swapFee),
  surgeThreshold: BigInt(kept.surgeThreshold),
  maxSurgeFee: BigInt(kept.maxSurgeFee),
});

describe('a Balancer v3 pool with a surge fee that was recorded', () => {
  const kept = recorded('balancer-v3-surge') as BalancerRecording;
  const { pool, tokens } = kept;
  const [vault, router] = ['0xbA1333333333a1BA1108E8412f11850A5C319bA9', ASSET_AT];
  const paid = (from: number, to: number, units: bigint) => surgeQuote(surgeOf(kept), { from, to, paid: units });

  it.each(kept.swaps)('paid from token $from to $to what the published arithmetic says, to one unit', (swap) => {
    const off = paid(swap.from, swap.to, BigInt(swap.paid)) - BigInt(swap.got);
    expect(Math.abs(Number(off))).toBeLessThanOrEqual(1);
  });

  it.each(kept.swaps)('sells 100 of token $from for what the Router said', async ({ from, to, got }) => {
    const live = bigs(kept.balancesLiveScaled18);
    const raw = live.map((balance, i) => (balance * 10n ** 18n) / BigInt(kept.tokenRates[i]!));
    const plain = { tokenType: 1, rateProvider: NOBODY, paysYieldFees: true };
    const info =
      'function getPoolTokenInfo(address) view returns (address[], (uint8 tokenType, address rateProvider, bool paysYieldFees)[], uint256[], uint256[])';
    const calls = [
      call(vault, info, [pool], [tokens, [plain, plain], raw, live]),
      call(vault, 'function getCurrentLiveBalances(address) view returns (uint256[])', [pool], live),
      call(vault, 'function isPoolPaused(address) view returns (bool)', [pool], false),
      ...tokens.map((token) => call(token, 'function decimals() view returns (uint8)', [], 18)),
    ];
    const query = {
      to: router,
      function:
        'function querySwapSingleTokenExactIn(address, address, address, uint256, address, bytes) returns (uint256)',
      answer: ([, tokenIn, tokenOut, units]: readonly unknown[]) =>
        paid(tokens.indexOf(tokenIn as string), tokens.indexOf(tokenOut as string), units as bigint),
    };
    const [asset, quote] = [assetAt('sold', tokens[from]!), assetAt('bought', tokens[to]!)];
    const options = { pool, router, quote: 'bought', sizes: [100] };
    const recording = { chainId: kept.chainId, calls, answered: [query] };
    const values = await read(balancer_v3_pool, recording, { options, asset, assets: [asset, quote] });
    expect(values['executable_price_ratio']).toBeCloseTo(Number(got) / 1e20, 12);
    const share = Number(live[from]) / (Number(live[0]) + Number(live[1]));
    expect(values['pool_share_ratio']).toBeCloseTo(share, 9);
  });
});
