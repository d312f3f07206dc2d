import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { backtest } from '../../src/backtest/backtest.ts';
import { linesOf } from '../../src/backtest/lines.ts';
import { groupsFor } from '../../src/cli/backtestRules.ts';
import { METRICS } from '../../src/model/metric.ts';
import { incident } from './incidents.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTE = 60;
const DAY = 86_400;
const START = Date.parse('2025-01-01T00:00:00Z') / 1000;
const CADENCES = { '1m': MINUTE, '5m': 5 * MINUTE, '1h': 60 * MINUTE, '1d': DAY } as const;

/** A series that is calm for some days or weeks, and then is not. */
interface Given {
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly calm: number;
  readonly fallen: number;
}

const CALM_DAYS = { '1m': 9, '5m': 10, '1h': 20, '1d': 25 } as const;

interface Rung {
  readonly alert: string;
  /** Days after the change; below zero before it. */
  readonly after: number;
}

/** What rings on the default packs for each of these, all of them in one history, each an asset of its own. */
function ring(collapses: readonly Collapse[], cadence: keyof typeof CADENCES): readonly (readonly Rung[])[] {
  const step = CADENCES[cadence];
  const change = START + CALM_DAYS[cadence] * DAY;
  const others = [
    { metric: 'price_usd', labels: { asset: 'eth' }, calm: 3000, fallen: 3000 },
    { metric: 'price_usd', labels: { asset: 'btc' }, calm: 100_000, fallen: 100_000 },
  ];
  const series = [
    ...others,
    ...collapses.flatMap(([, , given], index) => given.map((one) => of(one, `thing${index}`))),
  ];
  const assets = collapses.map(
    ([, { class: kind, peg }], index) => `thing${index}: { class: ${kind}${peg === undefined ? '' : `, peg: ${peg}`} }`,
  );
  const text = `incident: a
title: t
assets: { ${assets.join(', ')}, eth: { class: volatile }, btc: { class: volatile } }
series:
${series.map(({ metric, labels }, index) => `  - { metric: ${metric}, labels: ${JSON.stringify(labels)}, file: ${index}.csv }`).join('\n')}
`;
  const files = series.map((one, index) => [`${index}.csv`, csv({ ...one, step, change })] as const);
  const read = incident(text, Object.fromEntries(files));
  const lines = linesOf(backtest(read, groupsFor(read, { cwd: ROOT, places: [] })));
  return collapses.map((_, index) =>
    lines
      .filter(({ labels }) => labels['asset'] === `thing${index}`)
      .map(({ rule, level, fired_at: at }) => ({
        alert: `${rule} ${level}`,
        after: (Date.parse(at) / 1000 - change) / DAY,
      })),
  );
}

function of({ labels, ...given }: Given, asset: string): Given & { readonly labels: Readonly<Record<string, string>> } {
  return { ...given, labels: { asset, ...labels } };
}

/** Hardly any number stands still: the last digit moves. */
function csv({
  calm,
  fallen,
  step,
  change,
}: Pick<Given, 'calm' | 'fallen'> & { step: number; change: number }): string {
  const rows: string[] = [];
  for (let at = START, index = 0; at < change + DAY + step; at += step, index++) {
    const value = at < change ? calm : fallen;
    const isWhole = Number.isInteger(value) && Math.abs(value) <= 1;
    rows.push(`${at},${isWhole ? value : value * (1 + (index % 3) * 1e-5)}`);
  }
  return `time,value\n${rows.join('\n')}\n`;
}

const price = (fallen: number, calm = 1.0001): Given => ({ metric: 'price_usd', labels: { venue: 'v' }, calm, fallen });
const ratio = (quote: string, fallen: number, calm = 1.0001): Given => ({
  ...{ metric: 'price_ratio', labels: { quote, venue: 'v' } },
  ...{ calm, fallen },
});
const moves = (metric: string, calm: number, fallen: number, labels = {}): Given => ({ metric, labels, calm, fallen });
const steady = (metric: string, value: number, labels = {}): Given => moves(metric, value, value, labels);

type Collapse = readonly [
  what: string,
  asset: { readonly class: string; readonly peg?: string },
  given: readonly Given[],
  expected: string,
];

