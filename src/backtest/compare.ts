import { roughDuration } from '../model/duration.ts';
import { labelsKey, printLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Backtest } from './backtest.ts';
import { linesOf } from './lines.ts';
import type { FiringLine } from './lines.ts';

/** Reads what `--json` printed earlier. @throws {SyntaxError} */
export function readLines(text: string): readonly FiringLine[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as FiringLine);
}

interface Subject {
  readonly incident: string;
  readonly rule: string;
  readonly level: string;
  readonly labels: Labels;
}

/** What one version of the rules did about one alert. */
interface Did {
  readonly first: number;
  readonly firings: number;
  readonly falseAlarms: number;
  readonly notifications: number;
}

/** What a change to the rules gained and cost: the earlier lines against the results now. */
export function comparison(before: readonly FiringLine[], results: readonly Backtest[]): string {
  const names = new Set(results.map(({ incident }) => incident.name));
  const isQuiet = quietOf(results);
  const old = summed(
    before.filter(({ incident }) => names.has(incident)),
    isQuiet,
  );
  const now = summed(results.flatMap(linesOf), isQuiet);
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  const changes = keys.flatMap((key) => changeLine(old.get(key), now.get(key)) ?? []);
  return `${[...changes, total('before', [...old.values()]), total('now', [...now.values()])].join('\n')}\n`;
}

type Entry = Subject & Did;

function summed(lines: readonly FiringLine[], isQuiet: (line: FiringLine) => boolean): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const line of lines) {
    const { incident, rule, level, labels, notifications } = line;
    const key = `${incident}\n${rule}\n${labelsKey(labels)}\n${level}`;
    const known = entries.get(key);
    entries.set(key, {
      ...{ incident, rule, level, labels },
      first: Math.min(known?.first ?? Infinity, Date.parse(line.fired_at)),
      firings: (known?.firings ?? 0) + 1,
      falseAlarms: (known?.falseAlarms ?? 0) + (isQuiet(line) ? 1 : 0),
      notifications: (known?.notifications ?? 0) + notifications,
    });
  }
  return entries;
}

function quietOf(results: readonly Backtest[]): (line: FiringLine) => boolean {
  const quiet = new Map(results.map(({ incident }) => [incident.name, incident.quiet]));
  return ({ incident, fired_at: fired }) => {
    const at = Date.parse(fired);
    return (quiet.get(incident) ?? []).some(({ from, to }) => from <= at && at < to);
  };
}

function changeLine(before: Entry | undefined, now: Entry | undefined): string | undefined {
  const { incident, rule, level, labels } = (now ?? before)!;
  const what = `${incident}  ${rule} ${level} ${printLabels(labels)}`;
  if (before === undefined) return `gained  ${what}: fires ${times(now!.firings)}${falseText(now!.falseAlarms)}`;
  if (now === undefined) return `lost    ${what}: fired ${times(before.firings)}${falseText(before.falseAlarms)}`;
  const parts = [
    shift(now.first - before.first),
    difference(before.firings, now.firings, 'firings'),
    difference(before.falseAlarms, now.falseAlarms, 'false alarms'),
    difference(before.notifications, now.notifications, 'notifications'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `changed ${what}: ${parts.join(', ')}`;
}

function shift(ms: number): string {
  if (ms === 0) return '';
  return ms < 0 ? `${roughDuration(-ms)} earlier` : `${roughDuration(ms)} later`;
}

function difference(before: number, now: number, what: string): string {
  return before === now ? '' : `${what} ${before} → ${now}`;
}

function falseText(count: number): string {
  return count === 0 ? '' : `, ${times(count)} in quiet periods`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function total(when: string, entries: readonly Did[]): string {
  const sum = (of: (did: Did) => number) => entries.reduce((all, did) => all + of(did), 0);
  return `${when.padEnd(8)}${sum(({ firings }) => firings)} firings, ${sum(({ falseAlarms }) => falseAlarms)} in quiet periods, ${sum(({ notifications }) => notifications)} notifications`;
}
