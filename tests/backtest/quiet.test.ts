import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { backtest } from '../../src/backtest/backtest.ts';
import { linesOf } from '../../src/backtest/lines.ts';
import { groupsFor } from '../../src/cli/backtestRules.ts';
import { randomFrom } from '../fuzz/mutate.ts';
import { incident } from './incidents.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const START = Date.parse('2025-01-01T00:00:00Z') / 1000;

interface Given {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly every: number;
  /** The value so many seconds after the start; none where it is undefined. */
  readonly value: (at: number) => number | undefined;
}

function rung(assets: string, days: number, series: readonly Given[]): readonly string[] {
  const text = `incident: a
title: t
assets: { ${assets} }
series:
${series.map(({ metric, labels }, index) => `  - { metric: ${metric}, labels: ${JSON.stringify(labels)}, file: ${index}.csv }`).join('\n')}
`;
  const files = series.map(({ every, value }, index) => {
    const times = Array.from({ length: Math.floor((days * DAY) / every) }, (_, row) => row * every);
    return [`${index}.csv`, times.map((at) => `${START + at},${value(at) ?? ''}\n`).join('')] as const;
  });
  const read = incident(text, Object.fromEntries(files));
  return linesOf(backtest(read, groupsFor(read, { cwd: ROOT, places: [] }))).map(
    ({ rule, level, fired_at: at }) => `${rule} ${level} ${at}`,
  );
}

const random = randomFrom(7);
/** Small and without memory: between −size and size. */
const noise = (size: number) => size * (2 * random() - 1);

/** Ether that moves by a percent within the hour. */
const ether = Array.from({ length: 15 * 288 }, (_, step) => 3000 * Math.exp(0.03 * Math.sin(step / 7) + noise(0.004)));
const etherAt = (at: number) => ether[Math.floor(at / 300)]!;

const isBetween = (at: number, from: number, hours: number) => from <= at && at < from + hours * HOUR;

/** Calm histories with what is usual in them, made up: wicks, gaps, wrong readings, visitors, unequal cadences. */
const CALM: readonly (readonly [what: string, assets: string, days: number, series: readonly Given[]])[] = [
  [
    'a staked token told hourly beside ether told every five minutes',
    'seth: { class: lst, peg: eth }, eth: { class: volatile }',
    14,
    [
      { metric: 'price_usd', labels: { asset: 'eth' }, every: 300, value: etherAt },
      { metric: 'price_usd', labels: { asset: 'seth' }, every: HOUR, value: (at) => 1.05 * etherAt(at) },
    ],
  ],
  [
    'money that visits a market, a vault and a token for some hours',
    'usdx: { class: fiat-stable, peg: usd }',
    9,
    ['supplied_usd', 'tvl_usd', 'supply_tokens', 'market_cap_usd', 'tvl_native_tokens'].map((metric) => ({
      ...{ metric, labels: { asset: 'usdx' }, every: HOUR },
      value: (at: number) => (isBetween(at, 4 * DAY, 14) ? 1.8e6 : 1e6) + noise(1e4),
    })),
  ],
  [
    'one reading that is too high',
    'v: { class: vault-share }, s: { class: lst, peg: eth }, f: { class: rwa }',
    12,
    [
      ['share_price_ratio', 'v'],
      ['nav_per_share_usd', 'v'],
      ['redemption_rate_ratio', 's'],
      ['stake_rate_ratio', 's'],
      ['nav_per_share_usd', 'f'],
    ].map(([metric = '', asset = '']) => ({
      ...{ metric, labels: { asset }, every: DAY / 2 },
      value: (at: number) => (1 + at / DAY / 3000) * (at === 5 * DAY ? 1.2 : 1),
    })),
  ],
  [
    'single trades far off at one venue, an hour without any, and a venue that hardly moves',
    'usdx: { class: fiat-stable, peg: usd }',
    2,
    [
      {
        ...{ metric: 'price_usd', labels: { asset: 'usdx', venue: 'a' }, every: MINUTE },
        value: (at) => (isBetween(at, DAY, 1) ? undefined : at % (7 * HOUR) === 0 ? 0.95 : 1 + noise(5e-4)),
      },
      { metric: 'price_usd', labels: { asset: 'usdx', venue: 'b' }, every: MINUTE, value: () => 1 },
      {
        ...{ metric: 'price_ratio', labels: { asset: 'usdx', quote: 'usdt', venue: 'c' }, every: MINUTE },
        value: () => 1 + noise(5e-4),
      },
    ],
  ],
  [
    'a pool that has always stood at nine tenths',
    'usdx: { class: fiat-stable, peg: usd }',
    40,
    [
      {
        ...{ metric: 'pool_share_ratio', labels: { asset: 'usdx', venue: 'curve' }, every: DAY },
        value: (at) => (at === 0 ? 0.88 : 0.88 + noise(0.06)),
      },
    ],
  ],
  [
    'a company whose shares have bad weeks',
    'shares: { class: tokenized-equity }',
    40,
    [
      {
        ...{ metric: 'price_usd', labels: { asset: 'shares', venue: 'dex' }, every: HOUR },
        value: (at) => 100 * Math.exp(0.05 * Math.sin(at / DAY) + noise(0.002)),
      },
      {
        ...{ metric: 'nav_per_share_usd', labels: { asset: 'shares' }, every: DAY },
        value: (at) => 100 * Math.exp(0.05 * Math.sin((at - HOUR) / DAY)),
      },
    ],
  ],
];

describe('the default packs ring for nothing in', () => {
  test.each(CALM)('%s', { timeout: 60_000 }, (what, assets, days, series) => {
    const expected = what.startsWith('a pool') ? /^PoolOneSided warning/ : /^$/;
    expect(rung(assets, days, series).filter((line) => !expected.test(line))).toEqual([]);
  });
});
