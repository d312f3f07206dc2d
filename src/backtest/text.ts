import { roughDuration } from '../model/duration.ts';
import { printLabels } from '../model/labels.ts';
import { LEVELS } from '../model/rule.ts';
import type { LevelName } from '../model/rule.ts';
import { countedLevel } from './backtest.ts';
import type { Backtest, Met } from './backtest.ts';
import type { IncidentEvent } from './incident.ts';
import { isoTime } from './lines.ts';
import type { AlertHistory, Failure } from './recorder.ts';

const DAYS_OF_BUDGET = 30;

/** The report of one incident, for a terminal. */
export function printBacktest(result: Backtest): string {
  const { incident, counts } = result;
  const head = [
    `${incident.name}  ${incident.title}`,
    `  ${minute(result.from)} to ${minute(result.to)} UTC · ${count(result.samples, 'sample')} · ${count(counts.judgements, 'judgement')}, ${number(counts.breached)} breached · ${count(counts.notifications, 'notification')}`,
    '',
  ];
  const fired = result.alerts.filter(({ firings }) => firings.length > 0);
  const lines = [
    ...head,
    ...fired.flatMap((history) => alertLines(history, incident.events)),
    ...quietAlertLines(result),
    ...result.failures.map(failureLine),
    ...silentLines(result),
    ...quietLines(result),
    ...result.expectations.map((met) => expectationLine(met, result)),
  ];
  return `${lines.join('\n')}\n`;
}

function alertLines(history: AlertHistory, events: readonly IncidentEvent[]): readonly string[] {
  const notes = [
    history.unknown > 0 ? `unknown for ${roughDuration(history.unknown)}` : '',
    history.nearMisses > 0 ? count(history.nearMisses, 'near miss', 'near misses') : '',
  ].filter((note) => note !== '');
  const pending = history.firstPendingAt === undefined ? '' : `  pending ${minute(history.firstPendingAt)}`;
  return [
    `  ${history.rule} ${printLabels(history.labels)}`,
    ...LEVELS.flatMap((level) => levelLines(history, level, events)),
    `      ${[`first${pending}`, ...notes].join(' · ')}`,
  ];
}

function levelLines(history: AlertHistory, level: LevelName, events: readonly IncidentEvent[]): readonly string[] {
  const firings = history.firings.filter((firing) => countedLevel(firing, history.labels) === level);
  const [first] = firings;
  if (first === undefined) return [];
  const ends = firings.filter(({ resolvedAt }) => resolvedAt !== null).length;
  const told = firings.reduce((sum, { notifications }) => sum + notifications, 0);
  const leads = events.map(({ name, at }) => leadText(name, at - first.firedAt)).join(', ');
  const again =
    firings.length > 1
      ? `, again ${firings
          .slice(1, 4)
          .map(({ firedAt }) => minute(firedAt))
          .join(', ')}${firings.length > 4 ? ', …' : ''}`
      : '';
  return [
    `      ${level.padEnd(8)} fired ${minute(first.firedAt)}${first.resolvedAt === null ? ', to the end' : ` to ${minute(first.resolvedAt)}`}${again}`,
    `               ${count(firings.length, 'firing')}, ${ends} resolved, ${count(told, 'notification')}${leads === '' ? '' : `; ${leads}`}`,
  ];
}

function leadText(event: string, lead: number): string {
  return lead >= 0 ? `${roughDuration(lead)} before ${event}` : `${roughDuration(-lead)} after ${event}`;
}

/** Alerts that pended or could not be judged, and never fired. */
function quietAlertLines({ alerts }: Backtest): readonly string[] {
  return alerts
    .filter(({ firings, nearMisses, unknown }) => firings.length === 0 && (nearMisses > 0 || unknown > 0))
    .map(({ rule, labels, nearMisses, unknown }) => {
      const notes = [
        nearMisses > 0 ? count(nearMisses, 'near miss', 'near misses') : '',
        unknown > 0 ? `unknown for ${roughDuration(unknown)}` : '',
      ].filter((note) => note !== '');
      return `  ${rule} ${printLabels(labels)}: did not fire, ${notes.join(', ')}`;
    });
}

function failureLine({ record, firstAt, reason, times }: Failure): string {
  return `  UNKNOWN  ${record} could not be evaluated ${times === 1 ? 'once' : count(times, 'time')}, first ${minute(firstAt)}: ${reason}`;
}

function silentLines({ rules, alerts }: Backtest): readonly string[] {
  const fired = new Set(alerts.filter(({ firings }) => firings.length > 0).map(({ rule }) => rule));
  const silent = [...new Set(rules.map(({ rule }) => rule))].filter((rule) => !fired.has(rule));
  return silent.length === 0 ? [] : [`  Silent: ${silent.join(', ')}`];
}

function quietLines({ quiet: { days, falseAlarms } }: Backtest): readonly string[] {
  if (days === 0) return [];
  const parts = falseAlarms
    .filter(({ count: found, most }) => found > 0 || most !== undefined)
    .map(({ level, count: found, most }) => {
      const limit = most === undefined ? '' : found <= most ? ` of at most ${most}` : `, MORE THAN ${most}`;
      return `${found} ${level}${limit} (${((found / days) * DAYS_OF_BUDGET).toFixed(2)} in 30 days)`;
    });
  return [`  Quiet for ${days.toFixed(1)} days: ${parts.join(', ') || 'no false alarm'}`];
}

function expectationLine({ expectation, lead, met }: Met, { rules }: Backtest): string {
  const { alert, level, labels, before, lead: least } = expectation;
  const what = `${alert ?? 'any rule'} ${printLabels(labels)}${level === undefined ? '' : ` at ${level}`}`;
  const wasRun = alert === undefined || rules.some(({ rule }) => rule === alert);
  const silent = wasRun ? 'it did not fire' : 'no alert of that name was run';
  const found = lead === undefined ? silent : leadText(before, lead);
  const wanted =
    least >= 0 ? `${roughDuration(least)} before ${before}` : `${roughDuration(-least)} after ${before} at the latest`;
  return `  ${met ? 'caught' : 'MISSED'}  ${what}: ${found} (expected ${wanted})`;
}

function minute(at: number): string {
  return isoTime(Math.floor(at / 1000) * 1000)
    .replace('T', ' ')
    .slice(0, 16);
}

function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
