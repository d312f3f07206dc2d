import { encodeAbiParameters, keccak256, parseAbiParameters } from 'viem';
import type { Hex } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import type { Asset } from '../../../src/model/rule.ts';
import type { SourceKind } from '../../../src/model/source.ts';
import { eigenlayer_strategy, euler_vault, morpho_market } from '../../../src/sources/index.ts';
import { assetAt, chainAt, collectFrom, sourceOf } from './chain.ts';
import { call, recorded, startReplay, type Recording } from './replay.ts';

const YEAR_SECONDS = 31_536_000;
/** Euler's lens counts with the mean year of the Gregorian calendar. */
const EULER_YEAR_SECONDS = 31_556_952;
const MORPHO = '0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb';
const STRATEGY = '0x00000000000000000000000000000000000000ee';

let node: Awaited<ReturnType<typeof startReplay>> | undefined;

afterEach(() => node?.close());

/** What a source reads out of a recording: the value of each metric, the first where it has several series. */
async function read<Options>(
  kind: SourceKind<Options>,
  recording: Recording,
  { asset, ...options }: Record<string, unknown> & { readonly asset: Asset },
) {
  node = await startReplay(recording);
  const [reading] = await collectFrom(chainAt(node.url), [sourceOf(kind, options, { asset })]);
  expect(reading!.error).toBeUndefined();
  const values: Record<string, number> = {};
  for (const { metric, value } of reading!.samples) values[metric] ??= value;
  return values;
}

function numbers(name: string) {
  const kept = recorded(name) as Readonly<Record<string, string>>;
  return { text: (key: string) => kept[key] as Hex, number: (key: string) => BigInt(kept[key]!) };
}

describe('the market of Morpho Blue for wstETH and USDC, at block 19,530,000', () => {
  const { text, number } = numbers('morpho-wsteth-usdc');
  const params = [...['loanToken', 'collateralToken', 'oracle', 'irm'].map(text), number('lltv')] as const;
  const [supplied, borrowed] = [number('totalSupplyAssets'), number('totalBorrowAssets')];
  /** The published curve of `AdaptiveCurveIrm` above its target of 90 %: four times the rate at target when all is lent. */
  const rate =
    (number('rateAtTarget') * (10n ** 18n + 3n * (((borrowed * 10n ** 18n) / supplied - 9n * 10n ** 17n) * 10n))) /
    10n ** 18n;

  it('has the id that its parameters hash to', () => {
    const types = parseAbiParameters('address, address, address, address, uint256');
    expect(keccak256(encodeAbiParameters(types, params as never))).toBe(text('id'));
  });

  it('is told as it stood; its rate is worked out by the published curve, and its block is that of its last update', async () => {
    const totals = ['SupplyAssets', 'SupplyShares', 'BorrowAssets', 'BorrowShares'].map((key) => number(`total${key}`));
    const market = [...totals, number('lastUpdate'), number('fee')];
    const viewed =
      'function borrowRateView((address, address, address, address, uint256), (uint128, uint128, uint128, uint128, uint128, uint128)) view returns (uint256)';
    const calls = [
      call(
        MORPHO,
        'function market(bytes32) view returns (uint128, uint128, uint128, uint128, uint128, uint128)',
        [text('id')],
        market,
      ),
      call(
        MORPHO,
        'function idToMarketParams(bytes32) view returns (address, address, address, address, uint256)',
        [text('id')],
        params,
      ),
      call(text('irm'), viewed, [params, market], rate),
      call(text('oracle'), 'function price() view returns (uint256)', [], number('price')),
      call(text('loanToken'), 'function decimals() view returns (uint8)', [], 6),
      call(text('collateralToken'), 'function decimals() view returns (uint8)', [], 18),
    ];
    const recording = { chainId: 1, block: 19_530_000, timestamp: Number(number('lastUpdate')), calls };
    const values = await read(morpho_market, recording, {
      id: text('id'),
      asset: assetAt('usdc', text('loanToken'), 'usd'),
    });
    expect(values['supplied_usd']).toBe(32_212_092.216793);
    expect(values['borrowed_usd']).toBe(30_448_219.939637);
    expect(values['utilization_ratio']).toBeCloseTo(0.945_241_9, 6);
    expect(values['oracle_price_usd']).toBeCloseTo(4026.279_734_253_409, 9);
    expect(values['lltv_ratio']).toBe(0.86);
    const borrowers = 0.003_386_101_241e-6 * (1 + 3 * ((0.945_241_916 - 0.9) / 0.1)) * YEAR_SECONDS;
    expect(values['borrow_apr_ratio']).toBeCloseTo(borrowers, 6);
    expect(values['supply_apr_ratio']! / values['borrow_apr_ratio']!).toBeCloseTo(0.945_241_9, 6);
  });
});