/** What must ring: class and peg, series, and the alert with its level. */
const COLLAPSES: readonly Collapse[] = [
  ['a dollar at a bank', { class: 'fiat-stable', peg: 'usd' }, [price(0.95)], 'Depeg critical'],
  ['a dollar without a peg said', { class: 'fiat-stable' }, [price(0.95)], 'Depeg critical'],
  ['a dollar on crypto', { class: 'crypto-stable', peg: 'usd' }, [price(0.97)], 'Depeg critical'],
  ['a synthetic dollar', { class: 'synthetic-stable', peg: 'usd' }, [price(0.9)], 'Depeg critical'],
  ['a dollar quoted in another', { class: 'synthetic-stable', peg: 'usd' }, [ratio('usdc', 0.9)], 'Depeg critical'],
  ['a small slip', { class: 'fiat-stable', peg: 'usd' }, [price(0.992)], 'Depeg warning'],
  ['a bridged dollar', { class: 'wrapped', peg: 'usd' }, [price(0.8)], 'Depeg critical'],
  ['a dollar on houses', { class: 'rwa', peg: 'usd' }, [price(0.6)], 'Depeg critical'],
  [
    'a share against its value',
    { class: 'vault-share', peg: 'nav' },
    [price(1.1, 1.26), steady('nav_per_share_usd', 1.26)],
    'BelowNav critical',
  ],
  ['a share against its own week', { class: 'vault-share', peg: 'nav' }, [price(1.1, 1.26)], 'BelowNav critical'],
  ['a yielding dollar', { class: 'yield-stable', peg: 'nav' }, [price(1.05, 1.1)], 'BelowNav critical'],
  [
    'a share quoted in another dollar',
    { class: 'vault-share', peg: 'nav' },
    [ratio('usdc', 1.1, 1.26)],
    'BelowUsualRate critical',
  ],
  ['a share of ether', { class: 'vault-share', peg: 'eth' }, [ratio('weth', 0.9, 1.05)], 'BelowUsualRate critical'],
  [
    'a fund against its value',
    { class: 'rwa' },
    [price(90, 100), steady('nav_per_share_usd', 100)],
    'BelowReportedValue critical',
  ],
  [
    'a share of a company against its close',
    { class: 'tokenized-equity' },
    [price(70, 100), steady('nav_per_share_usd', 100)],
    'BelowLastClose critical',
  ],
  ['a token of euros', { class: 'fiat-stable', peg: 'eur' }, [price(1, 1.1)], 'DepegFromUsual critical'],
  [
    'a token of euros quoted in dollar tokens',
    { class: 'fiat-stable', peg: 'eur' },
    [ratio('usdc', 1, 1.1)],
    'DepegFromUsual critical',
  ],
  ['a fund nobody values', { class: 'rwa' }, [price(70, 100)], 'BelowUsualPrice critical'],
  ['a share of a company', { class: 'tokenized-equity' }, [price(70, 100)], 'BelowUsualPrice critical'],
  [
    'staked ether against its rate',
    { class: 'lst', peg: 'eth' },
    [ratio('eth', 0.95, 1.04), steady('redemption_rate_ratio', 1.04, { quote: 'eth' })],
    'BelowRate critical',
  ],
  ['staked ether against its own week', { class: 'lst', peg: 'eth' }, [ratio('eth', 0.95)], 'BelowRate critical'],
  ['restaked ether in dollars', { class: 'lrt', peg: 'eth' }, [price(2400, 3000)], 'BelowPeg critical'],
  ['wrapped bitcoin', { class: 'wrapped', peg: 'btc' }, [ratio('btc', 0.94)], 'BelowRate critical'],
  ['wrapped bitcoin in dollars', { class: 'wrapped', peg: 'btc' }, [price(90_000, 100_000)], 'BelowPeg critical'],
  ['the other side of an algorithmic dollar', { class: 'volatile' }, [price(20, 80)], 'PriceFallsFast critical'],
  [
    'a rate that is cut',
    { class: 'lst', peg: 'eth' },
    [moves('redemption_rate_ratio', 1.05, 1.03, { quote: 'eth' })],
    'RateFell critical',
  ],
  [
    'a vault that books a loss',
    { class: 'vault-share' },
    [moves('share_price_ratio', 1.05, 1.03)],
    'ShareLoses critical',
  ],
  ['a value that is cut', { class: 'yield-stable' }, [moves('nav_per_share_usd', 1.05, 1.02)], 'NavFalls critical'],
  ['a fund that reports less', { class: 'rwa' }, [moves('nav_per_share_usd', 100, 80)], 'ReportedValueFalls critical'],
  [
    'a wrapper that redeems less',
    { class: 'vault-share' },
    [moves('redemption_rate_ratio', 1.05, 1.03)],
    'RedemptionRateFalls critical',
  ],
  ['a stake pool', { class: 'lst' }, [moves('stake_rate_ratio', 1.05, 1.03)], 'StakeRateFalls critical'],
  [
    'a full market',
    { class: 'fiat-stable' },
    [moves('utilization_ratio', 0.8, 0.999, { market: 'm' })],
    'LiquidityGone critical',
  ],
  [
    'a full market by its parts',
    { class: 'fiat-stable' },
    [steady('supplied_usd', 1e6), moves('borrowed_usd', 8e5, 9.99e5)],
    'NearlyAllLent critical',
  ],
  [
    'a market without liquidity',
    { class: 'fiat-stable' },
    [steady('supplied_usd', 1e6), moves('liquidity_usd', 2e5, 2e3)],
    'LiquidityFalls critical',
  ],
  ['a rate nobody pays', { class: 'fiat-stable' }, [moves('borrow_apr_ratio', 0.05, 2)], 'BorrowRateHigh warning'],
  ['lenders that leave', { class: 'fiat-stable' }, [moves('supplied_usd', 1e6, 5e5)], 'LendersLeave critical'],
  ['value that leaves', { class: 'vault-share' }, [moves('tvl_usd', 1e6, 5e5)], 'ValueLockedFalls critical'],
  ['tokens that leave', { class: 'vault-share' }, [moves('tvl_native_tokens', 1e6, 5e5)], 'TokensLeave critical'],
  [
    'a supply that is redeemed',
    { class: 'synthetic-stable' },
    [moves('supply_tokens', 1e6, 5e5)],
    'SupplyFalls critical',
  ],
  ['a supply that explodes', { class: 'volatile' }, [moves('supply_tokens', 1e6, 1e8)], 'SupplyJumps critical'],
  [
    'a market value that is redeemed',
    { class: 'synthetic-stable' },
    [moves('market_cap_usd', 1e6, 5e5)],
    'MarketValueFalls critical',
  ],
  [
    'tokens that are burnt',
    { class: 'fiat-stable' },
    [price(1), steady('market_cap_usd', 1e6), moves('net_mint_tokens', 100, -6e5)],
    'RedeemedFast critical',
  ],
  [
    'an oracle that believes',
    { class: 'vault-share' },
    [price(1, 1.26), steady('oracle_price_usd', 1.26)],
    'OracleAboveMarket critical',
  ],
  [
    'an oracle of ether that stands still',
    { class: 'volatile' },
    [price(2500, 3000), steady('oracle_price_usd', 3000)],
    'OracleAboveMarket critical',
  ],
  [
    'an oracle that is too low',
    { class: 'volatile' },
    [price(3500, 3000), steady('oracle_price_usd', 3000)],
    'OracleBelowMarket warning',
  ],
  [
    'an oracle that is silent',
    { class: 'fiat-stable' },
    [moves('oracle_age_seconds', 3000, 2e5)],
    'OracleSilent critical',
  ],
  [
    'an oracle that is a constant',
    { class: 'vault-share' },
    [moves('oracle_slots_count', 3, 0)],
    'OracleConstant warning',
  ],
  ['a pool of one side', { class: 'lst' }, [moves('pool_share_ratio', 0.5, 0.95)], 'PoolTips critical'],
  ['a pool without depth', { class: 'lst' }, [moves('depth_usd', 1e6, 5e4)], 'DepthGone critical'],
  ['debt without collateral', { class: 'vault-share' }, [moves('bad_debt_usd', 0, 5e6)], 'BadDebt critical'],
  [
    'backing that is gone',
    { class: 'synthetic-stable' },
    [moves('backing_ratio', 1.02, 0.9)],
    'BackingBelowPar critical',
  ],
  [
    'reserves that are gone',
    { class: 'fiat-stable' },
    [moves('reserves_usd', 1e6, 9e5), steady('liabilities_usd', 1e6)],
    'ReservesBelowLiabilities critical',
  ],
  ['backing that melts', { class: 'crypto-stable' }, [moves('backing_ratio', 2, 1.3)], 'BackingFalls critical'],
  ['leverage', { class: 'synthetic-stable' }, [moves('leverage_ratio', 1.5, 4.5)], 'LeverageHigh critical'],
  ['debt that doubles', { class: 'synthetic-stable' }, [moves('debt_usd', 1e6, 2.5e6)], 'DebtGrows warning'],
  [
    'a claim nobody can count',
    { class: 'vault-share' },
    [steady('aum_claimed_usd', 5e8), moves('tvl_usd', 4.9e8, 1.6e8)],
    'ClaimAboveCount critical',
  ],
  [
    'a redemption that is shut',
    { class: 'vault-share' },
    [moves('redemption_paused_bool', 0, 1)],
    'RedemptionPaused critical',
  ],
  ['a queue', { class: 'vault-share' }, [moves('redemption_queue_usd', 1e5, 2e6)], 'RedemptionsQueueUp warning'],
  ['a wait', { class: 'vault-share' }, [moves('redemption_wait_seconds', 4e4, 1e6)], 'RedemptionSlow warning'],
  [
    'a report that is old',
    { class: 'fiat-stable' },
    [moves('attestation_age_seconds', 1e6, 8e6)],
    'AttestationOld critical',
  ],
  ['a view that reverts', { class: 'vault-share' }, [moves('call_reverted_bool', 0, 1)], 'ReadReverts warning'],
  [
    'a chain that stands',
    { class: 'volatile' },
    [moves('chain_lag_seconds', 2, 4000, { chain: 'c' })],
    'ChainStalled critical',
  ],
  [
    'slots that stand',
    { class: 'volatile' },
    [moves('slot_lag_seconds', 2, 4000, { chain: 'c' })],
    'ChainStalled critical',
  ],
  ['a holder of nearly all', { class: 'vault-share' }, [moves('top_holder_ratio', 0.2, 0.8)], 'HolderDominates info'],
];

