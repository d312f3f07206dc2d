/** Prints unix ms for people: `2025-11-03 18:45 CET (17:45 UTC)`; the date is repeated where it differs in UTC. */
export function printMoment(at: number, timezone: string): string {
  const local = partsOf(at, timezone);
  const utc = partsOf(at, 'UTC');
  if (local.zone === utc.zone) return `${utc.date} ${utc.time} UTC`;
  const there = local.date === utc.date ? utc.time : `${utc.date} ${utc.time}`;
  return `${local.date} ${local.time} ${local.zone} (${there} UTC)`;
}

// Making a formatter costs far more than using it.
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  formats.set(timeZone, format);
  return format;
}

function partsOf(at: number, timezone: string): { date: string; time: string; zone: string } {
  const parts = new Map(
    formatFor(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return {
    date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    time: `${parts.get('hour')}:${parts.get('minute')}`,
    zone: parts.get('timeZoneName') ?? timezone,
  };
}

/** Prints unix ms for an axis: `18:45`, or with the day `3 Nov`. */
export function clockTime(at: number, timezone: string, isDay: boolean): string {
  const { date, time } = partsOf(at, timezone);
  if (!isDay) return time;
  const [, month = '', day = ''] = date.split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1]}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
