import type { Asset, LevelName, RuleGroup } from '../model/rule.ts';
import { LEVELS } from '../model/rule.ts';
import type { Route } from '../model/config.ts';
import { NAME } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import { severityRank } from '../alerts/advance.ts';
import { replay } from '../replay/replay.ts';
import { compileGroup } from '../rules/compile.ts';
import type { Reading } from '../rules/compile.ts';
import { spanOf } from './incident.ts';
import type { Expectation, Incident } from './incident.ts';
import { Recorder } from './recorder.ts';
import type { AlertHistory, Counts, Failure, Firing } from './recorder.ts';

/** What rules did about one incident. Times are unix ms. */
export interface Backtest {
  readonly incident: Incident;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly counts: Counts;
  readonly alerts: readonly AlertHistory[];
  /** Recording rules that could not be evaluated at some instants: what reads them was unknown then. */
  readonly failures: readonly Failure[];
  /** Names and levels of every rule that was run. */
  readonly rules: readonly { readonly rule: string; readonly levels: readonly LevelName[] }[];
  readonly expectations: readonly Met[];
  readonly quiet: QuietResult;
}

export interface Met {
  readonly expectation: Expectation;
  /** ms between the first such firing and the event; `undefined` when there was none. */
  readonly lead: number | undefined;
  readonly met: boolean;
}

export interface QuietResult {
  readonly days: number;
  readonly falseAlarms: readonly {
    readonly level: LevelName;
    readonly count: number;
    readonly most: number | undefined;
  }[];
  readonly isWithinBudget: boolean;
}

/** Alertmanager's defaults, with one receiver. */
const DEFAULT_ROUTE: Route = {
  receivers: ['default'],
  groupBy: ['alertname', 'asset'],
  groupWait: 30_000,
  groupInterval: 300_000,
  repeatInterval: 14_400_000,
  matchers: [],
  routes: [],
  continue: false,
};

export interface BacktestOptions {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly route?: Route | undefined;
  readonly reading?: Reading | undefined;
}

const DAY = 86_400_000;

/** Runs rules over an incident on a virtual clock. @throws {PromqlError} for an expression that is not valid */
export function backtest(incident: Incident, groups: readonly RuleGroup[], options: BacktestOptions = {}): Backtest {
  const span = spanOf(incident);
  const from = Math.max(span.from, options.from ?? -Infinity);
  const to = Math.min(span.to, options.to ?? Infinity);
  const recorder = new Recorder();
  const route = options.route ?? DEFAULT_ROUTE;
  replay(
    {
      groups: groups.map((group) => compileGroup(group, options.reading)),
      series: incident.series,
      facts: Object.values(incident.assets).map(factOf),
      ...{ route, from, to },
    },
    recorder,
  );
  const alerts = recorder.histories(to);
  return {
    ...{ incident, from, to, alerts, counts: recorder.counts, failures: recorder.failures },
    samples: incident.series.reduce((sum, { times }) => sum + times.length, 0),
    rules: groups.flatMap(({ rules }) =>
      rules.flatMap((rule) =>
        'alert' in rule ? [{ rule: rule.alert, levels: rule.levels.map(({ name }) => name) }] : [],
      ),
    ),
    expectations: incident.expect.map((expectation) => meet(expectation, incident, alerts)),
    quiet: countQuiet(incident, alerts, { from, to }),
  };
}

/** The level of a firing as people count it: a plain rule's is its label `severity`, else a warning. */
export function countedLevel({ level }: Pick<Firing, 'level'>, labels: Labels): LevelName {
  return level ?? LEVELS.find((name) => name === labels['severity']) ?? 'warning';
}

/** The label set that lets rules select an asset by class, issuer or peg. */
function factOf({ id, name, class: kind, issuer, peg }: Asset): Labels {
  const facts = { ...(kind && { class: kind }), ...(issuer && { issuer }), ...(peg && { peg }) };
  return { [NAME]: 'asset_info', asset: id, name, ...facts };
}

function meet(expectation: Expectation, { events }: Incident, alerts: readonly AlertHistory[]): Met {
  const { alert, level, labels, before, lead: least } = expectation;
  const event = events.find(({ name }) => name === before)!;
  const fired = alerts
    .filter(({ rule }) => alert === undefined || rule === alert)
    .filter((history) => Object.entries(labels).every(([name, value]) => history.labels[name] === value))
    .flatMap((history) =>
      history.firings.map((firing) => ({ ...firing, counted: countedLevel(firing, history.labels) })),
    )
    .filter(({ counted }) => level === undefined || severityRank(counted) >= severityRank(level))
    .map(({ firedAt }) => firedAt);
  const lead = fired.length === 0 ? undefined : event.at - Math.min(...fired);
  return { expectation, lead, met: lead !== undefined && lead >= least };
}

function countQuiet(
  { quiet, budget }: Incident,
  alerts: readonly AlertHistory[],
  { from, to }: { readonly from: number; readonly to: number },
): QuietResult {
  const periods = quiet.map((period) => ({ from: Math.max(from, period.from), to: Math.min(to, period.to) }));
  const days = periods.reduce((sum, period) => sum + Math.max(0, period.to - period.from) / DAY, 0);
  const started = alerts.flatMap((history) =>
    history.firings
      .filter(({ firedAt }) => periods.some((period) => period.from <= firedAt && firedAt < period.to))
      .map((firing) => countedLevel(firing, history.labels)),
  );
  const falseAlarms = LEVELS.map((level) => ({
    level,
    count: started.filter((one) => one === level).length,
    most: budget[level],
  }));
  return { days, falseAlarms, isWithinBudget: falseAlarms.every(({ count, most = Infinity }) => count <= most) };
}
