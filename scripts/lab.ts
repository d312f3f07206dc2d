// Detection quality over a folder of recorded series with index.csv and excursions.csv: npx tsx scripts/lab.ts FOLDER [--print] [NAME…].
import { join } from 'node:path';
import { backtest, countedLevel } from '../src/backtest/backtest.ts';
import { printBacktest } from '../src/backtest/text.ts';
import { isoTime } from '../src/backtest/lines.ts';
import { groupsFor } from '../src/cli/backtestRules.ts';
import { labelsKey, printLabels } from '../src/model/labels.ts';
import type { Labels } from '../src/model/labels.ts';
import { labIncidents, readTable, seriesOf } from './labIncidents.ts';
import type { IndexRow } from './labIncidents.ts';

const DAY = 86_400_000;
const [folder = '', ...rest] = process.argv.slice(2);
const names = rest.filter((one) => !one.startsWith('--'));
const print = rest.includes('--print');
const rulesAt = rest.filter((one) => one.startsWith('--rules=')).map((one) => one.slice(8));
const excursions = readTable(join(folder, 'excursions.csv'));

/** Sizes an alert of a rule is a matter of severity inside. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  Depeg: ['|deviation|>=0.005', '|deviation|>=0.02'],
  DepegAgainstAll: ['|deviation|>=0.005', '|deviation|>=0.02'],
  DepegInherited: ['|deviation|>=0.005', '|deviation|>=0.02'],
  BelowNav: ['|deviation|>=0.005', '|deviation|>=0.02'],
  BelowRate: ['|deviation|>=0.01', '|deviation|>=0.02'],
  UtilizationHigh: ['utilization>=0.95', 'utilization>=0.99'],
  LiquidityGone: ['utilization>=0.99', 'utilization>=0.99'],
  SupplyFalls: ['change_24h<=-0.1', 'change_24h<=-0.4'],
  LendersLeave: ['change_24h<=-0.2', 'change_24h<=-0.4'],
  ValueLockedFalls: ['change_24h<=-0.2', 'change_24h<=-0.4'],
};

function filesFor(rows: readonly IndexRow[], labels: Labels): readonly string[] {
  const keys = ['asset', 'market', 'vault', 'protocol'] as const;
  return rows
    .filter((row) => {
      const own = seriesOf(row);
      if (own === undefined) return false;
      return (
        keys.every((key) => labels[key] === undefined || own[key] === undefined || own[key] === labels[key]) &&
        keys.some((key) => labels[key] !== undefined && own[key] === labels[key])
      );
    })
    .map(({ file }) => file);
}

let all = { warning: 0, critical: 0 };
for (const { incident, rows } of labIncidents(folder)) {
  if (names.length > 0 && !names.includes(incident.name)) continue;
  const started = performance.now();
  const result = backtest(incident, groupsFor(incident, { cwd: process.cwd(), places: rulesAt }));
  if (print) process.stdout.write(printBacktest(result));
  const found = { warning: 0, critical: 0 };
  const known = { warning: 0, critical: 0 };
  const firings = result.alerts.flatMap((history) => history.firings.map((firing) => ({ ...history, firing })));
  for (const { rule, labels, firing } of firings) {
    const level = countedLevel(firing, labels) === 'critical' ? 'critical' : 'warning';
    const size = SIZES[rule]?.[level === 'critical' ? 1 : 0];
    const files = filesFor(rows, labels);
    const isInside = excursions.some(
      (one) =>
        one['rule'] === size &&
        files.includes(one['file']!) &&
        Date.parse(one['start']!) - 1 <= firing.firedAt &&
        firing.firedAt <= Date.parse(one['end']!) + DAY / 24,
    );
    known[level]++;
    if (isInside) continue;
    found[level]++;
    process.stdout.write(
      `  outside ${level} ${rule} ${printLabels(labels)} ${isoTime(firing.firedAt)} to ${firing.resolvedAt === null ? 'the end' : isoTime(firing.resolvedAt)}\n`,
    );
  }
  const assetDays = new Map<string, number>();
  for (const { labels, times } of incident.series) {
    const key = labels['vault'] ?? labels['market'] ?? labels['asset'] ?? labelsKey(labels);
    assetDays.set(key, Math.max(assetDays.get(key) ?? 0, (times.at(-1)! - times[0]!) / DAY));
  }
  const years = [...assetDays.values()].reduce((sum, days) => sum + days, 0) / 365.25;
  all = { warning: all.warning + found.warning, critical: all.critical + found.critical };
  process.stdout.write(
    `${incident.name}: ${known.warning} warnings and ${known.critical} criticals, outside every excursion ${found.warning} and ${found.critical}; ${years.toFixed(1)} asset-years; ${result.counts.notifications} notifications; ${Math.round(performance.now() - started)} ms\n`,
  );
}
process.stdout.write(`all: outside ${all.warning} warnings, ${all.critical} criticals\n`);
