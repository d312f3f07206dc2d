// The trade-off of the default packs, lead against false alarms, over a folder of recorded series (index.csv, excursions.csv):
// npx tsx scripts/curve.ts FOLDER [MINUTES] [--keep=FILE] [--every=5m]. Every threshold and every `for` of every rule is multiplied by one factor each. A table of all
// variants, then, with each incident left out, what is chosen on the others and what that does on it. After MINUTES it prints what is done;
// `--keep=FILE` goes on there the next time, on the same rules. `--every=5m` reads series no finer than that.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backtest, countedLevel } from '../src/backtest/backtest.ts';
import { varied } from '../src/backtest/tune.ts';
import { groupsFor } from '../src/cli/backtestRules.ts';
import { parseDuration, roughDuration } from '../src/model/duration.ts';
import type { Labels } from '../src/model/labels.ts';
import { isInside, readExcursions } from './labExcursions.ts';
import { labIncidents } from './labIncidents.ts';

const DAY = 86_400_000;

/** What had to be told, with the moment by which (events.csv): the trough, the first public alert, or the loss of a tenth. */
const TOLD_BY: readonly { readonly incident: string; readonly asset: string; readonly at: string }[] = [
  { incident: 'usdc-svb-2023-03', asset: 'usdc', at: '2023-03-11T07:16:00Z' },
  { incident: 'usdc-svb-2023-03', asset: 'dai', at: '2023-03-11T08:00:00Z' },
  { incident: 'ust-luna-2022-05', asset: 'ust', at: '2022-05-09T23:00:00Z' },
  { incident: 'usdt-2022-05', asset: 'usdt', at: '2022-05-12T07:21:00Z' },
  { incident: 'ftx-2022-11', asset: 'usdt', at: '2022-11-10T12:22:00Z' },
  { incident: 'stream-xusd-deusd-2025-11', asset: 'xusd', at: '2025-11-03T21:34:00Z' },
  { incident: 'stream-xusd-deusd-2025-11', asset: 'deusd', at: '2025-11-06T16:00:00Z' },
];

/** Whatever rang longer before belongs to something else. */
const LONGEST_LEAD = 7 * DAY;

type Counted = 'warning' | 'critical';

interface Outcome {
  /** For each thing to tell of this incident: ms before its moment, by level at least. */
  readonly leads: readonly Readonly<Record<Counted, number | undefined>>[];
  readonly outside: Readonly<Record<Counted, number>>;
}

interface Variant {
  readonly threshold: number;
  readonly wait: number;
}

/** As written first, so that a short run says the most. */
const VARIANTS: readonly Variant[] = [1, 0.7, 1.4, 0.5, 2].flatMap((threshold) =>
  [1, 0, 3].map((wait) => ({ threshold, wait })),
);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'string' }, every: { type: 'string', default: '0s' } },
});
const [folder = '', minutes = '9'] = positionals;
const end = performance.now() + Number(minutes) * 60_000;
const excursions = readExcursions(join(folder, 'excursions.csv'));
const kept = new Map(readKept(options.keep));
const subjects = labIncidents(folder, parseDuration(options.every)).map((one) => ({
  ...one,
  groups: groupsFor(one.incident, { cwd: process.cwd(), places: [] }),
  years: assetYears(one.incident.series),
}));
const done: { readonly variant: Variant; readonly outcomes: ReadonlyMap<string, Outcome> }[] = [];

for (const variant of VARIANTS) {
  const outcomes = new Map<string, Outcome>();
  for (const subject of subjects) {
    const outcome = kept.get(keyOf(subject, variant)) ?? (performance.now() > end ? undefined : work(subject, variant));
    if (outcome === undefined) break;
    outcomes.set(subject.incident.name, outcome);
  }
  if (outcomes.size < subjects.length) break;
  done.push({ variant, outcomes });
  process.stderr.write(`${print(variant)} done\n`);
}
report();

function keyOf({ incident }: Pick<(typeof subjects)[number], 'incident'>, { threshold, wait }: Variant): string {
  return `${incident.name} ${threshold} ${wait}`;
}

function work(subject: (typeof subjects)[number], variant: Variant): Outcome {
  const outcome = outcomeOf(subject, variant);
  if (options.keep !== undefined)
    appendFileSync(options.keep, `${JSON.stringify([keyOf(subject, variant), outcome])}\n`);
  return outcome;
}

function readKept(file: string | undefined): readonly (readonly [string, Outcome])[] {
  if (file === undefined || !existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as readonly [string, Outcome]);
}

