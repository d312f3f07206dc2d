import type { Period, Span, TimeInterval } from '../model/config.ts';
import { isZone } from './zone.ts';
import type { ConfigError } from './error.ts';
import type { PeriodInput, TimeIntervalInput } from './routingSchema.ts';
import type { Path, YamlFile } from './yamlFile.ts';

interface Reading {
  readonly yaml: YamlFile;
  readonly complain: (error: ConfigError) => void;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** What a text between two colons means; undefined when it means nothing. */
type Read = (text: string) => number | undefined;

const weekday: Read = (text) => found(WEEKDAYS.indexOf(text.toLowerCase()));
const month: Read = (text) => found(MONTHS.indexOf(text.toLowerCase()) + 1, 1) ?? whole(text, 1, 12);
const dayOfMonth: Read = (text) => (text.startsWith('-') ? whole(text, -31, -1) : whole(text, 1, 31));
const year: Read = (text) => whole(text, 0, 9999);

function found(index: number, least = 0): number | undefined {
  return index < least ? undefined : index;
}

function whole(text: string, least: number, most: number): number | undefined {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** Reads the calendar times under the top-level key `section`. */
export function readTimeIntervals(
  inputs: readonly TimeIntervalInput[],
  section: string,
  reading: Reading,
): readonly TimeInterval[] {
  return inputs.map(({ name, time_intervals: periods }, index) => ({
    name,
    periods: periods.map((period, n) => readPeriod(period, [section, index, 'time_intervals', n], reading)),
  }));
}

function readPeriod(input: PeriodInput, path: Path, reading: Reading): Period {
  const { yaml, complain } = reading;
  const { location = 'UTC', times } = input;
  if (!isZone(location))
    complain(yaml.error([...path, 'location'], `found "${location}"; expected an IANA zone such as Europe/Berlin`));
  const spans = (key: 'weekdays' | 'days_of_month' | 'months' | 'years', read: Read, example: string) =>
    input[key]?.flatMap((text, index) => {
      const span = readSpan(text, read);
      if (span !== undefined) return [span];
      complain(yaml.error([...path, key, index], `found "${text}"; expected ${example}`));
      return [];
    });
  const given = {
    times: times?.flatMap((range, index) => readTimes(range, [...path, 'times', index], reading)),
    weekdays: spans('weekdays', weekday, 'a day such as monday, or days in order such as monday:friday'),
    daysOfMonth: spans(
      'days_of_month',
      dayOfMonth,
      'a day such as 1 or -1 (the last), or days in order such as 1:5 or -3:-1',
    ),
    months: spans('months', month, 'a month such as may or 5, or months in order such as 1:3'),
    years: spans('years', year, 'a year such as 2026, or years in order such as 2026:2028'),
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined && value.length > 0);
  return { location: isZone(location) ? location : 'UTC', ...Object.fromEntries(said) };
}

/** From and to must stand in order; a span that counts from the end of the month cannot be compared with one from its start. */
function readSpan(text: string, read: Read): Span | undefined {
  const [from, to, more] = text.split(':').map((part) => read(part.trim()));
  const end = text.includes(':') ? to : from;
  if (from === undefined || end === undefined || more !== undefined) return undefined;
  return from > end && from < 0 === end < 0 ? undefined : [from, end];
}

function readTimes(
  { start_time, end_time }: { readonly start_time: string; readonly end_time: string },
  path: Path,
  { yaml, complain }: Reading,
): readonly Span[] {
  const [from, to] = [minutes(start_time), minutes(end_time)];
  if (from === undefined) complain(yaml.error([...path, 'start_time'], wrongTime(start_time)));
  if (to === undefined) complain(yaml.error([...path, 'end_time'], wrongTime(end_time)));
  if (from === undefined || to === undefined) return [];
  if (from < to) return [[from, to]];
  complain(
    yaml.error([...path, 'end_time'], `found "${end_time}"; expected a time after "${start_time}" on the same day`),
  );
  return [];
}

function minutes(text: string): number | undefined {
  const match = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(text);
  const value = match === null ? undefined : Number(match[1]) * 60 + Number(match[2]);
  return value !== undefined && value <= 1440 ? value : undefined;
}

function wrongTime(text: string): string {
  return `found "${text}"; expected a time such as 09:00, up to 24:00`;
}