describe('the default packs', () => {
  test.each(['1d', '1h', '5m', '1m'] as const)(
    'ring for every collapse within a day, on samples every %s, and before for none',
    { timeout: 120_000 },
    (cadence) => {
      const tried =
        cadence === '1m'
          ? COLLAPSES.filter(([, , given]) => given[0]!.metric.startsWith('price_')).slice(0, 5)
          : COLLAPSES;
      const rung = ring(tried, cadence);
      expect(tried.filter((_, index) => rung[index]!.some(({ after }) => after < 0)).map(([what]) => what)).toEqual([]);
      const isCaught = ([, , , expected]: Collapse, index: number) =>
        rung[index]!.some(({ alert, after }) => alert === expected && after >= 0 && after <= 1);
      expect(tried.filter((one, index) => !isCaught(one, index)).map(([what]) => what)).toEqual([]);
    },
  );

  test('every metric is judged, or docs/backtest.md says why not', () => {
    const packs = ['markets', 'pegged', 'shares', 'solvency', 'staked', 'volatile'];
    const read = packs.map((name) => readFileSync(`${ROOT}/rules/packs/${name}.yaml`, 'utf8')).join('\n');
    const [, told = ''] =
      /## What no default pack judges\n([^]*?)(?:\n## |$)/.exec(readFileSync(`${ROOT}/docs/backtest.md`, 'utf8')) ?? [];
    const names = Object.keys(METRICS).filter((name) => !name.startsWith('tocsin_'));
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(read) && !told.includes(`\`${name}\``))).toEqual(
      [],
    );
  });
});
