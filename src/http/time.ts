import { roughDuration } from '../model/duration.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** `12m 5s ago`, on whichever clock both were read. */
export function ago(at: number, now: number): string {
  if (Math.abs(now - at) < 1_000) return 'just now';
  return at > now ? `in ${roughDuration(at - now)}` : `${roughDuration(now - at)} ago`;
}

/** `3 Nov 2025, 22:34:05 UTC+01:00` in an IANA zone. */
export function zoned(at: number, timezone: string): string {
  return formatIn(timezone).format(at).replace('GMT', 'UTC').replace('+00:00', '');
}

/** A moment as age and as time of day, with the date unless it is today's. */
export function moment(at: number, { now, timezone }: { readonly now: number; readonly timezone: string }): Markup {
  const [date, time] = zoned(at, timezone).split(', ');
  const today = zoned(now, timezone).startsWith(`${date},`);
  const shown = today ? time : `${date}, ${time}`;
  return markup`<time datetime="${new Date(at).toISOString()}">${ago(at, now)} <span class="quiet">(${shown})</span></time>`;
}

function formatIn(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  formats.set(timezone, format);
  return format;
}
