import type { Period, Span, TimeInterval } from '../model/config.ts';

interface Calendar {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** Of the day. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** True when `at` (unix ms) is in any of the interval's periods. */
export function isIn(interval: TimeInterval, at: number): boolean {
  return interval.periods.some((period) => isInPeriod(period, calendar(at, period.location)));
}

function isInPeriod(period: Period, { year, month, day, weekday, minute }: Calendar): boolean {
  const { times, weekdays, daysOfMonth, months, years } = period;
  return (
    (times?.some(([from, to]) => minute >= from && minute < to) ?? true) &&
    isWithin(weekdays, weekday) &&
    isDay(daysOfMonth, day, new Date(Date.UTC(year, month, 0)).getUTCDate()) &&
    isWithin(months, month) &&
    isWithin(years, year)
  );
}

function isWithin(spans: readonly Span[] | undefined, value: number): boolean {
  return spans?.some(([from, to]) => value >= from && value <= to) ?? true;
}

/** Days past the end of a short month are its last day; a span that is wholly past it is in no such month. */
function isDay(spans: readonly Span[] | undefined, day: number, last: number): boolean {
  return (
    spans?.some(([from, to]) => {
      const first = from < 0 ? last + from + 1 : from;
      if (first > last) return false;
      return day >= Math.max(1, first) && day <= Math.min(last, to < 0 ? last + to + 1 : to);
    }) ?? true
  );
}

/** What a calendar and a clock of a zone show at an instant (unix ms). */
export function calendar(at: number, zone: string): Calendar {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  return {
    year,
    month,
    day,
    weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
    minute: hour * 60 + minute,
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const made = new Intl.DateTimeFormat('en', { timeZone: zone, hourCycle: 'h23', ...numeric });
  formats.set(zone, made);
  return made;
}
