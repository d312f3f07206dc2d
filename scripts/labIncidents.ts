// Turns the files of a folder of recorded series (index.csv, one gzip CSV a series) into incidents, and runs the default packs on them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readCsv } from '../src/backtest/csv.ts';
import type { Columns } from '../src/backtest/csv.ts';
import { medianStep } from '../src/backtest/incident.ts';
import type { Incident } from '../src/backtest/incident.ts';
import { NAME } from '../src/model/labels.ts';
import type { Labels } from '../src/model/labels.ts';
import type { Asset } from '../src/model/rule.ts';
import type { History } from '../src/replay/history.ts';

/** One line of `index.csv`. */
export interface IndexRow {
  readonly incident: string;
  readonly kind: string;
  readonly file: string;
  readonly asset: string;
  readonly venue: string;
  readonly metric: string;
  readonly primary_source: string;
  readonly reference: string;
}

const CLASSES: Readonly<Record<string, string>> = {
  usdc: 'fiat-stable',
  usdt: 'fiat-stable',
  busd: 'fiat-stable',
  tusd: 'fiat-stable',
  usdp: 'fiat-stable',
  husd: 'fiat-stable',
  dai: 'crypto-stable',
  lusd: 'crypto-stable',
  mim: 'crypto-stable',
  frax: 'crypto-stable',
  usdd: 'crypto-stable',
  ust: 'synthetic-stable',
  usdn: 'synthetic-stable',
  usde: 'synthetic-stable',
  deusd: 'synthetic-stable',
  sdeusd: 'yield-stable',
  xusd: 'vault-share',
  wsteth: 'lst',
  steth: 'lst',
  wbeth: 'lst',
  luna: 'volatile',
  anc: 'volatile',
};

const METRICS: Readonly<Record<string, string>> = {
  'price-usd': 'price_usd',
  'oracle-usd': 'oracle_price_usd',
  'low-usd': 'price_low_usd',
  volume: 'volume_usd',
  supply: 'supply_tokens',
  netmint: 'net_mint_tokens',
  marketcap: 'market_cap_usd',
  tvl: 'tvl_usd',
  supplied: 'supplied_usd',
  borrowed: 'borrowed_usd',
  liquidity: 'liquidity_usd',
  collateral: 'collateral_usd',
  utilization: 'utilization_ratio',
  borrowapr: 'borrow_apr_ratio',
  shareprice: 'share_price_ratio',
  poolshare: 'pool_share_ratio',
  'rate-eth': 'redemption_rate_ratio',
  'ratio-eth': 'price_ratio',
};

/** Reads a CSV with a header whose fields may be quoted. */
export function readTable(path: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...rows] = readFileSync(path, 'utf8').trim().split('\n').map(fields);
  return rows.map((row) => Object.fromEntries(header!.map((name, index) => [name, row[index] ?? ''])));
}

function fields(line: string): readonly string[] {
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .map(([, field = '']) => field.replace(/^"|"$/g, '').replaceAll('""', '"'))
    .slice(0, -1);
}

/** Metric and labels of a file, or nothing when it is none of the closed list. */
export function seriesOf(row: IndexRow): Labels | undefined {
  const [, quote] = /^(?:price|ratio|rate)-(usdt|usdc|eth)$/.exec(row.metric) ?? [];
  const metric =
    METRICS[row.metric] ?? (quote !== undefined && row.metric.startsWith('price') ? 'price_ratio' : undefined);
  if (metric === undefined) return undefined;
  const venue = row.venue.toLowerCase();
  const asset = row.asset.toLowerCase();
  const isMarket = [
    'supplied_usd',
    'borrowed_usd',
    'liquidity_usd',
    'collateral_usd',
    'utilization_ratio',
    'borrow_apr_ratio',
  ].includes(metric);
  if (venue === 'morpho-vault') return { [NAME]: metric, vault: asset };
  if (venue === 'morpho-market')
    return { [NAME]: metric, protocol: 'morpho', asset: asset.split('-')[0]!, market: asset };
  if (isMarket && venue.startsWith('aave')) return { [NAME]: metric, protocol: venue, asset, market: asset };
  const chain = /-(arbitrum|ethereum)$/.exec(venue)?.[1];
  return {
    [NAME]: metric,
    asset,
    venue,
    ...(quote !== undefined && { quote }),
    ...(chain !== undefined && { chain }),
    ...(venue === 'aggregate' && { method: 'aggregate' }),
  };
}

/** The last sample of each step of so many ms. */
function thinned(columns: Columns, every: number): Columns {
  const { times, values } = columns;
  if (every === 0) return columns;
  const kept = [...times.keys()].filter(
    (row) => row === times.length - 1 || Math.ceil(times[row]! / every) !== Math.ceil(times[row + 1]! / every),
  );
  return {
    times: Float64Array.from(kept, (row) => times[row]!),
    values: Float64Array.from(kept, (row) => values[row]!),
  };
}

function historyOf(folder: string, row: IndexRow, every: number): History | undefined {
  const labels = seriesOf(row);
  if (labels === undefined) return undefined;
  const { times, values } = thinned(readCsv(gunzipSync(readFileSync(join(folder, row.file)))), every);
  if (row.metric === 'borrowapr') for (let index = 0; index < values.length; index++) values[index]! /= 100;
  // One file has two resolutions or halves of a year: their labels tell them apart.
  const part = /_(\d{4}[^.]*)\.csv/.exec(row.file)?.[1];
  const daily = row.file.includes('_1d.') && row.venue === 'morpho-vault' ? { window: '1d' } : {};
  const hourly = row.file.includes('busd_binance_price-usdt_1h') ? { window: '1h' } : {};
  return {
    labels: { ...labels, ...(part !== undefined && { window: part }), ...daily, ...hourly },
    maxAge: 3 * (medianStep(times) ?? 3_600_000),
    times,
    values,
  };
}

function assetsOf(rows: readonly IndexRow[]): Readonly<Record<string, Asset>> {
  const ids = new Set(
    rows
      .flatMap((row) => [seriesOf(row)?.['asset'] ?? '', /-(usdt|usdc)$/.exec(row.metric)?.[1] ?? ''])
      .filter((id) => id in CLASSES),
  );
  return Object.fromEntries(
    [...ids].map((id) => [
      id,
      {
        id,
        name: id,
        class: CLASSES[id]!,
        ...(CLASSES[id]!.includes('-stable') && id !== 'sdeusd' && { peg: 'usd' }),
        on: {},
      },
    ]),
  );
}

/** All files of an index as incidents, series no finer than `every` ms. */
export function labIncidents(
  folder: string,
  every = 0,
): readonly { readonly incident: Incident; readonly rows: readonly IndexRow[] }[] {
  const rows = readTable(join(folder, 'index.csv')) as unknown as readonly IndexRow[];
  const names = [...new Set(rows.map(({ incident }) => incident))];
  return names.map((name) => {
    const own = rows.filter((row) => row.incident === name);
    return { rows: own, incident: incidentOf(folder, name, { rows: own, every }) };
  });
}

function incidentOf(
  folder: string,
  name: string,
  { rows, every }: { readonly rows: readonly IndexRow[]; readonly every: number },
): Incident {
  return {
    name,
    title: name,
    assets: assetsOf(rows),
    series: rows.flatMap((row) => historyOf(folder, row, every) ?? []),
    events: [],
    expect: [],
    quiet: [],
    budget: {},
  };
}
