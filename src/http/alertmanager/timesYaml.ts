import type { Period, Route, Span, TimeInterval } from '../../model/config.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The calendar times that a tree of routes names, as Alertmanager writes them; each once. */
export function timesYaml(root: Route): readonly object[] {
  const named = new Map(intervalsOf(root).map((interval) => [interval.name, interval]));
  return [...named.values()].map(({ name, periods }) => ({ name, time_intervals: periods.map(periodYaml) }));
}

function intervalsOf({ muteTimes = [], activeTimes = [], routes }: Route): readonly TimeInterval[] {
  return [...muteTimes, ...activeTimes, ...routes.flatMap(intervalsOf)];
}

function periodYaml({ times, weekdays, daysOfMonth, months, years, location }: Period): object {
  return {
    ...(times && { times: times.map(([from, to]) => ({ start_time: clock(from), end_time: clock(to) })) }),
    ...(weekdays && { weekdays: weekdays.map((span) => spanText(span, (day) => WEEKDAYS[day]!)) }),
    ...(daysOfMonth && { days_of_month: daysOfMonth.map((span) => spanText(span)) }),
    ...(months && { months: months.map((span) => spanText(span)) }),
    ...(years && { years: years.map((span) => spanText(span)) }),
    location,
  };
}

function spanText([from, to]: Span, print: (part: number) => string = String): string {
  return from === to ? print(from) : `${print(from)}:${print(to)}`;
}

function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
