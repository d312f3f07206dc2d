import { isIP } from 'node:net';
import type { DashboardConfig } from '../model/config.ts';

const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** True for names and addresses that only this machine can reach. */
export function isLoopback(name: string): boolean {
  const bare = unbracket(name.toLowerCase());
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** True when everybody who can connect sits at this machine: it listens on loopback and nothing outside is said to lead here. */
export function isPrivate(dashboard: DashboardConfig): boolean {
  const external = dashboard.externalUrl === undefined ? 'localhost' : new URL(dashboard.externalUrl).hostname;
  return isLoopback(dashboard.host) && isLoopback(external);
}

/** Brings a `Host` header to the form of `URL.host`; `undefined` for anything that is none. */
export function normalHost(header: string | undefined): string | undefined {
  if (header === undefined || !HOST.test(header)) return undefined;
  return urlHost(`http://${header}`);
}

/** `URL.host`, or `undefined` for a text that is no URL. */
export function urlHost(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).host : undefined;
}

/**
 * Says which `Host` headers mean this server, so that a name an attacker points at this machine (DNS rebinding) is none of
 * them. An address cannot be re-pointed: who listens everywhere answers to every address, on any port that leads here.
 */
export function hostRule(dashboard: DashboardConfig, port: number): (header: string | undefined) => boolean {
  const names = ['127.0.0.1', 'localhost', '[::1]', bracket(dashboard.host)];
  const known = new Set(names.map((name) => normalHost(`${name}:${port}`)));
  if (dashboard.externalUrl !== undefined) known.add(new URL(dashboard.externalUrl).host);
  const everywhere = WILDCARDS.has(unbracket(dashboard.host));
  return (header) => {
    const host = normalHost(header);
    if (host === undefined) return false;
    return known.has(host) || (everywhere && isAddress(host));
  };
}

/** Writes an IPv6 address as a URL needs it. */
export function bracket(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function unbracket(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function isAddress(host: string): boolean {
  const { hostname } = new URL(`http://${host}`);
  return hostname === 'localhost' || isIP(unbracket(hostname)) !== 0;
}