function outcomeOf({ incident, rows, groups }: (typeof subjects)[number], variant: Variant): Outcome {
  const { alerts } = backtest(incident, varied(groups, variant));
  const firings = alerts.flatMap(({ rule, labels, firings: own }) =>
    own.flatMap((firing) => {
      const level = countedLevel(firing, labels);
      return level === 'info' ? [] : [{ rule, labels, at: firing.firedAt, level }];
    }),
  );
  const leadsOf = (asset: string, by: number) => ({
    warning: leadOf(firings, { asset, by, levels: ['warning', 'critical'] }),
    critical: leadOf(firings, { asset, by, levels: ['critical'] }),
  });
  const outside = firings.filter((firing) => !isInside(excursions, rows, firing));
  return {
    leads: TOLD_BY.filter((one) => one.incident === incident.name).map(({ asset, at }) =>
      leadsOf(asset, Date.parse(at)),
    ),
    outside: {
      warning: outside.filter(({ level }) => level === 'warning').length,
      critical: outside.filter(({ level }) => level === 'critical').length,
    },
  };
}

function leadOf(
  firings: readonly { readonly labels: Labels; readonly at: number; readonly level: Counted }[],
  { asset, by, levels }: { readonly asset: string; readonly by: number; readonly levels: readonly Counted[] },
): number | undefined {
  const times = firings
    .filter((one) => one.labels['asset'] === asset && levels.includes(one.level))
    .filter(({ at }) => by - LONGEST_LEAD <= at && at < by)
    .map(({ at }) => at);
  return times.length === 0 ? undefined : by - Math.min(...times);
}

function assetYears(series: readonly { readonly labels: Labels; readonly times: Float64Array }[]): number {
  const days = new Map<string, number>();
  for (const { labels, times } of series) {
    const key = labels['vault'] ?? labels['market'] ?? labels['asset'] ?? '';
    days.set(key, Math.max(days.get(key) ?? 0, (times.at(-1)! - times[0]!) / DAY));
  }
  return [...days.values()].reduce((sum, one) => sum + one, 0) / 365.25;
}

/** One variant over all incidents but one: how many it told at each level, the median lead, false alarms in an asset-year. */
function scored(outcomes: ReadonlyMap<string, Outcome>, left?: string) {
  const used = subjects.filter(({ incident }) => incident.name !== left);
  const all = used.map(({ incident }) => outcomes.get(incident.name)!);
  const years = used.reduce((sum, one) => sum + one.years, 0);
  const of = (level: Counted) => {
    const leads = all.flatMap((one) => one.leads.flatMap((lead) => lead[level] ?? [])).sort((a, b) => a - b);
    const falseAlarms = all.reduce((sum, { outside }) => sum + outside[level], 0);
    return { told: leads.length, lead: leads[leads.length >> 1], falseAlarms, yearly: falseAlarms / years };
  };
  return { warning: of('warning'), critical: of('critical'), years };
}

/** At most one false critical in an asset-year and one false warning in an asset-month; then criticals told, then their lead, then what is written. */
function choose(left: string | undefined): (typeof done)[number] | undefined {
  return done
    .map((one) => ({ one, score: scored(one.outcomes, left) }))
    .filter(({ score: { warning, critical } }) => critical.yearly <= 1 && warning.yearly <= 12)
    .sort(
      (a, b) =>
        b.score.critical.told - a.score.critical.told ||
        (b.score.critical.lead ?? 0) - (a.score.critical.lead ?? 0) ||
        distance(a.one.variant) - distance(b.one.variant),
    )[0]?.one;
}

function distance({ threshold, wait }: Variant): number {
  return Math.abs(Math.log2(threshold)) + Math.abs(Math.log2(wait || 0.25));
}

function print({ threshold, wait }: Variant): string {
  return `thresholds × ${threshold}, for × ${wait}`;
}

function report(): void {
  const lines = [
    '| thresholds | `for` | warned | median lead | critical | median lead | false warnings a year | false criticals a year |',
  ];
  lines.push('|---|---|---|---|---|---|---|---|');
  for (const { variant, outcomes } of done) {
    const { warning, critical } = scored(outcomes);
    lines.push(
      `| × ${variant.threshold} | × ${variant.wait} | ${warning.told} of ${TOLD_BY.length} | ${early(warning.lead)} | ${critical.told} of ${TOLD_BY.length} | ${early(critical.lead)} | ${warning.yearly.toFixed(2)} | ${critical.yearly.toFixed(2)} |`,
    );
  }
  const years = subjects.reduce((sum, one) => sum + one.years, 0);
  lines.push(`${done.length} of ${VARIANTS.length} variants, ${years.toFixed(1)} asset-years.`, '');
  for (const left of new Set(TOLD_BY.map(({ incident }) => incident))) lines.push(leftOut(left));
  process.stdout.write(`${lines.join('\n')}\n`);
}

function leftOut(left: string): string {
  const chosen = choose(left);
  if (chosen === undefined) return `without ${left}: no variant is quiet enough`;
  const own = (outcomes: ReadonlyMap<string, Outcome>) =>
    outcomes
      .get(left)!
      .leads.map(({ warning, critical }) => `${early(warning)} / ${early(critical)}`)
      .join(', ');
  return `without ${left}: ${print(chosen.variant)}; on it, warning / critical before: ${own(chosen.outcomes)} (as written ${own(done[0]!.outcomes)})`;
}

function early(ms: number | undefined): string {
  return ms === undefined ? '-' : roughDuration(ms);
}