describe('the Euler vault eUSDC-3, as its lens told it', () => {
  const { text } = numbers('euler-usdc-3');
  const units = (key: string) => BigInt(text(key).replace('.', ''));

  it('gives its lenders what the lens says, out of what its borrowers pay; caps, hooks and the price of 1 are made up', async () => {
    const vault = text('vault');
    const view = (name: string, type: string, value: unknown) =>
      call(vault, `function ${name}() view returns (${type})`, [], value);
    const perSecond = Math.log1p(Number(text('borrowApy'))) / EULER_YEAR_SECONDS;
    const calls = [
      view('asset', 'address', text('asset')),
      view('oracle', 'address', text('oracle')),
      view('unitOfAccount', 'address', text('unitOfAccount')),
      view('cash', 'uint256', units('totalSupplied') - units('totalBorrowed')),
      view('totalBorrows', 'uint256', units('totalBorrowed')),
      view('interestRate', 'uint256', BigInt(Math.round(perSecond * 1e27))),
      view('interestFee', 'uint16', Number(text('vaultFee')) * 10_000),
      view('caps', 'uint16, uint16', [0, 0]),
      view('hookConfig', 'address, uint32', ['0x0000000000000000000000000000000000000000', 0]),
      view('LTVList', 'address[]', []),
      call(text('asset'), 'function decimals() view returns (uint8)', [], 6),
    ];
    const values = await read(
      euler_vault,
      { chainId: 1, calls },
      { vault, asset: assetAt('usdc', text('asset'), 'usd') },
    );
    expect(values['supplied_usd']).toBe(Number(text('totalSupplied')));
    expect(values['borrowed_usd']).toBe(Number(text('totalBorrowed')));
    expect(values['utilization_ratio']).toBeCloseTo(Number(text('utilization')), 12);
    expect(Math.expm1(values['supply_apr_ratio']!)).toBeCloseTo(Number(text('supplyApy')), 12);
  });
});

describe('the queue of EigenLayer, at block 21,786,536', () => {
  it('was open, and held a withdrawal back for a week; the strategy before it is made up', async () => {
    const { text, number } = numbers('eigenlayer-delegation');
    const [manager, token] = [text('delegationManager'), '0x00000000000000000000000000000000000000ff'];
    const calls = [
      call(STRATEGY, 'function underlyingToken() view returns (address)', [], token),
      call(STRATEGY, 'function totalShares() view returns (uint256)', [], 10n ** 18n),
      call(STRATEGY, 'function sharesToUnderlyingView(uint256) view returns (uint256)', [10n ** 18n], 10n ** 18n),
      call(STRATEGY, 'function paused() view returns (uint256)', [], 0n),
      call(manager, 'function paused() view returns (uint256)', [], number('paused')),
      call(
        manager,
        'function minWithdrawalDelayBlocks() view returns (uint32)',
        [],
        Number(number('minWithdrawalDelayBlocks')),
      ),
      call(token, 'function decimals() view returns (uint8)', [], 18),
    ];
    const recording = { chainId: 1, block: 21_786_536, calls };
    const values = await read(eigenlayer_strategy, recording, { strategy: STRATEGY, asset: assetAt('steth', token) });
    expect(values['redemption_paused_bool']).toBe(0);
    expect(values['redemption_cooldown_seconds']).toBe(7 * 86_400);
  });
});
