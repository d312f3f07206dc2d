// Detection quality over a folder of recorded series with index.csv and excursions.csv: npx tsx scripts/lab.ts FOLDER [--print] [NAME…].
import { join } from 'node:path';
import { backtest, countedLevel } from '../src/backtest/backtest.ts';
import { printBacktest } from '../src/backtest/text.ts';
import { isoTime } from '../src/backtest/lines.ts';
import { groupsFor } from '../src/cli/backtestRules.ts';
import { labelsKey, printLabels } from '../src/model/labels.ts';
import { isInside, readExcursions } from './labExcursions.ts';
import { labIncidents } from './labIncidents.ts';

const DAY = 86_400_000;
const [folder = '', ...rest] = process.argv.slice(2);
const names = rest.filter((one) => !one.startsWith('--'));
const print = rest.includes('--print');
const rulesAt = rest.filter((one) => one.startsWith('--rules=')).map((one) => one.slice(8));
const excursions = readExcursions(join(folder, 'excursions.csv'));

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
    const level = countedLevel(firing, labels);
    if (level === 'info') continue;
    known[level]++;
    if (isInside(excursions, rows, { rule, labels, level, at: firing.firedAt })) continue;
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
