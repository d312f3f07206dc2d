import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** One hour of the incident: unix seconds, USD. */
export interface Hour {
  readonly at: number;
  readonly price: number;
}

export interface Incident {
  readonly hours: readonly Hour[];
  readonly nav: number;
  /** Unix ms of the first public alert. */
  readonly disclosure: number;
}

const FOLDER = new URL('../incidents/stream-xusd-2025-11/', import.meta.url);

/**
 * Stream published no machine-readable NAV. This is the median of the hourly price over the seven days that end 24 hours before the first
 * sustained fall (2025-10-26T12:00Z to 2025-11-02T12:00Z); public reports of the time say 1.26 to 1.27.
 */
const NAV = 1.2633;

/** The recorded hours of xUSD from `from` to `to` (ISO 8601). */
export function readIncident(from: string, to: string): Incident {
  const about = parse(readFileSync(fileURLToPath(new URL('incident.yaml', FOLDER)), 'utf8')) as {
    events: { name: string; at: string }[];
  };
  const rows = readFileSync(fileURLToPath(new URL('xusd_price-usd_1h.csv', FOLDER)), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const hours = rows.map((row) => row.split(',') as [string, string]);
  return {
    hours: hours
      .filter(([at]) => at >= from && at <= to)
      .map(([at, price]) => ({ at: Date.parse(at) / 1000, price: Number(price) })),
    nav: NAV,
    disclosure: Date.parse(about.events.find(({ name }) => name === 'disclosure')!.at),
  };
}
