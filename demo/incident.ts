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

/** The recorded hours of xUSD from `from` to `to` (ISO 8601). */
export function readIncident(from: string, to: string): Incident {
  const about = parse(readFileSync(fileURLToPath(new URL('incident.yaml', FOLDER)), 'utf8')) as {
    constants: { nav_per_share_usd: number };
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
    nav: about.constants.nav_per_share_usd,
    disclosure: Date.parse(about.events.find(({ name }) => name === 'disclosure')!.at),
  };
}
